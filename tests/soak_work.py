"""What a soak is made of: its policy, and what people and events make up."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from chalicelib.catalog.model import ApprovalLine, Bundle, Calendar, Conflict, Correlate, Dedupe, Intent, Verb
from chalicelib.control.approvals.approval import Answer, ApprovalClosed, Reply
from chalicelib.control.approvals.approve import answer, list_pending
from chalicelib.control.freeze import FreezeEnded, UnknownFreeze, freeze, list_freezes, unfreeze
from chalicelib.control.ports import Start
from chalicelib.control.records import render_time
from tests.behaviour import World
from tests.behaviour_approvals import ANA, BEN
from tests.behaviour_campaigns import make_campaign_bundle
from tests.behaviour_claims import make_budget, make_covering
from tests.builders import make_event, make_rule
from tests.fakes import START_OF_TIME
from tests.soak_watch import PERCENT, SIZES

OBJECTS, BUSY = sum(SIZES.values()), 8
SCOPES: tuple[dict[str, str], ...] = (
    {}, {"service": "ledger"}, {"workflow": "host_reboot"}, {"tier": "P1"}, {"zone": "a"}, {"service": "checkout"},
)  # fmt: skip
MOST_FREEZES = 3
DAYS = 400
Deed = Callable[[], Any]


def make_policy() -> Bundle:
    """Everything at once: budgets, ancestors, every verb, a calendar of freezes, approvals, windows, a campaign."""
    bundle = make_covering(make_budget(at_most=PERCENT, percent=True))
    first = (
        Conflict((Intent.DISRUPT,), (Intent.DISRUPT,), ("host_reboot",), ("host_reboot",), Verb.COALESCE),
        Conflict((), (), ("host_tag",), ("host_reboot",), Verb.REPLACE),
    )
    windows = [START_OF_TIME + timedelta(days=day, hours=hour) for day in range(DAYS) for hour in (10, 11)]
    quiet = Calendar(
        "quiet", {"workflow": "host_stop"}, "quiet hour", "ops", tuple(map(render_time, windows)), (), (), "queue"
    )
    line = ApprovalLine((), (), (), ("host_swap",), (ANA, BEN), 1, 3600)
    settling = make_rule(correlate=Correlate(settle_s=90, dedupe=Dedupe(900)))
    control = bundle.control._replace(
        conflicts=(*first, *bundle.control.conflicts), freezes=(quiet,), approvals=(line,)
    )
    return replace(bundle, control=control, rules=(settling, *make_campaign_bundle().rules))


class Work:
    """Makes things up, each to be tried until it went through."""

    def __init__(self, dice: random.Random, world: World, quiet: World) -> None:
        self.dice, self.world, self.quiet = dice, world, quiet
        self.events: set[str] = set()
        self.count = 0

    def ask(self) -> Deed:
        """Somebody asks for a workflow, or an event for whatever its rule says."""
        name = self._name("e")
        self.events.add(name)
        roll = self.dice.random()
        if roll < 0.15:
            raw = make_event(name, self._choose_host(), time=render_time(self.quiet.clock.now()))
            return lambda: self.world.event(raw)
        if roll < 0.17:
            raw = make_event(name) | {"source": "ops", "detail-type": "Reboot", "detail": {"service": "ledger"}}
            return lambda: self.world.event(raw)
        tier = self.dice.choice(["P0", "P1", "P2"])
        workflow = self.dice.choice([*("host_reboot", "host_stop", "host_swap") * 2, *("host_tag",) * 4, "drain"])
        given = {"host": self._choose_host()}
        if workflow == "drain":
            given = {"service": self.dice.choice(list(SIZES))}
        if workflow == "host_swap":
            first = self._choose_host()
            given = {"a": first, "b": f"i-{(int(first[2:]) + 1) % OBJECTS}"}
        return lambda: self.world.ask(workflow, name, tier, **given)

    def come_up(self) -> Deed:
        """A host is seen running."""
        now = render_time(self.quiet.clock.now())
        raw = make_event(self._name("up"), self._choose_host(), "running", time=now)
        return lambda: self.world.event(raw)

    def freeze(self) -> Deed:
        """Somebody freezes something for a while, or ends a freeze."""
        known = list_freezes(self.quiet.ports)
        if known and (len(known) >= MOST_FREEZES or self.dice.random() < 0.5):
            name = self.dice.choice(known).id
            return _tolerate(UnknownFreeze, lambda: unfreeze(name, self.world.ports))
        scope, held, key = self.dice.choice(SCOPES), self.dice.choice(["drop", "queue", "queue"]), self._name("f")
        until = self.quiet.clock.now() + timedelta(seconds=self.dice.choice([600, 1800, 3600]))
        made = lambda: freeze(scope, "soak", "ops", until, (), self.world.ports, key=key, held=held)  # noqa: E731
        return _tolerate(FreezeEnded, made)

    def answer(self) -> Deed | None:
        """Somebody approves or rejects something, if anything awaits that; most wait for nothing and expire."""
        pending = list_pending(self.quiet.ports)
        if not pending:
            return None
        one, reply = self.dice.choice(pending), self.dice.choice([Reply.APPROVE, Reply.APPROVE, Reply.REJECT])
        said = Answer(self.dice.choice([ANA, BEN]), reply, "soak", one.hash, "")
        return _tolerate(ApprovalClosed, lambda: answer(one.id, said, self.world.ports, self.world.bundle))

    def throttle(self) -> None:
        """AWS begins or ceases to throttle starts."""
        self.quiet.executions.answer = Start.THROTTLED if self.dice.random() < 0.3 else None

    def _name(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def _choose_host(self) -> str:
        return f"i-{self.dice.randrange(self.dice.choice([BUSY, OBJECTS]))}"


def _tolerate(late: type[Exception], deed: Deed) -> Deed:
    """Take it for done if it has come too late."""

    def run() -> Any:
        try:
            return deed()
        except late:
            return None

    return run
