"""Typed reading of an event's fields: what is missing or mistyped is a MalformedEvent that names the field."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from chalicelib.errors import MalformedEvent, MalformedObjectId
from chalicelib.identity import Home, ObjectId, parse_object_id

_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "a boolean"),
    (str, "a string"),
    (int, "a number"),
    (float, "a number"),
    (Mapping, "an object"),
    (list, "a list"),
)


def take_text(fields: Mapping[str, Any], path: str) -> str:
    """Read a string of at least one character; `path` is dotted and its last part is the key in `fields`."""
    value = _take(fields, path)
    if not isinstance(value, str):
        raise _mistyped(path, "a string", value)
    if not value:
        raise MalformedEvent(cause=f"{path} is empty")
    return value


def take_mapping(fields: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """Read an object."""
    value = _take(fields, path)
    if not isinstance(value, Mapping):
        raise _mistyped(path, "an object", value)
    return value


def take_count(fields: Mapping[str, Any], path: str) -> int:
    """Read a whole number of at least 0."""
    value = _take(fields, path)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _mistyped(path, "a whole number", value)
    if value < 0:
        raise MalformedEvent(cause=f"{path} is negative")
    return value


def take_labels(fields: Mapping[str, Any], path: str) -> dict[str, str]:
    """Read an object of strings, an empty one if the field is absent."""
    if path.rpartition(".")[2] not in fields:
        return {}
    labels = take_mapping(fields, path)
    for key, value in labels.items():
        if not isinstance(value, str):
            raise _mistyped(f"{path}.{key}", "a string", value)
    return dict(labels)


def take_time(fields: Mapping[str, Any], path: str) -> datetime:
    """Read an ISO 8601 time with an offset, to UTC."""
    text = take_text(fields, path)
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is None:
            raise MalformedEvent(cause=f"{path} has no offset from UTC: {text!r}")
        return time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise MalformedEvent(cause=f"{path} is not an ISO 8601 time: {text!r}") from None


def take_object(text: str, home: Home, path: str) -> ObjectId:
    """Read an object id that stood at `path`."""
    try:
        return parse_object_id(text, home)
    except MalformedObjectId as problem:
        raise MalformedEvent(cause=f"{path}: {text!r} is not an object id: {problem.cause}") from None


def _take(fields: Mapping[str, Any], path: str) -> Any:
    key = path.rpartition(".")[2]
    if key not in fields:
        raise MalformedEvent(cause=f"{path} is missing")
    return fields[key]


def _mistyped(path: str, wanted: str, value: object) -> MalformedEvent:
    found = next((name for kind, name in _KINDS if isinstance(value, kind)), "null")
    return MalformedEvent(cause=f"{path} must be {wanted}, not {found}")
