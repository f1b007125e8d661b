"""Reading observations out of AWS's events: what is not there is left out, since a rule may still match the event."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from chalicelib.events.model import Event, Observation
from chalicelib.identity import ObjectId


def see(
    event: Event,
    kind: str,
    name: str | None,
    state: str | None,
    labels: Mapping[str, str | None] | None = None,
    at: datetime | None = None,
) -> tuple[Observation, ...]:
    """Give the observation of one object in the event's account and region; none without a name or a state.

    A name with a slash gives none either: it could not be told from another object's full id.
    """
    if not name or not state or "/" in name:
        return ()
    known = {label: text for label, text in (labels or {}).items() if text}
    return (Observation(ObjectId(event.home.account, event.home.region, kind, name), state, at or event.time, known),)


def find(value: Any, *path: str | int) -> Any:
    """Give what stands at nested keys and indices, None if anything on the way is missing or of another shape."""
    for key in path:
        if isinstance(value, Mapping) and isinstance(key, str):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and -len(value) <= key < len(value):
            value = value[key]
        else:
            return None
    return value


def find_text(value: Any, *path: str | int) -> str | None:
    """Give the text at nested keys, None if it is missing, empty or no text."""
    found = find(value, *path)
    return found if isinstance(found, str) and found else None


def find_time(value: Any, *path: str | int) -> datetime | None:
    """Give the time at nested keys in UTC, None if it is missing or none."""
    text = find_text(value, *path)
    try:
        at = datetime.fromisoformat(text) if text else None
        return at.astimezone(UTC) if at and at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def find_last(arn: str | None) -> str | None:
    """Give the last part of an ARN, behind the last slash or colon."""
    return arn.rpartition("/")[2].rpartition(":")[2] if arn else None
