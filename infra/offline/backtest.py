"""Two versions of the policies over recorded events: what would be decided otherwise. Streams, in bounded memory.

Each event is decided by both, at its own time, on the objects as the events so far have shown them; windows are replayed
at the events' times, by the functions that production uses, and so is what control says, see `offline.running`. A run counts as started in its own version's history. Locks
and the ladders of goals are not replayed: how long work takes, and how it ends, is in no recording. Schedules decide at
their own times from the first event to the last, each in the version that has it.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from chalicelib.catalog.model import Bundle, RuleMode
from chalicelib.decision.model import Action
from chalicelib.errors import MalformedEvent
from chalicelib.events.model import Event
from chalicelib.events.parse import parse
from chalicelib.identity import ObjectId
from infra.offline.clocks import Clocks, is_due
from infra.offline.replay import Found, Known, Side, Waiting
from infra.offline.running import Breach
from infra.offline.world import HOME

OBJECTS_KEPT = 100_000
EXAMPLES_KEPT = 3
NOTHING = "nothing"


class Change(NamedTuple):
    """One way in which a rule's decision differs: `run host_reboot` became `page sre-oncall`."""

    rule: str
    before: str
    after: str


class Example(NamedTuple):
    """An event where it does, with the reasons on both sides."""

    event: str
    object: str
    before: str
    after: str


@dataclass
class Diff:
    """What was found so far. Its size depends on the policies, not on the number of events."""

    events: int = 0
    scheduled: int = 0
    """Times at which a schedule of either version came due between them."""
    matched: int = 0
    malformed: int = 0
    forgotten: int = 0
    """Objects that were dropped because too many others were seen since; what was known of them is lost."""
    forgotten_windows: int = 0
    before: Counter[str] = field(default_factory=Counter)
    """How often each deed was decided by active rules, by the old policies."""
    after: Counter[str] = field(default_factory=Counter)
    changes: Counter[Change] = field(default_factory=Counter)
    examples: dict[Change, list[Example]] = field(default_factory=dict)
    kept_back: tuple[Counter[Breach], Counter[Breach]] = field(default_factory=lambda: (Counter(), Counter()))
    """How often control would have kept a plan from starting at once, and why: by the old and by the new policies."""
    kept_back_at: dict[Breach, list[Example]] = field(default_factory=dict)
    """Where one version would have, and the other not."""


@dataclass
class _Open:
    """An event of which something still settles; compared once nothing does."""

    event: Event
    found: tuple[dict[tuple[str, str], Found], dict[tuple[str, str], Found]] = field(default_factory=lambda: ({}, {}))
    waiting: int = 0


class Backtest:
    """Both versions side by side."""

    def __init__(self, old: Bundle, new: Bundle, objects_kept: int = OBJECTS_KEPT, takes_s: int | None = None) -> None:
        """Begin with nothing known; of more objects or windows than `objects_kept` the longest unseen are forgotten."""
        self._sides = tuple(
            Side(number, bundle, self._recall, objects_kept, takes_s) for number, bundle in enumerate((old, new))
        )
        self._kept = objects_kept
        self._objects: OrderedDict[ObjectId, Known] = OrderedDict()
        self._settling: list[tuple[datetime, int, int, _Open, Waiting]] = []
        """A heap: due, a count that makes equal times differ, the side, the event's comparison."""
        self._count = count()
        self._clocks: Clocks | None = None
        """From the first event on."""
        self.diff = Diff()

    def feed(self, raw: object) -> None:
        """Take one event, after what has settled by its time."""
        self.diff.events += 1
        try:
            event = parse(raw, HOME)
        except MalformedEvent:
            self.diff.malformed += 1
            return
        if is_due(event.source):
            return
        self._strike(event.time)
        self._take(event, frozenset(range(len(self._sides))))

    def _strike(self, until: datetime) -> None:
        """Let the schedules of both versions decide that are due between the last event and this one."""
        if self._clocks is None:
            self._clocks = Clocks(tuple(side.bundle for side in self._sides), until)
        for due in self._clocks.take(until):
            self.diff.scheduled += 1
            self._take(parse(due.raw, HOME), due.sides)

    def _take(self, event: Event, sides: frozenset[int]) -> None:
        self._settle(event.time)
        opened = _Open(event)
        for side in (one for one in self._sides if one.number in sides):
            for found in side.decide(event):
                self._note(opened, side.number, found)
        if opened.waiting or any(opened.found):
            self.diff.matched += 1
        if not opened.waiting:
            self._compare(opened)
        for seen in event.observations:
            known = self._recall(seen.object)
            for side in self._sides:
                side.see(seen, known)
            known.see(seen)

    def finish(self) -> None:
        """Let what still settles come to its end: nothing more happens."""
        self._settle(None)
        self.diff.forgotten_windows = sum(side.forgotten for side in self._sides)

    def _settle(self, until: datetime | None) -> None:
        while self._settling and (until is None or self._settling[0][0] <= until):
            _, _, side, opened, waiting = heappop(self._settling)
            opened.waiting -= 1
            self._note(opened, side, self._sides[side].resume(waiting))
            if not opened.waiting:
                self._compare(opened)

    def _note(self, opened: _Open, side: int, found: Found | Waiting) -> None:
        if isinstance(found, Waiting):
            opened.waiting += 1
            heappush(self._settling, (found.due, next(self._count), side, opened, found))
            return
        decision = found.decision
        opened.found[side][decision.rule, decision.object.short if decision.object else ""] = found

    def _compare(self, opened: _Open) -> None:
        self._compare_control(opened)
        old, new = opened.found
        self.diff.before.update(describe(one) for one in old.values() if one.decision.mode is RuleMode.ACTIVE)
        self.diff.after.update(describe(one) for one in new.values() if one.decision.mode is RuleMode.ACTIVE)
        for rule, about in sorted({*old, *new}):
            before, after = old.get((rule, about)), new.get((rule, about))
            change = Change(rule, describe(before), describe(after))
            if before and after and change.before == change.after and before.decision.input != after.decision.input:
                change = change._replace(after=f"{change.after} with another input")
            if change.before == change.after:
                continue
            self.diff.changes[change] += 1
            examples = self.diff.examples.setdefault(change, [])
            if len(examples) < EXAMPLES_KEPT:
                reasons = ((one.reason or one.decision.reason) if one else "" for one in (before, after))
                examples.append(Example(opened.event.id, about, *reasons))

    def _compare_control(self, opened: _Open) -> None:
        """Count what kept plans back, and note where only one version's were."""
        sides = [
            {one: (about, found.verdict) for (_, about), found in side.items() for one in found.breaches}
            for side in opened.found
        ]
        for side, counts in zip(opened.found, self.diff.kept_back, strict=True):
            counts.update(one for found in side.values() for one in found.breaches)
        old, new = sides
        for breach in {*old} ^ {*new}:
            examples = self.diff.kept_back_at.setdefault(breach, [])
            if len(examples) < EXAMPLES_KEPT:
                about, _ = old.get(breach) or new[breach]
                words = (side.get(breach, ("", ""))[1] for side in sides)
                examples.append(Example(opened.event.id, about, *words))

    def _recall(self, object_id: ObjectId) -> Known:
        known = self._objects.setdefault(object_id, Known())
        self._objects.move_to_end(object_id)
        if len(self._objects) > self._kept:
            gone, lost = self._objects.popitem(last=False)
            for side in self._sides:
                side.forget(gone, lost)
            self.diff.forgotten += 1
        return known


def backtest(
    events: Iterable[object], old: Bundle, new: Bundle, objects_kept: int = OBJECTS_KEPT, takes_s: int | None = None
) -> Diff:
    """Decide every event by both versions, in the order given, and give the difference.

    `takes_s` is how long every run takes; None: as long as its workflow is expected to.
    """
    test = Backtest(old, new, objects_kept, takes_s)
    for raw in events:
        test.feed(raw)
    test.finish()
    return test.diff


def describe(found: Found | None) -> str:
    """Name what is decided: `run host_reboot`, `page sre`, `deduplicated`, in brackets if the rule is in shadow."""
    if found is None:
        return NOTHING
    decision = found.decision
    detail = {Action.RUN: decision.workflow, Action.PAGE: decision.page}.get(decision.action)
    deed = f"{decision.action} {detail}" if detail else str(decision.action)
    if found.state:
        deed = f"{found.state}, page {found.page}" if found.page else found.state
    return f"({deed})" if decision.mode is RuleMode.SHADOW else deed


def list_deltas(diff: Diff) -> Iterator[tuple[str, int, int]]:
    """Give (deed, count before, count after) of every deed whose count differs, the largest difference first."""
    deeds = sorted({*diff.before, *diff.after}, key=lambda deed: (-abs(diff.after[deed] - diff.before[deed]), deed))
    return ((deed, diff.before[deed], diff.after[deed]) for deed in deeds if diff.before[deed] != diff.after[deed])


def list_kept_back(diff: Diff) -> Iterator[tuple[Breach, int, int]]:
    """Give (what kept plans back, how often before, how often after), the largest difference first."""
    before, after = diff.kept_back
    found = sorted({*before, *after}, key=lambda one: (-abs(after[one] - before[one]), one))
    return ((one, before[one], after[one]) for one in found)
