"""`settle`: an event acts only if what it observed is still so after a while, without a break.

Each object counts how often its state has changed (its epoch). What an event observed is watched as (object, state,
epoch): the same epoch later means that nothing else was observed in between, however often the same was.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.catalog.model import Correlate
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ObjectRecord
from chalicelib.control.records import ROW_VERSION, object_key, render_time
from chalicelib.control.transaction import Equals, Item, Put, Update
from chalicelib.control.windows.gate import GO_ON, Answer, Occasion, Watch
from chalicelib.control.windows.row import Arrival, Window, write_window
from chalicelib.decision.durations import format_duration
from chalicelib.decision.model import ObjectView
from chalicelib.events.model import Observation
from chalicelib.identity import Home, parse_object_id


class Watched(NamedTuple):
    """What an event observed, and why that is over already, if it is."""

    watches: tuple[Watch, ...] = ()
    over: str = ""


def pass_settle(wanted: Correlate, occasion: Occasion, windows: Mapping[str, Window], now: datetime) -> Answer:
    """Have the event wait, unless another waits for the very same; stop what is not so any more."""
    if wanted.settle_s is None or occasion.released:
        return GO_ON
    if occasion.over:
        return Answer(state=DispatchState.DROPPED, reason=occasion.over)
    if occasion.settled:
        return GO_ON
    window = windows["settle"]
    waiting = explain_settling(window.row, occasion.watches, occasion.arrival)
    if waiting is not None:
        return Answer(state=DispatchState.DEDUPLICATED, reason=waiting)
    watched = [list(one) for one in occasion.watches]
    fields = {**_name(occasion.arrival), "watched": watched, "open": True}
    kept = {
        "for_s": wanted.settle_s,
        "since": render_time(now),
        "due": render_time(now + timedelta(seconds=wanted.settle_s)),
        "watched": watched,
        "window": list(window.key),
    }
    reason = explain_start(occasion.watches, wanted.settle_s)
    return Answer((write_window(window, fields, now),), DispatchState.SETTLING, reason, {"settle": kept})


def close_settle(arrival: Arrival, window: Window | None, now: datetime) -> tuple[Put, ...]:
    """Note that this event waits no longer, unless another has taken its place."""
    row = window.row if window is not None else None
    if window is None or row is None or row["dispatch"] != arrival.dispatch:
        return ()
    return (write_window(window, {**_name(arrival), "watched": row["watched"], "open": False}, now),)


def watch(seen: Iterable[tuple[Observation, ObjectRecord, ObjectView]]) -> Watched:
    """Say what is to be watched: each observation, its object as stored, and as it is once the observation is written."""
    watches = []
    for observation, record, view in seen:
        if view.state != observation.state:
            at = render_time(view.state_at) if view.state_at else "an unknown time"
            return Watched(over=f"{record.id.short} was seen {view.state} at {at}, after it was {observation.state}")
        watches.append(Watch(str(record.id), observation.state, record.epoch + (view.state != record.state)))
    return Watched(tuple(sorted(watches)))


def explain_over(watched: Iterable[Iterable[Any]], records: Mapping[str, ObjectRecord]) -> str:
    """Say what is no longer as it was observed; nothing if all of it is. `records` is by full id."""
    for about, state, epoch in watched:
        record = records[about]
        if record.state != state:
            return f"{record.id.short} is {record.state}, and no longer {state}"
        if record.epoch != epoch:
            return f"{record.id.short} is {state} again, and was something else in between"
    return ""


def write_watched(watched: Iterable[Iterable[Any]]) -> tuple[Update, ...]:
    """Rely on all of it being as it was observed until what acts on it is written: it may change after it was read."""
    return tuple(
        Update(
            object_key(parse_object_id(about, Home("", ""))),
            set={"v": ROW_VERSION},
            conditions=(Equals("epoch", epoch or None),),
        )
        for about, _, epoch in watched
    )


def explain_settling(row: Item | None, watches: tuple[Watch, ...], arrival: Arrival) -> str | None:
    """Say which event already waits for the very same to stay so, None if none does."""
    if row is None or not row["open"] or row["dispatch"] == arrival.dispatch:
        return None
    if [list(one) for one in watches] != row["watched"]:
        return None
    return f"event {row['event_id']} already waits for the same to settle (dispatch {row['dispatch']})"


def explain_start(watches: Iterable[Watch], settle_s: int) -> str:
    """Say what is waited for."""
    states = ", ".join(f"{one.object.split('/', 2)[2]} is still {one.state}" for one in watches)
    return f"it acts if after {format_duration(settle_s)} {states or 'its branches still say so'}"


def _name(arrival: Arrival) -> dict[str, str]:
    return {"event_id": arrival.event_id, "dispatch": arrival.dispatch}
