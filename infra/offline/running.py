"""What one version of the policies would have running while events go by: control's own plans on a small table.

A recording does not say how long work takes, nor how it ends. A run is taken to need what its workflow is expected to
(`interlock estimate`), or one time for all, and to succeed. What finds no room waits as in production, by tier and age;
no time is lost between an end and the start of who waited, but for who waits for time alone: until the next minute's
tick. People approve at once.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Any, NamedTuple

from chalicelib.catalog.model import Bundle
from chalicelib.control.approvals.policy import find_line
from chalicelib.control.claims.places import SIZE, describe_place, move
from chalicelib.control.intake import find_objects
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ANY, Claim, Plan, Snapshot, VerdictKind
from chalicelib.control.plan import plan
from chalicelib.control.records import HOLDER, OBJECT_SK, object_key, read_object, read_time, render_time
from chalicelib.control.transaction import Item, Key, holds
from chalicelib.decision.decide import evaluate_goal
from chalicelib.decision.model import Decision, ObjectView
from chalicelib.identity import ObjectId

_WAITING = "waiting"
Look = Callable[[ObjectId], tuple[ObjectView, list[tuple[str, datetime]]]]
"""An object as it is known, and what was started on it: what is started is put there."""


class Breach(NamedTuple):
    """A way in which control did not let a plan start as it came."""

    kind: str
    """`budget`, `rate`, `conflict`, `freeze`, or `approval` for what people are asked about."""
    name: str
    """The budget, or who met whom: `ec2.stop meets host_reboot`."""
    verdict: str


class Waiter(NamedTuple):
    """A plan that waits its turn. They are tried in this order."""

    rank: int
    number: int
    since: datetime
    decision: Decision
    claims: tuple[Claim, ...]


@dataclass
class Running:
    """The table: who holds what, what is used, who waits. It keeps what goes on, and the sizes of groups."""

    bundle: Bundle
    look: Look
    takes_s: int | None = None
    """How long every run takes; None: as long as its workflow is expected to."""
    rows: dict[Key, dict[str, Any]] = field(default_factory=dict)
    live: dict[str, tuple[Claim, ...]] = field(default_factory=dict)
    due: list[tuple[datetime, int, str | int]] = field(default_factory=list)
    """A heap of (when, a count, the dispatch that ends or the number of the waiter for whom time alone may have passed)."""
    lines: dict[Key, dict[int, Waiter]] = field(default_factory=dict)
    """Who stands where, by number."""
    _count: Iterator[int] = field(default_factory=count)

    def plan(self, decision: Decision, view: ObjectView, now: datetime) -> Plan:
        """Plan a decision about an object that is seen like this, as intake does.

        Of the rows that are no objects', only those count that refuse the transaction: no others are ever read.
        """
        known: dict[Key, Item] = {}
        while True:
            made = self._plan(decision, view, known, now)
            refused = [] if made.kind is not VerdictKind.START else [
                claim.key for claim in made.claims
                if claim.key not in known and not all(
                    holds(one, self.rows.get(claim.key)) for one in (*claim.room, *claim.unpassed)
                )
            ]  # fmt: skip
            if not refused:
                return made
            known |= {key: self.rows[key] for key in refused if key in self.rows}

    def _plan(self, decision: Decision, view: ObjectView, rows: Mapping[Key, Item], now: datetime) -> Plan:
        locked = find_objects(decision, self.bundle)
        objects = {one: self._record(one, view if one == view.id else None) for one in locked}
        return plan(decision, Snapshot(objects, rows), self.bundle, now, approved=True)

    def take(self, made: Plan, decision: Decision, now: datetime) -> tuple[Breach, ...]:
        """Have a plan start, wait or be refused, and say what kept it from starting at once."""
        found = tuple(dict.fromkeys(_find_breaches(made, decision, self.bundle)))
        if made.kind is VerdictKind.START:
            self._start(made.claims, decision, now)
        elif made.kind is VerdictKind.QUEUE:
            self._wait(Waiter(made.rank, next(self._count), now, decision, made.claims))
            for name in made.replaces:
                self._promote(self._end(name), now)
        return found

    def advance(self, until: datetime | None) -> None:
        """Let what has ended by then end, each at its time, and whoever waited for it start."""
        while self.due and (until is None or self.due[0][0] <= until):
            now, _, which = heappop(self.due)
            if isinstance(which, str):
                self._promote(self._end(which), now)
            else:
                found = (line[which] for line in self.lines.values() if which in line)
                self._promote({waiter.number: waiter for waiter in found}, now)

    def see(self, about: ObjectId, before: ObjectView | None, after: ObjectView | None) -> None:
        """Count an object where it belongs now: before and after something was observed of it; None: not known."""
        places = (
            describe_place(about, one.state, one.labels, self.bundle) if one is not None and one.exists else None
            for one in (before, after)
        )
        for key, amount in move(*places).items():
            row = self.rows.setdefault(key, {})
            row[SIZE] = row.get(SIZE, 0) + amount

    def _record(self, one: ObjectId, view: ObjectView | None) -> Any:
        known, starts = self.look(one)
        seen = view or known
        stored = {
            **self.rows.get(object_key(one), {}),
            "state": seen.state,
            "labels": seen.labels,
            "starts": [(name, render_time(at)) for name, at in starts],
        }
        return read_object(one, stored)

    def _start(self, claims: tuple[Claim, ...], decision: Decision, now: datetime) -> None:
        for claim in claims:
            row = self.rows.setdefault(claim.key, {})
            row.update(claim.set)
            for name, amount in (*claim.add.items(), *claim.grow.items()):
                row[name] = row.get(name, 0) + amount
        self.live[decision.id] = claims
        about = find_objects(decision, self.bundle) | ({decision.object} if decision.object is not None else set())
        for one in about:
            self.look(one)[1].append((decision.workflow, now))
        takes = self.bundle.workflows[decision.workflow].expected_s if self.takes_s is None else self.takes_s
        heappush(self.due, (now + timedelta(seconds=takes), next(self._count), decision.id))

    def _end(self, dispatch: str) -> dict[int, Waiter]:
        """Give back what a dispatch took, and say who waits for any of it."""
        freed: dict[int, Waiter] = {}
        for claim in self.live.pop(dispatch, ()):
            row = self.rows[claim.key]
            row.pop(f"{HOLDER}{dispatch}", None)
            for name, amount in claim.add.items():
                row[name] = row.get(name, 0) - amount
            self._tidy(claim.key)
            freed |= self.lines.get(claim.key, {})
        return freed

    def _wait(self, waiter: Waiter) -> None:
        for key, line in _list_stands(waiter):
            self._count_waiter(key, f"{line}{waiter.rank}", 1)
            self.lines.setdefault(key, {})[waiter.number] = waiter
        wakes = [read_time(one.until) for claim in waiter.claims for one in claim.blockers if one.until]
        if wakes:
            tick = (max(wakes) + timedelta(seconds=60)).replace(second=0, microsecond=0)
            heappush(self.due, (tick, next(self._count), waiter.number))

    def _leave(self, waiter: Waiter) -> None:
        for key, line in _list_stands(waiter):
            self._count_waiter(key, f"{line}{waiter.rank}", -1)
            del self.lines[key][waiter.number]
            if not self.lines[key]:
                del self.lines[key]
            self._tidy(key)

    def _count_waiter(self, key: Key, name: str, step: int) -> None:
        row = self.rows.setdefault(key, {})
        for one in (name, _WAITING):
            row[one] = row.get(one, 0) + step

    def _promote(self, freed: Mapping[int, Waiter], now: datetime) -> None:
        """Have everybody start who can, first those who come first."""
        for waiter in sorted(freed.values(), key=lambda one: (one.rank, one.number)):
            decision = waiter.decision
            self._leave(waiter)
            view = self.look(decision.object)[0] if decision.object is not None else None
            late = (now - waiter.since).total_seconds() >= self.bundle.control.queue_expires_s
            if view is None or late or (decision.goal and evaluate_goal(decision.goal, view, now) is True):
                continue
            made = self._plan(decision, view, self.rows, now)
            if made.kind in {VerdictKind.RECORD, VerdictKind.HOLD}:
                continue
            if any(one.ahead != ANY for claim in made.claims for one in claim.blockers):
                self._wait(waiter._replace(claims=made.claims))
            else:
                self._start(made.claims, decision, now)

    def _tidy(self, key: Key) -> None:
        """Forget the row of an object on which nothing goes on: whatever else is known of it is kept elsewhere."""
        row = self.rows[key]
        if key.sk == OBJECT_SK and not row.get(_WAITING) and not any(name.startswith(HOLDER) for name in row):
            del self.rows[key]


def _list_stands(waiter: Waiter) -> Iterator[tuple[Key, str]]:
    return ((claim.key, claim.line) for claim in waiter.claims if claim.exclusive or claim.blockers)


def _find_breaches(made: Plan, decision: Decision, bundle: Bundle) -> Iterator[Breach]:
    if made.kind is VerdictKind.HOLD or made.state is DispatchState.HELD:
        yield Breach("freeze", "", "held")
    elif find_line(bundle.control.approvals, decision, made.locks) is not None:
        yield Breach("approval", "", "asked for")
    rates = {one.name for one in bundle.control.budgets if one.within_s}
    for claim in made.claims:
        short = [one.budget for one in claim.spending if (one.used or 0) + one.cost > one.limit]
        yield from (Breach("rate" if name in rates else "budget", name, str(made.kind)) for name in short)
        held = any(one.dispatch for one in claim.blockers)
        for one in claim.blockers:
            if one.dispatch or not (short or held):
                who = one.workflow or f"others at {claim.name.partition('/')[0]}"
                yield Breach("conflict", f"{decision.workflow} meets {who}", str(made.kind))
