"""`storm`: where too many objects have events at once, nothing acts, and one person is paged.

Until it trips, the window keeps which objects had an event lately: at most one more than are allowed. Once tripped it
is only written to keep it open, twice in its length at most, however many events come.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.catalog.model import Correlate, Storm
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.records import read_time, render_time
from chalicelib.control.transaction import Item
from chalicelib.control.windows.gate import GO_ON, Answer, Occasion
from chalicelib.control.windows.row import Arrival, Window, write_window
from chalicelib.decision.durations import format_duration
from chalicelib.decision.model import ObjectView

LABEL = "labels."
NOWHERE = "-"
"""Where an object counts that has no such label: together with all others that have none."""


def pass_storm(wanted: Correlate, occasion: Occasion, windows: Mapping[str, Window], now: datetime) -> Answer:
    """Count the event's object, and hold the event if that makes too many or a storm is on.

    An event that has settled was counted when it came: it is only held if a storm has begun meanwhile.
    """
    storm = wanted.storm
    if storm is None or occasion.released:
        return GO_ON
    window, arrival = windows["storm"], occasion.arrival
    if _covers(storm, window.row, arrival):
        kept = _extend(storm, window.row, arrival)
        writes = (write_window(window, kept, now),) if kept else ()
        return Answer(writes, DispatchState.HELD, _explain(storm, kept or window.row or {}))
    if occasion.settled:
        return GO_ON
    members = collect_members(storm, window.row, arrival)
    if len(members) <= storm.more_than:
        return Answer((write_window(window, {"members": members}, now),))
    tripped = {
        "members": [],
        "tripped_at": render_time(arrival.at),
        "until": _find_end(storm, arrival.at),
        "event_id": arrival.event_id,
        "where": find_place(storm, occasion.view),
        "objects": [about for about, _ in members],
    }
    page = {"page": occasion.page} if occasion.page is not None else {}
    writes = (write_window(window, tripped, now),)
    return Answer(writes, DispatchState.HELD, _explain(storm, tripped), page, owes_page=bool(page))


def find_place(storm: Storm, view: ObjectView | None) -> str:
    """Say where an object counts, such as in its zone, its service, or by the value of a label."""
    if view is None or storm.per == "all":
        return "all"
    if storm.per.startswith(LABEL):
        return view.labels.get(storm.per.removeprefix(LABEL), NOWHERE)
    place = {
        "zone": view.zone, "service": view.service, "tier": view.tier, "region": view.id.region, "account": view.id.account,
    }[storm.per]  # fmt: skip
    return place or NOWHERE


def collect_members(storm: Storm, row: Item | None, arrival: Arrival) -> list[list[str]]:
    """Give (object, time of its latest event) of those within the window before the newest, this one included."""
    known = dict(row["members"]) if row else {}
    known[arrival.object] = max(render_time(arrival.at), known.get(arrival.object, ""))
    newest = max(read_time(at) for at in known.values())
    near = [(at, one) for one, at in known.items() if (newest - read_time(at)).total_seconds() < storm.within_s]
    return [[one, at] for at, one in sorted(near)]


def _covers(storm: Storm, row: Item | None, arrival: Arrival) -> bool:
    """Whether an event falls into a storm: from a window's length before it tripped, until it has calmed down."""
    if row is None or "until" not in row:
        return False
    begun = read_time(row["tripped_at"]) - timedelta(seconds=storm.within_s)
    return begun <= arrival.at < read_time(row["until"])


def _extend(storm: Storm, row: Item | None, arrival: Arrival) -> dict[str, Any] | None:
    """Keep the storm open for at least its window's length after this event; None if it is."""
    if row is None or read_time(row["until"]) - arrival.at >= timedelta(seconds=storm.within_s):
        return None
    kept = ("members", "tripped_at", "event_id", "where", "objects")
    return {**{name: row[name] for name in kept}, "until": _find_end(storm, arrival.at)}


def _find_end(storm: Storm, at: datetime) -> str:
    return render_time(at + timedelta(seconds=storm.within_s * 3 // 2))


def _explain(storm: Storm, row: Mapping[str, Any]) -> str:
    where = "" if row["where"] == "all" else f" of {storm.per.removeprefix(LABEL)} {row['where']}"
    return (
        f"a storm: more than {storm.more_than} objects{where} had such events within {format_duration(storm.within_s)}, "
        f"since event {row['event_id']} at {row['tripped_at']}; it is over at {row['until']} if no more come"
    )
