"""A world that is explored: a policy, some decisions, and what may go wrong."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.catalog.model import Bundle, RuleMode
from chalicelib.control.approvals.approval import Answer, Reply
from chalicelib.control.approvals.approve import answer, reconcile_approvals
from chalicelib.control.cancel import break_dispatch, cancel
from chalicelib.control.freeze import freeze as begin_freeze
from chalicelib.control.freeze import unfreeze
from chalicelib.control.intake import admit, handle_event
from chalicelib.control.ports import Ports
from chalicelib.control.reconcile import reconcile
from chalicelib.control.records import render_time
from chalicelib.control.settle import release_held, settle_execution
from chalicelib.control.unmatched import record_observations
from chalicelib.decision.model import Action, Decision
from chalicelib.events.model import Observation
from chalicelib.identity import ObjectId, Origin, dispatch_id
from infra.verify.policy import BEGIN, DAY, HOME, RULE, Policy, make_fleet, make_policy
from infra.verify.values import thaw
from infra.verify.worker import Stage, Task
from infra.verify.world import World, begin

MONTH = timedelta(days=31)
FREEZE_TIME = timedelta(hours=2)
_GONE = Observation(ObjectId(HOME.account, HOME.region, "host", "Z"), "gone", BEGIN)


class Wish(NamedTuple):
    """A decision to run a workflow on objects: `reboot` on one, `swap` on two; or an event, and the rule decides."""

    name: str
    objects: str
    """One letter an object: `A` or `AB`; `S` is the service of all of them."""
    tier: str = "P1"
    state: str = ""
    """If set, this is an event: the host is in this state."""

    @property
    def dispatch(self) -> str:
        """The id its dispatch has."""
        return self.name_rung(0)

    def name_rung(self, rung: int) -> str:
        """Give the id of the dispatch of a rung of the ladder that it begins."""
        about = f"{HOME.account}/{HOME.region}/host/{self.objects}" if self.state else self.objects
        return dispatch_id(Origin(self.name, RULE, about, rung=rung))


class Scenario(NamedTuple):
    """What is wished for, and how many of each fault may happen on the way."""

    name: str
    wishes: tuple[Wish, ...]
    """Events among them happened in this order, a second after each other, and are delivered in any."""
    faults: Mapping[str, int]
    """crash (and delivered again), abandon (a crash that nothing delivers again), duplicate, lost, tick, late (a tick a month later), fail, cancel, break.

    `running` is no fault: without it, executions send no RUNNING event, which multiplies the states and changes no lock.
    Nor are `shrink` (one of the service's hosts is gone), `yes` and `no` (a person answers what is asked), `freeze` (of
    everything, for two hours), `unfreeze`, and `deploy` (of other machines, with the same policy).
    """
    policy: Policy = Policy()
    held: str = "drop"
    """What becomes of what a freeze holds."""
    moments: tuple[int, ...] = ()
    """The time at the beginning and after each tick, in seconds; then a day passes with each.

    An invocation keeps the time at which it was made. Without them everything happens at once but for ticks.
    """

    @property
    def world(self) -> World:
        """Where it begins: every decision's event is in flight."""
        events = tuple(sorted(Task("event", wish.name) for wish in self.wishes))
        return begin(events, self.faults, make_fleet(make_policy(self.policy)))

    def make_stage(self) -> Stage:
        """Bind the product's functions to this scenario's decisions."""
        decisions = {wish.name: make_decision(wish) for wish in self.wishes if not wish.state}
        events = {wish.name: make_event(wish, number) for number, wish in enumerate(self.wishes) if wish.state}

        def run(task: Task, ports: Ports, bundle: Bundle) -> object:
            match task.kind:
                case "event" if task.about in events:
                    return handle_event(events[task.about], bundle, HOME, ports)
                case "event":
                    return admit(decisions[task.about], bundle, ports)
                case "status":
                    return settle_execution(task.about, thaw(task.detail), ports, bundle)
                case "hold":
                    return release_held(task.about, ports, bundle)
                case "tick":
                    approvals = reconcile_approvals if bundle.control.approvals else _reconcile_nothing
                    return reconcile(ports, bundle), approvals(ports, bundle)
                case _:
                    return act(task, ports, bundle, self.held)

        deployments = range(self.faults.get("deploy", 0) + 1)
        bundles = tuple(make_policy(self.policy, number) for number in deployments)
        return Stage(run, bundles, self.tell_time, timed=bool(self.moments))

    def tell_time(self, task: Task) -> datetime:
        """Say when an invocation was made."""
        if self.moments:
            after = max(0, task.at - len(self.moments) + 1)
            return BEGIN + timedelta(seconds=self.moments[task.at - after]) + after * DAY
        if task.kind != "tick":
            return BEGIN
        return BEGIN + int(task.about) * DAY + (MONTH if task.detail == "late" else timedelta())


def act(task: Task, ports: Ports, bundle: Bundle, held: str) -> object:
    """Do what a person does, or see what happens by itself."""
    match task.kind:
        case "cancel":
            return cancel(task.about, "a person", "a reason", ports, bundle)
        case "break":
            return break_dispatch(task.about, "a person", "a reason", ports, bundle)
        case "shrink":
            record_observations((_GONE,), bundle, ports)
            return None
        case "freeze":
            return begin_freeze({}, "a reason", "a person", ports.clock.now() + FREEZE_TIME, (), ports, held=held)
        case "unfreeze":
            return unfreeze(task.about, ports)
        case "yes" | "no":
            who, seen = task.detail.split(" ")
            said = Answer(who, Reply.APPROVE if task.kind == "yes" else Reply.REJECT, "a reason", seen, "")
            return answer(task.about, said, ports, bundle)
        case _:
            raise AssertionError(task)


def make_decision(wish: Wish) -> Decision:
    """Decide what a wish is for."""
    given: dict[str, Any] = dict(zip("ab", wish.objects.replace("S", "s"), strict=False))
    kind = "service" if wish.objects == "S" else "host"
    return Decision(
        id=wish.dispatch,
        event_id=wish.name,
        root_id=wish.name,
        hops=0,
        rule=RULE,
        mode=RuleMode.ACTIVE,
        home=HOME,
        object=ObjectId(HOME.account, HOME.region, kind, given["a"]),
        action=Action.RUN,
        workflow="drain" if kind == "service" else "reboot" if len(wish.objects) == 1 else "swap",
        input=given,
        reason="wished for",
        tier=wish.tier,
        service=None,
        trials=(),
        goal=None,
        bundle_version="model",
        decided_at=BEGIN,
    )


def make_event(wish: Wish, number: int) -> dict[str, Any]:
    """Write what EC2 would send."""
    return {
        "version": "0",
        "id": wish.name,
        "source": "aws.ec2",
        "detail-type": "EC2 Instance State-change Notification",
        "account": HOME.account,
        "region": HOME.region,
        "time": render_time(BEGIN + timedelta(seconds=number)),
        "resources": [],
        "detail": {"instance-id": wish.objects, "state": wish.state},
    }


def _reconcile_nothing(_ports: Ports, _bundle: Bundle) -> tuple[()]:
    """Spare the worlds in which nobody is asked the question of what is due."""
    return ()
