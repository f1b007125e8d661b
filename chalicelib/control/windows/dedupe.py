"""`dedupe`: one event acts, and for a while the others like it are only recorded."""

from typing import Any

from chalicelib.catalog.model import Dedupe
from chalicelib.control.records import read_time, render_time
from chalicelib.control.transaction import Item
from chalicelib.control.windows.row import Arrival, tell_apart


def explain_duplicate(dedupe: Dedupe, row: Item | None, arrival: Arrival) -> str | None:
    """Say which event has already acted for this one, None if none has.

    An event is no duplicate of itself: what a crash cut off is done when it is delivered again.
    """
    if row is None or row["event_id"] == arrival.event_id:
        return None
    owned_at = read_time(row["at"])
    if abs((arrival.at - owned_at).total_seconds()) >= dedupe.within_s:
        return None
    return f"deduplicated by event {row['event_id']} {tell_apart(owned_at, arrival.at)} it (dispatch {row['dispatch']})"


def own(arrival: Arrival) -> dict[str, Any]:
    """Give the window's content once this event acts: the window is open from its time on."""
    return {"event_id": arrival.event_id, "at": render_time(arrival.at), "dispatch": arrival.dispatch}
