"""The texts of the files to begin with. `NAME` and the like are filled in by `create`."""

WORKFLOW = """\
# yaml-language-server: $schema=../schemas/workflow.json
kind: workflow
name: NAME
description: Look at a host, and tell people how it is.
input:
  host: {type: string, pattern: "^i-[0-9a-f]+$", description: EC2 instance}
  topic: {type: string, pattern: "^arn:", description: ARN of the SNS topic that is told}
touches: []                  # a step that changes something needs `- {object: "host/{% $input.host %}", intent: disrupt}`
timeout: 15m
defaults:
  retry: {errors: [Throttled, Unavailable], max: 5, interval: 2s, max_interval: 30s}
steps:
  - id: look
    description: Wait until it runs
    atom: ec2.wait_state
    with: {instance_id: "{% $input.host %}", state: running}
    retry:
      - {errors: [NotYet], max: 20, interval: 15s, backoff: 1, jitter: false}
      - {errors: [Throttled, Unavailable], max: 5, interval: 2s, max_interval: 30s}
output:
  state: "{% $look.state %}"
"""

CASES = """\
# yaml-language-server: $schema=../schemas/cases.json
# What NAME does, rehearsed offline: `interlock cases FOLDER/NAME.yaml`.
kind: cases
input: {host: i-0a1b2c3d, topic: "arn:aws:sns:us-east-1:123456789012:ops"}
cases:
  - name: it runs at the third look
    answers:
      look:
        - {raises: NotYet, times: 2}
        - {returns: {state: running}}
    expect:
      path: [look]
      output: {state: running}
      duration: 30s

  - name: there is no such host
    answers:
      look: {raises: NotFound}
    expect:
      path: [look]
      error: NotFound
"""

RULE = """\
# yaml-language-server: $schema=../../schemas/rule.json
kind: rule
name: NAME
description: What happened, and what is done about it.
mode: shadow                 # it decides and records, and starts nothing, until this says `active`
match:                       # an EventBridge event pattern, verbatim
  source: [aws.ec2]
  detail-type: [EC2 Instance State-change Notification]
  detail: {state: [stopped]}
object: 'host/{% $event.detail."instance-id" %}'
decide:                      # the first true branch wins, and the last one is the default
  - when: $object.service = null
    ignore: it belongs to no service
  - default: true
    run: ec2.start
    with:
      instance_id: "{% $object.name %}"
"""

SERVICES = """\
# yaml-language-server: $schema=../schemas/services.json
kind: services
tiers:                       # most important first; `page`: who is asked where a rule says `page: default`
  - {name: P0, page: sre-oncall}
  - {name: P1, page: sre-oncall}
  - P2
  - P3
default_tier: P2
services:                    # an object belongs to the first one whose labels it has, or that `select` fits: docs/rules.md
  - name: shop
    tier: P1
    owner: shop-oncall
    labels: {service: shop}
"""

PAGERS = """\
# yaml-language-server: $schema=../schemas/pagers.json
kind: pagers
pagers:                      # everybody whom a rule, service or tier pages; each gets an SNS topic to subscribe to
  - {name: sre-oncall}       # email: [you@example.com]
watch: sre-oncall            # is told when Interlock itself is unwell
"""

CONTROL = """\
# yaml-language-server: $schema=../schemas/control.json
kind: control
conflicts:                   # running work meets incoming work on one object: the first line that fits decides
  - running: {intent: [observe]}
    verb: allow
  - incoming: {intent: [observe]}
    verb: allow
  - running: {intent: [destroy]}
    verb: reject
  - running: {intent: [configure, disrupt]}
    incoming: {intent: [configure, disrupt, destroy]}
    verb: queue
  - verb: reject             # whatever else meets: say no rather than guess
"""

CATALOG = """\
# yaml-language-server: $schema=../schemas/catalog.json
kind: catalog
offer:                       # atoms that can be run on their own; every workflow is offered anyway
  - ec2.describe
"""

ACCESS = """\
# yaml-language-server: $schema=../schemas/access.json
kind: access
# Who may do what over the API: viewer < operator < approver < admin. All grants that fit a principal count together.
# IAM comes first: without execute-api:Invoke nobody gets here. This first grant makes everybody in the stack's own
# account who has that an admin, so that nobody is locked out of a fresh installation: put your own in its place.
grants:
  - principals: ["arn:*:*::{account}:*"]
    role: admin
"""

ATOM = '''\
"""VERB of NOUN: say in one line what it does."""

from typing import Any

from pydantic import Field

from chalicelib.atoms.contract import Atom, AtomInput, AtomOutput, Context, Idempotency, Permission
from chalicelib.catalog.model import Intent


class Input(AtomInput):
    """Which one."""

    name: str = Field(min_length=1, description="Its name")


class Output(AtomOutput):
    """What was observed; never what was only asked for."""

    name: str
    state: str


def run(given: Input, context: Context) -> Output:
    """Ask once. Raise NotYet in place of waiting: the step's `retry` asks again."""
    client: Any = context.clients.get("NOUN")
    answer = client.VERB(Name=given.name)
    return Output(name=given.name, state=answer["State"])


ATOM = Atom(
    name="NOUN.VERB",
    version=1,
    summary="Say in one sentence what it does.",
    input=Input,
    output=Output,
    intent=Intent.OBSERVE,  # configure, disrupt or destroy, with `touches`, once it changes something
    touches=(),
    emits=(),
    permissions=(Permission(("NOUN:ACTION",)),),
    timeout_s=60,
    effect_timeout_s=0,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(),
    example="""\\
- id: look
  atom: NOUN.VERB
  with: {name: "{% $input.name %}"}
""",
    run=run,
)
'''

ATOM_TEST = '''\
from datetime import UTC, datetime
from typing import Any

from chalicelib.atoms.NOUN.VERB import ATOM, Input
from chalicelib.atoms.contract import Context, Dispatch

DISPATCH = Dispatch(id="d", fence=1, object="a/r/host/i-1", tier="P1", root_id="e", hops=0, fences={})


class Fake:
    """The service in memory, as its own client."""

    def get(self, service: str) -> Any:
        assert service == "NOUN"
        return self

    def VERB(self, **given: str) -> dict[str, str]:
        return {"State": f"state of {given['Name']}"}


def test_it_says_what_it_has_observed() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    context = Context(Fake(), DISPATCH, "look", lambda change: None, lambda: 60_000, lambda: now)
    assert ATOM.run(Input(name="one"), context).state == "state of one"
'''

CONTENT_CONFTEST = '''\
"""Lets the tests import the atoms of this directory as they are called on Lambda: chalicelib.content.<noun>.<verb>."""

from pathlib import Path

from infra.content import mount_content

mount_content(Path(__file__).parents[1])
'''
