"""`accumulate`: nothing is done until so many events have come, and the one that completes them acts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.catalog.model import Accumulate, Correlate
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.records import read_time, render_time
from chalicelib.control.transaction import Item
from chalicelib.control.windows.gate import GO_ON, Answer, Occasion
from chalicelib.control.windows.row import Arrival, Window, write_window
from chalicelib.decision.durations import format_duration

Entry = tuple[str, str]
"""(event id, its time)."""


def pass_accumulate(wanted: Correlate, occasion: Occasion, windows: Mapping[str, Window], now: datetime) -> Answer:
    """Count the event, and stop it unless it completes the count; then the count begins anew if it acts."""
    if wanted.accumulate is None or occasion.settled or occasion.released:
        return GO_ON
    window = windows["accumulate"]
    entries = collect(wanted.accumulate, window.row, occasion.arrival)
    if len(entries) < wanted.accumulate.count:
        reason = explain_count(wanted.accumulate, entries)
        return Answer((write_window(window, keep(entries), now),), DispatchState.ACCUMULATED, reason)
    fields = fire(entries, occasion.arrival) if occasion.acts or wanted.settle_s is not None else keep(entries)
    return Answer((write_window(window, fields, now),))


def collect(accumulate: Accumulate, row: Item | None, arrival: Arrival) -> tuple[Entry, ...]:
    """Give the events that count once this one has come, oldest first, at most as many as are wanted.

    What counts is within the window before the newest of them; an event that comes later than that counts no more.
    """
    known = dict(row["events"]) if row else {}
    known[arrival.event_id] = render_time(arrival.at)
    newest = max(read_time(at) for at in known.values())
    near = [(at, name) for name, at in known.items() if (newest - read_time(at)).total_seconds() < accumulate.within_s]
    return tuple((name, at) for at, name in sorted(near)[-accumulate.count :])


def explain_count(accumulate: Accumulate, entries: tuple[Entry, ...]) -> str:
    """Say how many of the events have come, and which."""
    names = ", ".join(name for name, _ in entries)
    within = format_duration(accumulate.within_s)
    return f"{len(entries)} of {accumulate.count} events within {within}: {names}"


def keep(entries: tuple[Entry, ...]) -> dict[str, Any]:
    """Give the window's content while it fills."""
    return {"events": [list(one) for one in entries]}


def fire(entries: tuple[Entry, ...], arrival: Arrival) -> dict[str, Any]:
    """Give the window's content once this event acts: the count begins anew."""
    return {"events": [], "fired": arrival.event_id, "fired_by": [name for name, _ in entries]}
