"""The worlds that are explored: a policy, some decisions, and what may go wrong."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.catalog.model import (
    Aftermath,
    Budget,
    Bundle,
    Conflict,
    Control,
    Intent,
    RuleMode,
    Service,
    Tier,
    Touch,
    UndoStep,
    Verb,
    Workflow,
)
from chalicelib.control.cancel import break_dispatch, cancel
from chalicelib.control.claims.places import SIZE, SIZE_VERSION, describe_place, move
from chalicelib.control.intake import admit
from chalicelib.control.ports import Ports
from chalicelib.control.reconcile import reconcile
from chalicelib.control.records import object_key, render_time
from chalicelib.control.settle import release_held, settle_execution
from chalicelib.control.transaction import Key
from chalicelib.control.unmatched import record_observations
from chalicelib.decision.model import Action, Decision
from chalicelib.events.model import Observation
from chalicelib.identity import Home, ObjectId, Origin, dispatch_id
from infra.verify.values import Text, freeze, thaw
from infra.verify.worker import Stage, Task
from infra.verify.world import UNDOABLE, World, begin

HOME = Home("1", "r")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
FLEET = "ABYZ"
LABELS = {"service": "s"}
_GONE = Observation(ObjectId(HOME.account, HOME.region, "host", "Z"), "gone", BEGIN)
DAY = timedelta(days=1)
MONTH = timedelta(days=31)


class Wish(NamedTuple):
    """A decision to run a workflow on objects: `reboot` on one, `swap` on two."""

    name: str
    objects: str
    """One letter an object: `A` or `AB`; `S` is the service of all of them."""
    tier: str = "P1"

    @property
    def dispatch(self) -> str:
        """The id its dispatch has."""
        return dispatch_id(Origin(self.name, "model", self.objects))


class Scenario(NamedTuple):
    """What is wished for, and how many of each fault may happen on the way."""

    name: str
    wishes: tuple[Wish, ...]
    faults: Mapping[str, int]
    """crash (and delivered again), abandon (a crash that nothing delivers again), duplicate, lost, tick, late (a tick a month later), fail, cancel, break.

    `running` is no fault: without it, executions send no RUNNING event, which multiplies the states and changes no lock.
    Nor is `shrink`: one of the service's hosts is gone.
    """
    budget: Budget | None = None
    """With one, hosts A, B, Y and Z were observed in service s."""
    undoes: bool = False
    """Whether a stopped execution leaves something to take back."""
    covers: bool = False
    """Whether the policy has locks on hosts cover their service."""
    verb: Verb = Verb.QUEUE
    """What work does that meets other work."""

    @property
    def world(self) -> World:
        """Where it begins: every decision's event is in flight."""
        events = tuple(sorted(Task("event", wish.name) for wish in self.wishes))
        return begin(events, tuple(sorted(self.faults.items())), make_fleet(self.policy))

    @property
    def policy(self) -> Bundle:
        """The bundle of all of its invocations."""
        return make_policy(self.budget, undoes=self.undoes, covers=self.covers, verb=self.verb)

    def make_stage(self) -> Stage:
        """Bind the product's functions to this scenario's decisions."""
        decisions = {wish.name: make_decision(wish) for wish in self.wishes}

        def run(task: Task, ports: Ports, bundle: Bundle) -> object:
            match task.kind:
                case "event":
                    return admit(decisions[task.about], bundle, ports)
                case "status":
                    return settle_execution(task.about, thaw(task.detail), ports, bundle)
                case "hold":
                    return release_held(task.about, ports, bundle)
                case "cancel":
                    return cancel(task.about, "a person", "a reason", ports, bundle)
                case "break":
                    return break_dispatch(task.about, "a person", "a reason", ports, bundle)
                case "shrink":
                    record_observations((_GONE,), bundle, ports)
                    return None
                case _:
                    return reconcile(ports, bundle)

        return Stage(run, self.policy, tell_time)


def tell_time(task: Task) -> datetime:
    """Everything happens at once but for ticks: each is a day after the one before, a `late` one a month."""
    if task.kind != "tick":
        return BEGIN
    return BEGIN + int(task.about) * DAY + (MONTH if task.detail == "late" else timedelta())


def make_decision(wish: Wish) -> Decision:
    """Decide what a wish is for."""
    given: dict[str, Any] = dict(zip("ab", wish.objects.replace("S", "s"), strict=False))
    kind = "service" if wish.objects == "S" else "host"
    return Decision(
        id=wish.dispatch,
        event_id=wish.name,
        root_id=wish.name,
        hops=0,
        rule="model",
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


def make_fleet(bundle: Bundle) -> dict[Key, Text]:
    """Give the rows of what was observed before: nothing, unless the policy counts."""
    if not bundle.control.budgets and not bundle.control.ancestors:
        return {}
    rows: dict[Key, Text] = {}
    sizes: dict[Key, int] = {}
    for name in FLEET:
        one = ObjectId(HOME.account, HOME.region, "host", name)
        place = describe_place(one, "up", LABELS, bundle)
        key = object_key(one)
        row = {
            "pk": key.pk,
            "sk": key.sk,
            "state": "up",
            "state_at": render_time(BEGIN - DAY),
            "labels": LABELS,
            "place": place,
        }
        rows[key] = freeze(row)
        for group, amount in move(None, place).items():
            sizes[group] = sizes.get(group, 0) + amount
    return rows | {
        key: freeze({"pk": key.pk, "sk": key.sk, SIZE: size, SIZE_VERSION: 1}) for key, size in sizes.items()
    }


def make_policy(
    budget: Budget | None = None, *, undoes: bool = False, covers: bool = False, verb: Verb = Verb.QUEUE
) -> Bundle:
    """Two workflows that disrupt, and may never do so at once on one object."""
    touches = [Touch("host/{% $input.a %}", Intent.DISRUPT), Touch("host/{% $input.b %}", Intent.DISRUPT)]
    aftermath = Aftermath("undo", (UndoStep(UNDOABLE, (), {}),)) if undoes else None
    workflows = {
        name: _make_workflow(name, tuple(touches[:count]))._replace(undoes=undoes, aftermath=aftermath)
        for name, count in (("reboot", 1), ("swap", 2))
    }
    workflows["drain"] = _make_workflow("drain", (Touch("service/{% $input.a %}", Intent.DISRUPT),))
    return Bundle(
        version="model",
        workflows=workflows,
        atoms={},
        rules=(),
        services=(Service("s", "P1", "", LABELS),),
        tiers=(Tier("P0", 0), Tier("P1", 1)),
        default_tier="P1",
        control=Control(
            conflicts=(Conflict((), (), (), (), verb),),
            queue_limit=9,
            queue_expires_s=90 * 24 * 3600,
            max_hops=4,
            start_grace_s=60,
            budgets=(budget,) if budget else (),
            gone=("gone",),
            ancestors={"service": Intent.DISRUPT} if covers else {},
            shards=2,
        ),
    )


def _make_workflow(name: str, touches: tuple[Touch, ...]) -> Workflow:
    fields = ["a", "b"][: len(touches)]
    return Workflow(
        name=name,
        description="",
        hash=name,
        input_schema={"type": "object", "properties": {one: {"type": "string"} for one in fields}, "required": fields},
        touches=touches,
        excludes=(),
        timeout_s=600,
        expected_s=300,
        effect_timeout_s=120,
        final_errors=("Retired",),
        undoes=False,
        logical_steps=1,
        atoms=(),
    )


_ONE = (Wish("e1", "A"),)
_TWO = (*_ONE, Wish("e2", "A"))
_BELOW = (*_ONE, Wish("e7", "S"))
_THREE = (*_TWO, Wish("e3", "AB"))
_ASIDE = (Wish("e1", "A"), Wish("e4", "B"))
ONE = Budget("one", "service", (), "host", Intent.DISRUPT, 1, percent=False, verb=Verb.QUEUE)
TWO = ONE._replace(name="two", at_most=2)
HALF = Budget("half", "service", (), "host", Intent.DISRUPT, 50, percent=True, verb=Verb.QUEUE)
_CROSSED = (Wish("e1", "AB"), Wish("e2", "A"), Wish("e3", "B", "P0"))


def _name(
    wishes: tuple[Wish, ...],
    faults: Mapping[str, int],
    budget: Budget | None = None,
    *,
    undoes: bool = False,
    covers: bool = False,
    verb: Verb = Verb.QUEUE,
) -> Scenario:
    wanted = " ".join(wish.objects for wish in wishes) + (f" with budget {budget.name}" if budget else "")
    wanted += " with undo" if undoes else ""
    wanted += f" by {verb}" if verb is not Verb.QUEUE else ""
    return Scenario(f"{wanted}: {', '.join(faults) or 'no fault'}", wishes, faults, budget, undoes, covers, verb)


SCENARIOS = (
    _name(_THREE, {"crash": 1}),
    _name(_THREE, {"fail": 1, "lost": 1}),
    _name(_CROSSED, {"abandon": 1}),
    _name(_TWO, {"crash": 1, "tick": 1}),
    _name(_TWO, {"duplicate": 1, "fail": 1}),
    _name(_TWO, {"running": 1, "crash": 1, "lost": 1}),
    _name(_TWO, {"cancel": 1, "crash": 1}),
    _name(_TWO, {"break": 1, "crash": 1}),
    _name(_TWO, {"late": 1}),
    _name(_TWO, {"break": 1, "fail": 1}, undoes=True),
    _name(_ONE, {"break": 1, "crash": 1, "fail": 1, "lost": 1}, undoes=True),
    _name(_TWO, {}, verb=Verb.REPLACE),
    _name(_TWO, {}, undoes=True, verb=Verb.REPLACE),
    _name(_THREE, {}, verb=Verb.COALESCE),
    _name(_TWO, {"crash": 1, "fail": 1}, verb=Verb.COALESCE),
    _name((*_ASIDE, Wish("e2", "A")), {}, ONE),
    _name(_ASIDE, {"crash": 1, "fail": 1}, ONE),
    _name(_ASIDE, {"duplicate": 1}, ONE),
    _name(_ASIDE, {"cancel": 1}, ONE),
    _name((*_ASIDE, Wish("e6", "Y")), {"shrink": 1}, HALF),
    _name((*_BELOW, Wish("e4", "B")), {}, covers=True),
    _name(_BELOW, {"crash": 1, "fail": 1}, covers=True),
    _name(_BELOW, {"duplicate": 1}, covers=True),
    _name(_BELOW, {"cancel": 1}, covers=True),
)
"""What `interlock verify` explores: every interleaving, under a minute in all."""

DEEP = (
    _name(_THREE, {"tick": 1}),
    _name(_THREE, {"cancel": 1}),
    _name(_THREE, {"duplicate": 1}),
    _name(_CROSSED, {"crash": 1, "fail": 1}),
    _name(_TWO, {"crash": 1, "tick": 1, "fail": 1, "lost": 1}),
    _name(_TWO, {"running": 1, "crash": 1, "duplicate": 1}),
    _name(_TWO, {"late": 1, "crash": 1}),
    _name(_TWO, {"cancel": 1, "tick": 1}),
    _name(_TWO, {"break": 1, "crash": 1}, undoes=True),
    _name(_ONE, {"break": 1, "crash": 1, "fail": 1, "tick": 1, "lost": 1}, undoes=True),
    _name(_TWO, {"break": 1, "fail": 1, "duplicate": 1}, undoes=True),
    _name(_TWO, {"crash": 1}, verb=Verb.REPLACE),
    _name(_TWO, {"crash": 1}, undoes=True, verb=Verb.REPLACE),
    _name(_ONE, {"break": 2, "crash": 1, "fail": 1, "duplicate": 1}, undoes=True),
    _name(_ASIDE, {"cancel": 1, "crash": 1}, ONE),
    _name(_ASIDE, {"duplicate": 1, "cancel": 1}, ONE),
    _name((*_ASIDE, Wish("e2", "A"), Wish("e6", "Y")), {}, TWO),
)
"""What `interlock verify --deep` explores besides: minutes, and gigabytes of memory."""
