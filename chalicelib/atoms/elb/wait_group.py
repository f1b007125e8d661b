"""Look once whether enough targets of a group are healthy; Step Functions' Retry on NotYet does the waiting."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.atoms.contract import Atom, AtomInput, AtomOutput, Context, Idempotency, Permission, Proof
from chalicelib.atoms.elb.targets import TargetGroup
from chalicelib.atoms.errors import NotYet, StateUnreachable
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

_UNCHECKED = {"Target.NotInUse", "Target.HealthCheckDisabled"}


class Input(AtomInput):
    """Which group, and how many of its targets must be healthy."""

    target_group: TargetGroup
    least: Annotated[int, Field(ge=1, le=1000)] = Field(description="Targets that must be healthy")


class Output(AtomOutput):
    """How many targets there are, of whatever kind: instances, addresses, functions."""

    target_group: str
    healthy: int
    targets: int = Field(description="All that are registered, whatever their health")


def run(given: Input, context: Context) -> Output:
    """Count the healthy targets once. Raises NotYet below `least`, StateUnreachable where nobody checks them."""
    client: ElasticLoadBalancingv2Client = context.clients.get("elbv2")
    answer = client.describe_target_health(TargetGroupArn=given.target_group)
    found = [one["TargetHealth"] for one in answer["TargetHealthDescriptions"]]
    healthy = sum(one.get("State") == "healthy" for one in found)
    if healthy >= given.least:
        return Output(target_group=given.target_group, healthy=healthy, targets=len(found))
    if found and all(one.get("Reason") in _UNCHECKED for one in found):
        raise StateUnreachable(cause=f"nobody checks {given.target_group}: no listener sends to it, or it has no check")
    raise NotYet(cause=f"{healthy} of {len(found)} targets are healthy, wanted {given.least}")


ATOM = Atom(
    name="elb.wait_group",
    version=1,
    summary="Succeed once enough targets of a target group are healthy; raise NotYet until then.",
    input=Input,
    output=Output,
    intent=Intent.OBSERVE,
    touches=(),
    emits=(),
    permissions=(Permission(("elasticloadbalancing:DescribeTargetHealth",)),),
    timeout_s=60,
    effect_timeout_s=0,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(NotYet, StateUnreachable),
    example="""\
- id: ready
  atom: elb.wait_group
  with: {target_group: "{% $input.green %}", least: 2}
  retry: {errors: [NotYet], max: 40, interval: 15s, backoff: 1}
""",
    run=run,
    # moto and MiniStack call every target healthy.
    proof=Proof.STUBBER,
)
