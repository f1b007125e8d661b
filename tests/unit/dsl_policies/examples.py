"""Policy files that compile, for the tests that break them one at a time."""

from chalicelib.catalog.model import Workflow
from tests.unit.decision.examples import make_workflow

RULE = """\
kind: rule
name: host_stopped
description: A host stopped.
mode: active
match:
  source: [aws.ec2]
  detail: {state: [stopped]}
object: 'host/{% $event.detail."instance-id" %}'
decide:
  - when: $object.tier = "P0"
    page: sre-oncall
  - when: $runs("host_reboot", "8h") >= 2
    ignore: tried often enough
  - default: true
    run: host_reboot
    with:
      host: "{% $object.name %}"
      drain: 5
goal: {until: '$object.state = "running"', within: 30m}
"""

SERVICES = """\
kind: services
tiers: [P0, P1]
default_tier: P1
services:
  - name: checkout
    tier: P0
    owner: shop
    labels: {service: checkout}
"""

CONTROL = """\
kind: control
conflicts:
  - running: {intent: [observe], workflow: [host_reboot]}
    verb: allow
  - verb: queue
"""

SCHEMA = {
    "type": "object",
    "properties": {"host": {"type": "string", "pattern": "^i-"}, "drain": {"type": "integer", "default": 1}},
    "required": ["host"],
    "additionalProperties": False,
}
KNOWN: dict[str, Workflow] = {
    "host_reboot": make_workflow("host_reboot", input_schema=SCHEMA),
    "ec2.describe": make_workflow("ec2.describe", offered_atom="ec2.describe"),
}
