"""Walks the index of dispatches: every live one, and ended ones day by day, the latest first."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import merge
from itertools import groupby
from typing import Any

from chalicelib.control.ports import Store
from chalicelib.control.records import RETENTION, SHARDS, list_live_lanes
from chalicelib.control.transaction import Item

MAX_LIVE = 10_000
"""How many live dispatches one answer looks through."""
MAX_QUERIES = 160
"""How many queries of ended lanes one answer makes: twenty quiet days, in well under a second."""
LIVE = "live"
HORIZON_DAYS = RETENTION.days + 3
"""How far back ended dispatches can still be there: DynamoDB takes its time to delete."""
_LIVE_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk stands: behind this row. An empty `at` is the start of the lane."""

    lane: str
    """`live`, or the day of an ended lane."""
    at: str = ""
    """`created_at` of a live row, `lane_at` of an ended one."""
    dispatch: str = ""


def read_live(store: Store) -> tuple[list[Item], bool]:
    """Give the live dispatches, newest first, and whether these are all."""
    rows: list[Item] = []
    for lane in list_live_lanes():
        after: Mapping[str, Any] | None = None
        while True:
            page = store.list_lane(lane, limit=_LIVE_PAGE, after=after)
            rows += page.items
            after = page.after
            if after is None:
                break
            if len(rows) >= MAX_LIVE:
                return _sort(rows), False
    return _sort(rows), True


def walk_ended(
    store: Store, start: Place, today: date, page: int, lanes: str = "ended", days: int = HORIZON_DAYS
) -> Iterator[tuple[Place | None, Item | None]]:
    """Give (place, row) of ended dispatches behind `start`, and (place, None) at the start of each older day.

    The last is (None, None) at the end of all days, unless the walk stops before because it has asked enough; `page`
    is how many rows each query asks for. Going on from any place gives exactly the rows behind it. `lanes` may name
    other rows that are kept by day, with how many days of them there can be.
    """
    asked = _Count()
    day, oldest = date.fromisoformat(start.lane), today - timedelta(days=days)
    while day >= oldest:
        place = start if day.isoformat() == start.lane else Place(day.isoformat())
        for row in merge(
            *(_read_shard(store, f"{lanes}#{place.lane}#{shard}", place, page, asked) for shard in range(SHARDS)),
            key=_negate,
        ):
            yield Place(place.lane, row["lane_at"], row["id"]), row
            if asked.queries >= MAX_QUERIES:
                return
        day -= timedelta(days=1)
        yield Place(day.isoformat()), None
        if asked.queries >= MAX_QUERIES:
            return
    yield None, None


@dataclass(slots=True)
class _Count:
    queries: int = 0


@dataclass(frozen=True, slots=True)
class _Descending:
    """Sorts texts downwards."""

    text: tuple[str, str]

    def __lt__(self, other: "_Descending") -> bool:
        return self.text > other.text


def _negate(row: Item) -> _Descending:
    return _Descending((row["lane_at"], row["id"]))


def _sort(rows: Iterable[Item]) -> list[Item]:
    return sorted(rows, key=lambda row: (row["created_at"], row["id"]), reverse=True)


def _read_shard(store: Store, lane: str, place: Place, page: int, asked: _Count) -> Iterator[Item]:
    """Give one shard's rows behind a place. Rows of one millisecond are put in order here: the index has none."""
    rows = _read_pages(store, lane, place.at or None, page, asked)
    for _, same in groupby(rows, key=lambda row: row["lane_at"]):
        for row in sorted(same, key=lambda one: one["id"], reverse=True):
            if not place.at or (row["lane_at"], row["id"]) < (place.at, place.dispatch):
                yield row


def _read_pages(store: Store, lane: str, until: str | None, page: int, asked: _Count) -> Iterator[Item]:
    after: Mapping[str, Any] | None = None
    while True:
        asked.queries += 1
        found = store.list_lane(lane, until=until, descending=True, limit=page, after=after)
        yield from found.items
        after = found.after
        if after is None:
            return
