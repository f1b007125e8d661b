"""One version of the policies over events in order: what it decides of each, its windows included. In bounded memory."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.catalog.model import Bundle, Correlate, Rule, RuleMode
from chalicelib.control.correlation import acts, find_keys, find_more_keys, meet, read_windows
from chalicelib.control.intake import find_storm_page
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ObjectRecord
from chalicelib.control.transaction import Key
from chalicelib.control.windows.gate import Answer, Occasion
from chalicelib.control.windows.row import Arrival
from chalicelib.control.windows.settle import Watched, close_settle, explain_over, watch
from chalicelib.decision.decide import decide, find_subjects
from chalicelib.decision.defaults import complete_rule
from chalicelib.decision.failures import decide_failure
from chalicelib.decision.model import Action, Decision, Failure, History, ObjectView, Subject
from chalicelib.decision.objects import observe_object, view_object
from chalicelib.errors import ExpressionFailed
from chalicelib.events.model import Event, Observation
from chalicelib.identity import ObjectId, parse_object_id
from infra.offline.running import Breach, Running
from infra.offline.world import HOME

STARTS_KEPT = 50
_DEEDS = frozenset({Action.RUN, Action.PAGE})


@dataclass
class Known:
    """What the events so far have shown of an object, and what each version would have started on it."""

    state: str | None = None
    state_at: datetime | None = None
    labels: dict[str, str] = field(default_factory=dict)
    starts: tuple[list[tuple[str, datetime]], list[tuple[str, datetime]]] = field(default_factory=lambda: ([], []))
    epoch: int = 0

    def see(self, seen: Observation) -> None:
        """Take in what was observed, unless something newer is known."""
        if self.state_at is None or seen.at >= self.state_at:
            self.epoch += seen.state != self.state
            self.state, self.state_at = seen.state, seen.at
            self.labels.update(seen.labels)


class Found(NamedTuple):
    """What was decided of an event by a rule; `state` names the window that stopped it, if one did."""

    decision: Decision
    state: str = ""
    reason: str = ""
    page: str | None = None
    """Who is paged about a storm."""
    breaches: tuple[Breach, ...] = ()
    """What kept it from starting at once."""
    verdict: str = ""
    """Why, in words."""


class Waiting(NamedTuple):
    """An event that settles, and when it is looked at again."""

    due: datetime
    event: Event
    subject: Subject
    watches: tuple[Any, ...]


Recall = Callable[[ObjectId], Known]


@dataclass
class Side:
    """One of the two versions, with what it would have running."""

    number: int
    bundle: Bundle
    recall: Recall
    kept: int
    takes_s: int | None = None
    """How long every run takes; None: as long as its workflow is expected to."""
    windows: OrderedDict[Key, dict[str, Any]] = field(default_factory=OrderedDict)
    forgotten: int = 0
    """Windows that were dropped because too many others were used since."""

    def __post_init__(self) -> None:
        """Begin with nothing running."""
        self.running = Running(self.bundle, self._look, self.takes_s)

    def decide(self, event: Event) -> Iterator[Found | Waiting]:
        """Decide an event at its own time."""
        self.running.advance(event.time)
        for subject in find_subjects(event, self.bundle):
            if isinstance(subject, Failure):
                yield Found(decide_failure(event, subject, self.bundle, event.time))
            else:
                yield self._decide_subject(event, subject)

    def resume(self, waiting: Waiting) -> Found:
        """Look at a settling event again, at the time that it waited for."""
        event, subject = waiting.event, waiting.subject
        self.running.advance(waiting.due)
        watched = {about: parse_object_id(about, HOME) for about, *_ in waiting.watches}
        records = {about: self._record(one) for about, one in watched.items()}
        view = self._view(subject.object)
        subject = self._complete(subject, view)
        over = explain_over(waiting.watches, records)
        decision = self._decide(event, subject, view, waiting.due)
        found = self._meet(
            event, subject, decision, view, waiting.due, Watched(over=over), {"watched": waiting.watches}
        )
        self._close(event, subject, decision, waiting.due)
        return found if isinstance(found, Found) else Found(decision)

    def _decide_subject(self, event: Event, subject: Subject) -> Found | Waiting:
        view = observe_object(self._view(subject.object), event.observations, self.bundle)
        subject = self._complete(subject, view)
        decision = self._decide(event, subject, view, event.time)
        return self._meet(event, subject, decision, view, event.time, self._watch(event, subject.rule), {})

    def _meet(
        self, event: Event, subject: Subject, decision: Decision, view: ObjectView, now: datetime, watched: Watched,
        settled: Mapping[str, Any],
    ) -> Found | Waiting:  # fmt: skip
        wanted = subject.rule.correlate
        runs = decision.action is Action.RUN and decision.mode is RuleMode.ACTIVE and decision.fanout is None
        made = self.running.plan(decision, view, now) if runs else None
        if wanted is not None and decision.action in _DEEDS:
            arrival = Arrival(event.id, event.time, decision.id, str(subject.object))
            page = find_storm_page(subject.rule, view, self.bundle)
            occasion = Occasion(arrival, made is None or acts(made), watched.watches, watched.over, view, page, settled)
            try:
                answer = self._use_windows(event, subject, view, wanted, occasion, now)
            except ExpressionFailed as problem:
                return Found(decide_failure(event, Failure(subject.rule, f"correlate: {problem}"), self.bundle, now))
            if answer.state is DispatchState.SETTLING:
                due = now + timedelta(seconds=wanted.settle_s or 0)
                return Waiting(due, event, subject, watched.watches)
            if answer.state is not None:
                return Found(decision, str(answer.state), answer.reason, page if answer.owes_page else None)
        if made is None:
            return Found(decision)
        breaches = self.running.take(made, decision, now)
        return Found(decision, breaches=breaches, verdict=made.reason if breaches else "")

    def see(self, seen: Observation, known: Known) -> None:
        """Count an object in its groups as it will be once this observation is taken in."""
        before = self._show(seen.object, known)
        self.running.see(seen.object, before, observe_object(before, [seen], self.bundle))

    def forget(self, one: ObjectId, known: Known) -> None:
        """Count an object nowhere any more."""
        self.running.see(one, self._show(one, known), None)

    def _look(self, one: ObjectId) -> tuple[ObjectView, list[tuple[str, datetime]]]:
        known = self.recall(one)
        starts = known.starts[self.number]
        del starts[:-STARTS_KEPT]
        return self._show(one, known), starts

    def _use_windows(
        self, event: Event, subject: Subject, view: ObjectView, wanted: Correlate, occasion: Occasion, now: datetime
    ) -> Answer:
        keys = find_keys(subject.rule, event, subject.object) | find_more_keys(subject.rule, view)
        rows = {key: self.windows[key] for key in keys.values() if key in self.windows}
        answer = meet(wanted, occasion, read_windows(subject.rule, keys, rows), now)
        self._keep(answer.writes)
        return answer

    def _close(self, event: Event, subject: Subject, decision: Decision, now: datetime) -> None:
        keys = find_keys(subject.rule, event, subject.object)
        window = read_windows(subject.rule, keys, self.windows).get("settle")
        arrival = Arrival(event.id, event.time, decision.id, str(subject.object))
        self._keep(close_settle(arrival, window, now))

    def _keep(self, writes: tuple[Any, ...]) -> None:
        for one in writes:
            self.windows[one.key] = dict(one.item)
            self.windows.move_to_end(one.key)
        while len(self.windows) > self.kept:
            self.windows.popitem(last=False)
            self.forgotten += 1

    def _watch(self, event: Event, rule: Rule) -> Watched:
        if rule.correlate is None or rule.correlate.settle_s is None:
            return Watched()
        latest = {seen.object: seen for seen in sorted(event.observations, key=lambda seen: seen.at)}
        return watch(
            (seen, self._record(one), observe_object(self._view(one), [seen], self.bundle))
            for one, seen in latest.items()
        )

    def _decide(self, event: Event, subject: Subject, view: ObjectView, now: datetime) -> Decision:
        history = History(tuple(self.recall(subject.object).starts[self.number]))
        return decide(event, subject.rule, view, history, self.bundle, now)

    def _view(self, one: ObjectId) -> ObjectView:
        return self._show(one, self.recall(one))

    def _show(self, one: ObjectId, known: Known) -> ObjectView:
        return view_object(one, state=known.state, state_at=known.state_at, labels=known.labels, bundle=self.bundle)

    def _complete(self, subject: Subject, view: ObjectView) -> Subject:
        return subject._replace(rule=complete_rule(subject.rule, view.service, view.tier, self.bundle))

    def _record(self, one: ObjectId) -> ObjectRecord:
        known = self.recall(one)
        return ObjectRecord(id=one, state=known.state, epoch=known.epoch)
