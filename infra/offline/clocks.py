"""The schedules of two versions of the policies beside a recording: no recording holds what a rule yet to come would have done."""

from collections.abc import Iterator
from datetime import datetime
from heapq import heappop, heappush
from typing import Any, NamedTuple

from chalicelib.catalog.model import Bundle, RuleMode
from dsl.schedules import SOURCE, render_due, walk_occurrences, write_due


class Due(NamedTuple):
    """An occurrence, and on which sides it is one."""

    at: datetime
    raw: dict[str, Any]
    sides: frozenset[int]


class Clocks:
    """The occurrences of all schedules in order, from a first time on."""

    def __init__(self, bundles: tuple[Bundle, ...], since: datetime) -> None:
        """Begin behind `since`."""
        self._heap: list[tuple[datetime, str, int]] = []
        self._walks: dict[tuple[str, int], Iterator[datetime]] = {}
        for side, bundle in enumerate(bundles):
            for rule in bundle.rules:
                if rule.schedule is not None and rule.mode is not RuleMode.DISABLED:
                    self._walks[rule.name, side] = walk_occurrences(rule.schedule, since)
                    self._wind(rule.name, side)

    def take(self, until: datetime) -> Iterator[Due]:
        """Give and drop what is due by a time. What both versions have at the same time is one event."""
        while self._heap and self._heap[0][0] <= until:
            at, rule, _ = self._heap[0]
            sides = set()
            while self._heap and self._heap[0][:2] == (at, rule):
                side = heappop(self._heap)[2]
                sides.add(side)
                self._wind(rule, side)
            yield Due(at, write_due(rule, render_due(at)), frozenset(sides))

    def _wind(self, rule: str, side: int) -> None:
        at = next(self._walks[rule, side], None)
        if at is not None:
            heappush(self._heap, (at, rule, side))


def is_due(source: str) -> bool:
    """Whether an event is a recorded occurrence: the versions make their own."""
    return source == SOURCE
