"""Object ids as people read them: `kind/name` at home, all four parts elsewhere, so that neither can be mistaken."""

from chalicelib.identity import Home, ObjectId, parse_object_id


def show_object(object_id: ObjectId, home: Home) -> str:
    """Write an object id so that `parse_object_id` reads it back."""
    return object_id.short if object_id.home == home else str(object_id)


def show_full(text: str, home: Home) -> str:
    """Write a full object id, as rows hold it, in the same way."""
    return show_object(parse_object_id(text, home), home)
