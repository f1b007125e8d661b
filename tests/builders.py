"""Small complete values for tests: each builder gives something valid, and the test says what is different."""

from dataclasses import replace
from typing import Any

from chalicelib.catalog.model import (
    Access,
    Branch,
    Bundle,
    Conflict,
    Control,
    Goal,
    Grant,
    Intent,
    Role,
    Rule,
    RuleMode,
    Service,
    Tier,
    Touch,
    Verb,
    Workflow,
)
from chalicelib.control.ports import Ports, Store
from chalicelib.decision.model import Action, Decision
from chalicelib.identity import Home, ObjectId, Origin, dispatch_id
from tests.fakes import START_OF_TIME, FakeClock, FakeDelays, FakeExecutions, FakePublisher, MemoryStore

HOME = Home("111122223333", "eu-west-1")
HOST = ObjectId(HOME.account, HOME.region, "host", "i-0a")
OTHER = ObjectId(HOME.account, HOME.region, "host", "i-0b")

TEXT = {"type": "string"}
HOSTS = {"type": "object", "properties": {"hosts": {"type": "array", "items": TEXT}}, "required": ["hosts"]}


def make_workflow(name: str, *touches: tuple[str, Intent], **changes: Any) -> Workflow:
    """A workflow whose input fields are the holes of its touches."""
    fields = [text.partition("$input.")[2].partition(" ")[0] for text, _ in touches if "$input." in text]
    workflow = Workflow(
        name=name,
        description="",
        hash=f"hash-{name}",
        input_schema={
            "type": "object",
            "properties": dict.fromkeys(fields, TEXT),
            "required": fields,
            "additionalProperties": False,
        },
        touches=tuple(Touch(text, intent) for text, intent in touches),
        excludes=(),
        timeout_s=900,
        expected_s=300,
        effect_timeout_s=120,
        final_errors=("NotFound", "Retired"),
        undoes=False,
        logical_steps=1,
        atoms=(),
    )
    return workflow._replace(**changes)


def make_bundle(**changes: Any) -> Bundle:
    """Three workflows, one rule, two tiers; disrupt queues behind disrupt, and host_stop is refused."""
    host = "host/{% $input.host %}"
    workflows = [
        make_workflow("host_reboot", (host, Intent.DISRUPT)),
        make_workflow("host_stop", (host, Intent.DISRUPT)),
        make_workflow("host_tag", (host, Intent.CONFIGURE)),
        make_workflow("host_swap", ("host/{% $input.a %}", Intent.DISRUPT), ("host/{% $input.b %}", Intent.DISRUPT)),
        make_workflow("fleet_patch", ("host/{% $input.hosts %}", Intent.DISRUPT), input_schema=HOSTS),
        make_workflow("look"),
    ]
    everything: tuple[Intent, ...] = ()
    bundle = Bundle(
        version="bundle-1",
        workflows={one.name: one for one in workflows},
        atoms={},
        rules=(make_rule(),),
        services=(
            Service("checkout", "P1", "team-checkout", {"service": "checkout"}),
            Service("ledger", "P0", "team-ledger", {"service": "ledger"}),
        ),
        tiers=(Tier("P0", 0), Tier("P1", 1), Tier("P2", 2)),
        default_tier="P2",
        control=Control(
            conflicts=(
                Conflict(everything, everything, (), ("host_stop",), Verb.REJECT),
                Conflict((Intent.CONFIGURE,), (Intent.CONFIGURE,), (), (), Verb.ALLOW),
                Conflict(everything, everything, (), (), Verb.QUEUE),
            ),
            queue_limit=5,
            queue_expires_s=3600,
            max_hops=4,
            start_grace_s=60,
        ),
        access=Access((Grant(("arn:aws:iam::{account}:*",), Role.ADMIN),)),
    )
    return replace(bundle, **changes)


def make_rule(**changes: Any) -> Rule:
    """A stopped host is rebooted."""
    rule = Rule(
        name="host_stopped",
        description="",
        mode=RuleMode.ACTIVE,
        match={"source": ["aws.ec2"], "detail": {"state": ["stopped"]}},
        object='host/{% $event.detail."instance-id" %}',
        branches=(
            Branch(when='$object.tier = "P0"', page="sre"),
            Branch(when=None, run="host_reboot", with_={"host": "{% $object.name %}"}),
        ),
        goal=Goal('$object.state = "running"', 1800),
    )
    return rule._replace(**changes)


def make_event(event_id: str = "e1", host: str = "i-0a", state: str = "stopped", **changes: Any) -> dict[str, Any]:
    """A raw EC2 state change."""
    return {
        "version": "0",
        "id": event_id,
        "source": "aws.ec2",
        "detail-type": "EC2 Instance State-change Notification",
        "account": HOME.account,
        "region": HOME.region,
        "time": "2026-01-01T00:00:00Z",
        "resources": [],
        "detail": {"instance-id": host, "state": state},
        **changes,
    }


def make_decision(workflow: str, event_id: str = "e1", tier: str = "P1", **given: Any) -> Decision:
    """A decision to run a workflow, about host i-0a."""
    return Decision(
        id=dispatch_id(Origin(event_id, "request", str(HOST))),
        event_id=event_id,
        root_id=event_id,
        hops=0,
        rule="request",
        mode=RuleMode.ACTIVE,
        home=HOME,
        object=HOST,
        action=Action.RUN,
        workflow=workflow,
        input=given,
        reason="asked for",
        tier=tier,
        service=None,
        trials=(),
        goal=None,
        bundle_version="bundle-1",
        decided_at=START_OF_TIME,
    )


def make_ports(store: Store | None = None) -> Ports:
    """Fakes behind every port."""
    return Ports(store or MemoryStore(), FakeExecutions(), FakeDelays(), FakePublisher(), FakeClock())
