"""A small bundle and event for the tests of decisions."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from chalicelib.catalog.model import (
    Branch,
    Bundle,
    Conflict,
    Control,
    Goal,
    Intent,
    Rule,
    RuleMode,
    Service,
    Tier,
    Touch,
    Verb,
    Workflow,
)
from chalicelib.decision.model import History, ObjectView
from chalicelib.decision.objects import view_object
from chalicelib.events.model import Event
from chalicelib.events.parse import parse
from chalicelib.identity import Home, ObjectId

HOME = Home("123456789012", "us-east-1")
NOW = datetime(2026, 3, 11, 21, 30, tzinfo=UTC)
HOST = ObjectId("123456789012", "us-east-1", "host", "i-0a")
LABELS = {"service": "checkout", "zone": "us-east-1a", "target_group": "arn:tg"}


def make_workflow(name: str, **changes: Any) -> Workflow:
    workflow = Workflow(
        name=name, description=f"{name}.", hash="h", input_schema={"type": "object"},
        touches=(Touch("host/{% $input.host %}", Intent.DISRUPT),), excludes=(), timeout_s=60, expected_s=60,
        effect_timeout_s=0, final_errors=("Retired",), undoes=True, logical_steps=1, atoms=("ec2.start",),
    )  # fmt: skip
    return workflow._replace(**changes)


def make_rule(*branches: Branch, **changes: Any) -> Rule:
    rule = Rule(
        name="host_stopped",
        description="A host stopped.",
        mode=RuleMode.ACTIVE,
        match={"source": ["aws.ec2"], "detail": {"state": ["stopped"]}},
        object='host/{% $event.detail."instance-id" %}',
        branches=branches or (Branch(when=None, run="host_reboot", with_={"host": "{% $object.name %}"}),),
        goal=Goal('$object.state = "running"', 1800),
    )
    return rule._replace(**changes)


def make_bundle(*rules: Rule, **changes: Any) -> Bundle:
    bundle = Bundle(
        version="v1",
        workflows={name: make_workflow(name) for name in ("host_reboot", "host_replace")},
        atoms={},
        rules=rules,
        services=(
            Service("ledger", "P0", "payments", {"service": "ledger"}),
            Service("checkout", "P1", "shop", {"service": "checkout"}),
        ),
        tiers=tuple(Tier(f"P{rank}", rank) for rank in range(4)),
        default_tier="P2",
        control=Control(
            conflicts=(Conflict((), (), (), (), Verb.QUEUE),),
            queue_limit=10, queue_expires_s=3600, max_hops=8, start_grace_s=60,
        ),
    )  # fmt: skip
    return replace(bundle, **changes)


def make_event(detail: Mapping[str, Any] | None = None, **changes: Any) -> Event:
    raw = {
        "version": "0",
        "id": "event-1",
        "source": "aws.ec2",
        "detail-type": "EC2 Instance State-change Notification",
        "account": HOME.account,
        "region": HOME.region,
        "time": "2026-03-11T21:29:54Z",
        "resources": [],
        "detail": {"instance-id": "i-0a", "state": "stopped", **(detail or {})},
    }
    return parse(raw, HOME)._replace(**changes)


def make_view(bundle: Bundle, labels: Mapping[str, str] | None = None, state: str | None = "stopped") -> ObjectView:
    return view_object(HOST, state=state, state_at=NOW, labels=LABELS if labels is None else labels, bundle=bundle)


NO_HISTORY = History()
