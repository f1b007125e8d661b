"""Put an instance into a target group."""

from typing import TYPE_CHECKING

from pydantic import Field

from chalicelib.atoms.contract import STATE_CHANGED, Atom, AtomOutput, Context, Idempotency, Permission, Proof, Touched
from chalicelib.atoms.elb.targets import (
    LOOK,
    TARGET_GROUPS,
    MembershipInput,
    look_up_membership,
    membership_change,
    resolve_port,
)
from chalicelib.atoms.errors import Unavailable
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client


class Output(AtomOutput):
    """How the instance stood before, and stands now. Registered is not healthy: nothing here says that it serves."""

    target_group: str
    instance_id: str
    port: int = Field(description="The port meant, the group's own if none was given")
    was_registered: bool = Field(description="Whether it was in already, so that there was nothing to do")
    registered: bool = Field(description="As seen after the call; always true on success")


def run(given: MembershipInput, context: Context) -> Output:
    """Register it unless it is registered, and look again."""
    client: ElasticLoadBalancingv2Client = context.clients.get("elbv2")
    port = resolve_port(client, given)
    before = look_up_membership(client, given)
    after = before
    if port not in before.registered:
        client.register_targets(
            TargetGroupArn=given.target_group,
            Targets=[{"Id": given.instance_id, "Port": port}],
        )
        after = look_up_membership(client, given)
    if port not in after.registered:
        raise Unavailable(cause=f"ELB accepted the request, and does not show {given.instance_id} as registered yet")
    context.emit(membership_change(given, port, "registered"))
    return Output(
        target_group=given.target_group,
        instance_id=given.instance_id,
        port=port,
        was_registered=port in before.registered,
        registered=True,
    )


ATOM = Atom(
    name="elb.register",
    version=1,
    summary="Put an instance into a target group. Says nothing about its health.",
    input=MembershipInput,
    output=Output,
    intent=Intent.CONFIGURE,
    touches=(Touched("host/{instance_id}", Intent.CONFIGURE),),
    emits=(STATE_CHANGED,),
    permissions=(LOOK, Permission(("elasticloadbalancing:RegisterTargets",), TARGET_GROUPS)),
    timeout_s=60,
    # The answer is the effect: only the function itself can still be running.
    effect_timeout_s=60,
    idempotency=Idempotency.CHECK_FIRST,
    undo="elb.deregister",
    errors=(),
    example="""\
- id: back
  atom: elb.register
  with: {target_group: "{% $input.target_group %}", instance_id: "{% $input.host %}"}
""",
    run=run,
    proof=Proof.MINISTACK,
)
