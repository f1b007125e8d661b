"""`dedupe`: one event acts, and for a while the others like it are only recorded."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.catalog.model import Correlate, Dedupe
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.records import read_time, render_time
from chalicelib.control.transaction import Item
from chalicelib.control.windows.gate import GO_ON, Answer, Occasion
from chalicelib.control.windows.row import Arrival, Window, tell_apart, write_window


def pass_dedupe(wanted: Correlate, occasion: Occasion, windows: Mapping[str, Window], now: datetime) -> Answer:
    """Stop what another event has acted for; one that acts opens the window."""
    if wanted.dedupe is None:
        return GO_ON
    window = windows["dedupe"]
    reason = None if occasion.released else explain_duplicate(wanted.dedupe, window.row, occasion.arrival)
    if reason is not None:
        return Answer(state=DispatchState.DEDUPLICATED, reason=reason)
    return Answer((write_window(window, own(occasion.arrival), now),)) if occasion.acts else GO_ON


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
