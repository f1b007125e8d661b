"""The opaque cursor of a list: where its last page ended, and of which list it was."""

import base64
import binascii
import json
import re
from datetime import date

from chalicelib.api.lanes import LIVE, Place
from chalicelib.api.problems import BadCursor

_VERSION = "1"
_PARTS = 5
_SAFE = re.compile(r"[0-9A-Za-z:.#-]{0,64}")


def write_cursor(place: Place, query: str) -> str:
    """Write a place in the list that `query` identifies."""
    text = json.dumps([_VERSION, query, place.lane, place.at, place.dispatch], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str, query: str) -> Place:
    """Read it back. Raises BadCursor for what `write_cursor` never gave, and for a cursor of another list."""
    try:
        parts = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise BadCursor from None
    if not isinstance(parts, list) or len(parts) != _PARTS or not all(_is_safe(part) for part in parts):
        raise BadCursor
    version, of, lane, at, dispatch = parts
    if (version, of) != (_VERSION, query) or not _is_lane(lane):
        raise BadCursor
    return Place(lane, at, dispatch)


def _is_safe(part: object) -> bool:
    return isinstance(part, str) and _SAFE.fullmatch(part) is not None


def _is_lane(lane: str) -> bool:
    if lane == LIVE:
        return True
    try:
        return date.fromisoformat(lane).isoformat() == lane
    except ValueError:
        return False
