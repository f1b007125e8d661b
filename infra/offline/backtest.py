"""Two versions of the policies over recorded events: what would be decided otherwise. Streams, in bounded memory.

Each event is decided by both, at its own time, on the objects as the events so far have shown them. A run counts as
started in its own version's history. Locks are not replayed: how long work takes is in no recording.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from chalicelib.catalog.model import Bundle, RuleMode
from chalicelib.decision.decide import decide, find_subjects
from chalicelib.decision.failures import decide_failure
from chalicelib.decision.model import Action, Decision, Failure, History
from chalicelib.decision.objects import observe_object, view_object
from chalicelib.errors import MalformedEvent
from chalicelib.events.model import Event
from chalicelib.events.parse import parse
from chalicelib.identity import ObjectId
from infra.offline.world import HOME

OBJECTS_KEPT = 100_000
STARTS_KEPT = 50
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
    matched: int = 0
    malformed: int = 0
    forgotten: int = 0
    """Objects that were dropped because too many others were seen since; what was known of them is lost."""
    before: Counter[str] = field(default_factory=Counter)
    """How often each deed was decided by active rules, by the old policies."""
    after: Counter[str] = field(default_factory=Counter)
    changes: Counter[Change] = field(default_factory=Counter)
    examples: dict[Change, list[Example]] = field(default_factory=dict)


@dataclass
class _Known:
    """What the events so far have shown of an object, and what each version would have started on it."""

    state: str | None = None
    state_at: datetime | None = None
    labels: dict[str, str] = field(default_factory=dict)
    starts: tuple[list[tuple[str, datetime]], list[tuple[str, datetime]]] = field(default_factory=lambda: ([], []))


class Backtest:
    """Both versions side by side."""

    def __init__(self, old: Bundle, new: Bundle, objects_kept: int = OBJECTS_KEPT) -> None:
        """Begin with nothing known; of more objects than `objects_kept` the longest unseen are forgotten."""
        self._bundles = (old, new)
        self._kept = objects_kept
        self._objects: OrderedDict[ObjectId, _Known] = OrderedDict()
        self.diff = Diff()

    def feed(self, raw: object) -> None:
        """Take one event."""
        self.diff.events += 1
        try:
            event = parse(raw, HOME)
        except MalformedEvent:
            self.diff.malformed += 1
            return
        old, new = (self._decide(event, side) for side in (0, 1))
        if old or new:
            self.diff.matched += 1
            self._compare(event, old, new)
        for seen in event.observations:
            known = self._recall(seen.object)
            if known.state_at is None or seen.at >= known.state_at:
                known.state, known.state_at = seen.state, seen.at
                known.labels.update(seen.labels)

    def _decide(self, event: Event, side: int) -> dict[tuple[str, str], Decision]:
        bundle = self._bundles[side]
        found = {}
        for subject in find_subjects(event, bundle):
            if isinstance(subject, Failure):
                decision = decide_failure(event, subject, bundle, event.time)
            else:
                known = self._recall(subject.object)
                stored = view_object(
                    subject.object, state=known.state, state_at=known.state_at, labels=known.labels, bundle=bundle
                )
                view = observe_object(stored, event.observations, bundle)
                history = History(tuple(known.starts[side]))
                decision = decide(event, subject.rule, view, history, bundle, event.time)
                if decision.action is Action.RUN and decision.mode is RuleMode.ACTIVE:
                    known.starts[side].append((decision.workflow, event.time))
                    del known.starts[side][:-STARTS_KEPT]
            found[decision.rule, decision.object.short if decision.object else ""] = decision
        return found

    def _compare(
        self, event: Event, old: dict[tuple[str, str], Decision], new: dict[tuple[str, str], Decision]
    ) -> None:
        self.diff.before.update(describe(one) for one in old.values() if one.mode is RuleMode.ACTIVE)
        self.diff.after.update(describe(one) for one in new.values() if one.mode is RuleMode.ACTIVE)
        for rule, about in sorted({*old, *new}):
            before, after = old.get((rule, about)), new.get((rule, about))
            change = Change(rule, describe(before), describe(after))
            if before and after and change.before == change.after and before.input != after.input:
                change = change._replace(after=f"{change.after} with another input")
            if change.before == change.after:
                continue
            self.diff.changes[change] += 1
            examples = self.diff.examples.setdefault(change, [])
            if len(examples) < EXAMPLES_KEPT:
                reasons = (one.reason if one else "" for one in (before, after))
                examples.append(Example(event.id, about, *reasons))

    def _recall(self, object_id: ObjectId) -> _Known:
        known = self._objects.setdefault(object_id, _Known())
        self._objects.move_to_end(object_id)
        if len(self._objects) > self._kept:
            self._objects.popitem(last=False)
            self.diff.forgotten += 1
        return known


def backtest(events: Iterable[object], old: Bundle, new: Bundle, objects_kept: int = OBJECTS_KEPT) -> Diff:
    """Decide every event by both versions, in the order given, and give the difference."""
    test = Backtest(old, new, objects_kept)
    for raw in events:
        test.feed(raw)
    return test.diff


def describe(decision: Decision | None) -> str:
    """Name what is decided: `run host_reboot`, `page sre`, `ignore`, in brackets if the rule is in shadow."""
    if decision is None:
        return NOTHING
    detail = {Action.RUN: decision.workflow, Action.PAGE: decision.page}.get(decision.action)
    deed = f"{decision.action} {detail}" if detail else str(decision.action)
    return f"({deed})" if decision.mode is RuleMode.SHADOW else deed


def list_deltas(diff: Diff) -> Iterator[tuple[str, int, int]]:
    """Give (deed, count before, count after) of every deed whose count differs, the largest difference first."""
    deeds = sorted({*diff.before, *diff.after}, key=lambda deed: (-abs(diff.after[deed] - diff.before[deed]), deed))
    return ((deed, diff.before[deed], diff.after[deed]) for deed in deeds if diff.before[deed] != diff.after[deed])
