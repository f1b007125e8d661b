"""Where windows are kept, and how one is written."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.catalog.model import Rule
from chalicelib.control.records import ROW_VERSION
from chalicelib.control.transaction import Equals, Item, Key, Put
from chalicelib.decision.durations import format_duration
from chalicelib.identity import digest

_SK = "window"
_LIFE = timedelta(days=7)
"""How long a row outlives its window. The TTL cleans up and decides nothing: a row that is gone is an empty window."""


class Arrival(NamedTuple):
    """An event as the windows of a rule see it."""

    event_id: str
    at: datetime
    """The event's own time."""
    dispatch: str
    """The id of the rule's decision about it."""
    object: str
    """The full id of what it is about."""


class Window(NamedTuple):
    """One window as read; `row` is None if nothing was in it yet."""

    key: Key
    row: Item | None
    kind: str
    life_s: int
    """How long its content counts."""


def find_key(rule: Rule, kind: str, value: str) -> Key:
    """Say where a rule's window of a kind is for a value. A shadow rule's windows are not those it has once active."""
    return Key(f"window#{digest([rule.name, str(rule.mode), kind, value])}", _SK)


def write_window(window: Window, fields: Mapping[str, Any], now: datetime) -> Put:
    """Replace the window's content, unless somebody else has since it was read."""
    seen = window.row["version"] if window.row else 0
    row = {
        "v": ROW_VERSION,
        "version": seen + 1,
        "kind": window.kind,
        **fields,
        "ttl": int((now + timedelta(seconds=window.life_s) + _LIFE).timestamp()),
    }
    return Put(window.key, row, (Equals("version", seen or None),))


def tell_apart(earlier: datetime, later: datetime) -> str:
    """Say how long before `later` something was: `3m before`, or `3m after` it."""
    seconds = round((later - earlier).total_seconds())
    return f"{format_duration(abs(seconds))} {'before' if seconds >= 0 else 'after'}"
