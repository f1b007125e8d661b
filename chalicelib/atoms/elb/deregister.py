"""Take an instance out of a target group."""

from typing import TYPE_CHECKING

from pydantic import Field

from chalicelib.atoms.contract import STATE_CHANGED, Atom, AtomOutput, Context, Idempotency, Permission, Proof, Touched
from chalicelib.atoms.elb.targets import (
    LOOK,
    TARGET_GROUPS,
    MembershipInput,
    PortUnclear,
    look_up_membership,
    membership_change,
    resolve_port,
)
from chalicelib.atoms.errors import Unavailable
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client


class Output(AtomOutput):
    """How the instance stood before, and stands now."""

    target_group: str
    instance_id: str
    port: int = Field(description="The port meant, the group's own if none was given")
    was_registered: bool = Field(description="Whether there was anything to do")
    registered: bool = Field(description="As seen after the call; always false on success")
    draining: bool = Field(description="Whether ELB still lets open connections finish, for the group's own delay")


def run(given: MembershipInput, context: Context) -> Output:
    """Deregister it if it is registered, and look again.

    Raises PortUnclear rather than leave the instance in service on a port nobody named.
    """
    client: ElasticLoadBalancingv2Client = context.clients.get("elbv2")
    port = resolve_port(client, given)
    before = look_up_membership(client, given)
    others = before.registered - {port}
    if given.port is None and others:
        raise PortUnclear(cause=f"{given.instance_id} is registered on {', '.join(map(str, sorted(others)))}")
    after = before
    if port in before.registered:
        client.deregister_targets(
            TargetGroupArn=given.target_group,
            Targets=[{"Id": given.instance_id, "Port": port}],
        )
        after = look_up_membership(client, given)
    if port in after.registered:
        raise Unavailable(cause=f"ELB accepted the request, and still shows {given.instance_id} as registered")
    context.emit(membership_change(given, port, "deregistered"))
    return Output(
        target_group=given.target_group,
        instance_id=given.instance_id,
        port=port,
        was_registered=port in before.registered,
        registered=False,
        draining=port in after.draining,
    )


ATOM = Atom(
    name="elb.deregister",
    version=1,
    summary="Take an instance out of a target group, so that it gets no new connections.",
    input=MembershipInput,
    output=Output,
    intent=Intent.DISRUPT,
    touches=(Touched("host/{instance_id}", Intent.DISRUPT),),
    emits=(STATE_CHANGED,),
    permissions=(LOOK, Permission(("elasticloadbalancing:DeregisterTargets",), TARGET_GROUPS)),
    timeout_s=60,
    # The deregistration delay that groups have by default, on top of the function's own minute.
    effect_timeout_s=360,
    idempotency=Idempotency.CHECK_FIRST,
    undo="elb.register",
    errors=(PortUnclear,),
    example="""\
- id: drain
  atom: elb.deregister
  with: {target_group: "{% $input.target_group %}", instance_id: "{% $input.host %}"}
  undo:
    atom: elb.register
    with: {target_group: "{% $input.target_group %}", instance_id: "{% $input.host %}"}
""",
    run=run,
    proof=Proof.MINISTACK,
)
