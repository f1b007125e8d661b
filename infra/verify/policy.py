"""What the explored worlds are governed by: a policy, two workflows on hosts and one on their service, a rule."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from chalicelib.catalog.model import (
    Aftermath,
    ApprovalLine,
    Branch,
    Budget,
    Bundle,
    Conflict,
    Control,
    Correlate,
    Goal,
    Intent,
    Rule,
    RuleMode,
    Rung,
    Service,
    Tier,
    Touch,
    UndoStep,
    Verb,
    Workflow,
)
from chalicelib.control.claims.places import SIZE, SIZE_VERSION, describe_place, move
from chalicelib.control.records import object_key, render_time
from chalicelib.control.transaction import Key
from chalicelib.identity import Home, ObjectId
from infra.verify.values import Text, freeze
from infra.verify.world import UNDOABLE, name_deployment

HOME = Home("1", "r")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR_S = 3600
FLEET = "ABYZ"
LABELS = {"service": "s"}
RULE = "model"
"""Of every decision, whether it was made by a rule or just wished for."""
DOWN, UP = "stopped", "running"
ANA, BEN = (f"arn:aws:iam::1:user/{name}" for name in ("ana", "ben"))


class Policy(NamedTuple):
    """What one world has that another has not."""

    budget: Budget | None = None
    """With one, hosts A, B, Y and Z were observed in service s."""
    undoes: bool = False
    """Whether a stopped execution leaves something to take back."""
    covers: bool = False
    """Whether the policy has locks on hosts cover their service."""
    verb: Verb = Verb.QUEUE
    """What work does that meets other work."""
    approval: ApprovalLine | None = None
    """Who has to approve whatever disrupts."""
    ladder: tuple[Rung, ...] = ()
    """What a rule does after its first try, for a host that is to run within half an hour."""
    settle_s: int = 0
    """How long a host has to stay stopped until a rule acts."""


ONE = Budget("one", "service", (), "host", Intent.DISRUPT, 1, percent=False, verb=Verb.QUEUE)
TWO = ONE._replace(name="two", at_most=2)
HALF = Budget("half", "service", (), "host", Intent.DISRUPT, 50, percent=True, verb=Verb.QUEUE)
HOURLY = ONE._replace(name="hourly", scope="rule", within_s=HOUR_S)
HOURLY_HOST = HOURLY._replace(name="hourly", scope="object")
EITHER = ApprovalLine((), (), (), (), (ANA, BEN), 1, HOUR_S)
BOTH_OF_TWO = EITHER._replace(need=2)
AGAIN_THEN_PAGE = (Rung(run="reboot", with_={"a": "{% $object.name %}"}), Rung(page="somebody"))


def make_policy(policy: Policy = Policy(), deployed: int = 0) -> Bundle:  # noqa: B008 - it is immutable
    """Two workflows that disrupt, and may never do so at once on one object."""
    touches = [Touch("host/{% $input.a %}", Intent.DISRUPT), Touch("host/{% $input.b %}", Intent.DISRUPT)]
    end = name_deployment(deployed)
    aftermath = Aftermath(f"undo{end}", (UndoStep(UNDOABLE, (), {}),)) if policy.undoes else None
    workflows = {
        name: _make_workflow(name, end, tuple(touches[:count]))._replace(undoes=policy.undoes, aftermath=aftermath)
        for name, count in (("reboot", 1), ("swap", 2))
    }
    workflows["drain"] = _make_workflow("drain", end, (Touch("service/{% $input.a %}", Intent.DISRUPT),))
    return Bundle(
        version=f"model{end}",
        workflows=workflows,
        atoms={},
        rules=(_make_rule(policy),) if policy.ladder or policy.settle_s else (),
        services=(Service("s", "P1", "", LABELS),),
        tiers=(Tier("P0", 0), Tier("P1", 1)),
        default_tier="P1",
        control=Control(
            conflicts=(Conflict((), (), (), (), policy.verb),),
            queue_limit=9,
            queue_expires_s=90 * 24 * HOUR_S,
            max_hops=4,
            start_grace_s=60,
            budgets=(policy.budget,) if policy.budget else (),
            gone=("gone",),
            ancestors={"service": Intent.DISRUPT} if policy.covers else {},
            shards=2,
            approvals=(policy.approval,) if policy.approval else (),
        ),
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


def _make_workflow(name: str, end: str, touches: tuple[Touch, ...]) -> Workflow:
    fields = ["a", "b"][: len(touches)]
    return Workflow(
        name=name,
        description="",
        hash=f"{name}{end}",
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


def _make_rule(policy: Policy) -> Rule:
    """A host that stops is rebooted."""
    return Rule(
        name=RULE,
        description="",
        mode=RuleMode.ACTIVE,
        match={"detail": {"state": [DOWN]}},
        object='host/{% $event.detail."instance-id" %}',
        branches=(Branch(None, run="reboot", with_={"a": "{% $object.name %}"}),),
        goal=Goal(f'$object.state = "{UP}"', HOUR_S // 2, policy.ladder) if policy.ladder else None,
        correlate=Correlate(settle_s=policy.settle_s) if policy.settle_s else None,
    )
