"""Look once whether a target is healthy; Step Functions' Retry on NotYet does the waiting."""

from typing import TYPE_CHECKING

from pydantic import Field

from chalicelib.atoms.contract import STATE_CHANGED, Atom, AtomOutput, Context, Idempotency, Proof, Touched
from chalicelib.atoms.elb.targets import LOOK, MembershipInput, membership_change, resolve_port
from chalicelib.atoms.errors import NotYet, StateUnreachable
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

_NEVER = {
    "Target.NotRegistered": "it is not registered",
    "Target.NotInUse": "no listener sends to its group, so nobody checks it",
    "Target.HealthCheckDisabled": "its group has no health check",
    "Target.IpUnusable": "its address cannot be used",
    "Target.DeregistrationInProgress": "it is being taken out",
}


class Output(AtomOutput):
    """The health that ELB's own checks found."""

    target_group: str
    instance_id: str
    port: int = Field(description="The port meant, the group's own if none was given")
    healthy: bool = Field(description="Always true on success")


def run(given: MembershipInput, context: Context) -> Output:
    """Ask for the target's health once. Raises NotYet while checks fail, StateUnreachable when nobody checks."""
    client: ElasticLoadBalancingv2Client = context.clients.get("elbv2")
    port = resolve_port(client, given)
    answer = client.describe_target_health(
        TargetGroupArn=given.target_group, Targets=[{"Id": given.instance_id, "Port": port}]
    )
    found = answer["TargetHealthDescriptions"]
    health = found[0]["TargetHealth"] if found else {"State": "unused", "Reason": "Target.NotRegistered"}
    state, reason = health.get("State", "unknown"), health.get("Reason", "")
    if state == "healthy":
        context.emit(membership_change(given, port, "healthy"))
        return Output(target_group=given.target_group, instance_id=given.instance_id, port=port, healthy=True)
    if reason in _NEVER:
        raise StateUnreachable(cause=f"{given.instance_id} on port {port} cannot become healthy: {_NEVER[reason]}")
    raise NotYet(cause=f"{given.instance_id} on port {port} is {state} ({reason or 'ELB gives no reason'})")


ATOM = Atom(
    name="elb.wait_healthy",
    version=1,
    summary="Succeed once ELB's health checks of an instance pass; raise NotYet until then.",
    input=MembershipInput,
    output=Output,
    intent=Intent.OBSERVE,
    touches=(Touched("host/{instance_id}", Intent.OBSERVE),),
    emits=(STATE_CHANGED,),
    permissions=(LOOK,),
    timeout_s=60,
    effect_timeout_s=0,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(NotYet, StateUnreachable),
    example="""\
- id: serving
  atom: elb.wait_healthy
  with: {target_group: "{% $input.target_group %}", instance_id: "{% $input.host %}"}
  retry: {errors: [NotYet], max: 40, interval: 15s, backoff: 1}
""",
    run=run,
    # moto and MiniStack call every target healthy, so only the requests and the reading of answers are proven.
    proof=Proof.STUBBER,
)
