"""Targets into ordered batches, so that no bound on what is down is passed while any batch runs. Pure, deterministic.

A plan is made for the worst case: whatever is down when it is made stays down, even after its own batch. So a bound
holds at every moment without looking again; who looks again between batches can only find more room.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import groupby
from typing import NamedTuple

from chalicelib.errors import InterlockError

_FORM = re.compile(r"([0-9]{1,9})(%?)")
_WHOLE = 100
NO_ZONE = ""


class MalformedSize(InterlockError):
    """{text!r} is not a size: write a number such as 5, or a share such as 10%."""


class Size(NamedTuple):
    """A number of targets, or a share of them."""

    amount: int
    percent: bool = False

    def count(self, total: int) -> int:
        """Give the number that it means of `total`, rounded down; a share above zero is at least 1."""
        if not self.percent:
            return self.amount
        return max(1, total * self.amount // _WHOLE) if self.amount else 0

    def __str__(self) -> str:
        """Write it as people do."""
        return f"{self.amount}%" if self.percent else str(self.amount)


class Target(NamedTuple):
    """One thing to act on. `group` is what a bound counts over: its service."""

    id: str
    zone: str = NO_ZONE
    group: str = ""
    rank: int = 0
    """Lower ranks come first."""
    healthy: bool = True


class Bound(NamedTuple):
    """How many of a group may be down at once, at the group's size and health as last seen."""

    max_unavailable: Size
    size: int
    """Of the whole group, targets or not."""
    down: int = 0
    """How many of the group that are no targets are down already."""


class Batching(NamedTuple):
    """How targets are cut: the size of each batch in turn, of which the last one is used again until all are placed."""

    sizes: tuple[Size, ...] = (Size(_WHOLE, percent=True),)
    canary: Size | None = None
    """An extra first batch."""
    spread_zones: bool = False
    """Take from all zones in turn, so that a batch takes from each as evenly as what is left allows."""
    one_zone_at_a_time: bool = False
    """A batch lies in one zone, and a zone is finished before the next one begins."""


class Deferred(NamedTuple):
    """A target that no batch may take, and why."""

    target: Target
    reason: str


class Batches(NamedTuple):
    """Every target is in exactly one batch or deferred."""

    batches: tuple[tuple[Target, ...], ...]
    deferred: tuple[Deferred, ...] = ()


def parse_size(text: str | int) -> Size:
    """Read `5` or `10%`. Raises MalformedSize, also for more than 100%."""
    found = _FORM.fullmatch(str(text))
    if found is None or (found[2] and int(found[1]) > _WHOLE):
        raise MalformedSize(text=str(text))
    return Size(int(found[1]), bool(found[2]))


def make_batches(targets: Iterable[Target], batching: Batching, bounds: Mapping[str, Bound] | None = None) -> Batches:
    """Cut targets into batches, each of which may run once the one before it is over.

    `bounds` are by group; a group without one is not bounded. Targets with equal ids are taken once. A target that is
    down already costs nothing, since acting on it takes nothing away. Where a group has no room at all, its healthy
    targets are deferred with the arithmetic as the reason.
    """
    unique = {target.id: target for target in targets}
    rooms, reasons = _measure_rooms(unique.values(), bounds or {})
    blocked = [one for one in unique.values() if one.healthy and rooms.get(one.group) == 0]
    held = {one.id for one in blocked}
    deferred = tuple(Deferred(one, reasons[one.group]) for one in sorted(blocked, key=_sort_key))
    ordered = sorted((one for one in unique.values() if one.id not in held), key=_sort_key)
    sizes = _Sizes(batching, len(ordered))
    made: list[tuple[Target, ...]] = []
    for part in _split_zones(ordered) if batching.one_zone_at_a_time else [ordered]:
        sequence = _interleave(part) if batching.spread_zones else part
        made += _fill(sequence, sizes, rooms)
    return Batches(tuple(made), deferred)


def _sort_key(target: Target) -> tuple[int, str, str]:
    return target.rank, target.zone, target.id


class _Sizes:
    """Gives the size of each next batch."""

    def __init__(self, batching: Batching, total: int) -> None:
        first = (batching.canary,) if batching.canary else ()
        self._sizes = [max(1, size.count(total)) for size in (*first, *batching.sizes)]
        self._next = 0

    def take(self) -> int:
        size: int = self._sizes[min(self._next, len(self._sizes) - 1)]
        self._next += 1
        return size


def _measure_rooms(targets: Iterable[Target], bounds: Mapping[str, Bound]) -> tuple[dict[str, int], dict[str, str]]:
    """Say how many more of each bounded group may go down, never less than none, and how that is reckoned."""
    down = {name: bound.down for name, bound in bounds.items()}
    for target in targets:
        if not target.healthy and target.group in down:
            down[target.group] += 1
    rooms, reasons = {}, {}
    for name, bound in bounds.items():
        most = bound.max_unavailable.count(bound.size)
        rooms[name] = max(0, most - down[name])
        of = f"{bound.max_unavailable} of {bound.size}" if bound.max_unavailable.percent else str(most)
        reasons[name] = f"{name or 'the group'} may have {most} down ({of}), and {down[name]} are down already"
    return rooms, reasons


def _split_zones(ordered: Sequence[Target]) -> list[list[Target]]:
    """Part by zone, the zone of the first target first."""
    zones: dict[str, list[Target]] = {}
    for target in ordered:
        zones.setdefault(target.zone, []).append(target)
    return list(zones.values())


def _interleave(ordered: Sequence[Target]) -> list[Target]:
    """Within each rank take the zones in turn."""
    found: list[Target] = []
    for _, same in groupby(ordered, key=lambda one: one.rank):
        turn: dict[str, int] = {}
        placed = []
        for target in same:
            turn[target.zone] = turn.get(target.zone, -1) + 1
            placed.append((turn[target.zone], target))
        found += [target for _, target in sorted(placed, key=lambda one: (one[0], one[1].zone))]
    return found


def _fill(sequence: Sequence[Target], sizes: _Sizes, rooms: Mapping[str, int]) -> list[tuple[Target, ...]]:
    """Fill batch after batch in order; a target whose group has no room left in a batch waits for the next one.

    Each group's targets stand in a line of their own and only the heads compete, so that a group without room costs a
    batch one look, not one for each of its targets.
    """
    lines: dict[str, list[tuple[int, Target]]] = {}
    for position, target in reversed(list(enumerate(sequence))):
        lines.setdefault(target.group, []).append((position, target))
    heads = [(line[-1][0], group) for group, line in lines.items()]
    heapify(heads)
    made = []
    while heads:
        batch: list[Target] = []
        size = sizes.take()
        spent: dict[str, int] = {}
        parked = []
        while heads and len(batch) < size:
            head = heappop(heads)
            group = head[1]
            target = lines[group][-1][1]
            if target.healthy and group in rooms and spent.get(group, 0) >= rooms[group]:
                parked.append(head)
                continue
            lines[group].pop()
            spent[group] = spent.get(group, 0) + target.healthy
            batch.append(target)
            if lines[group]:
                heappush(heads, (lines[group][-1][0], group))
        for head in parked:
            heappush(heads, head)
        made.append(tuple(batch))
    return made
