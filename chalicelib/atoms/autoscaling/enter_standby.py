"""Set a host aside within its group: it serves no more, and is not replaced unless asked."""

from typing import TYPE_CHECKING

from pydantic import Field

from chalicelib.atoms.autoscaling.groups import GROUPS, LOOK_AT_MEMBERS, fetch_member, member_change
from chalicelib.atoms.contract import (
    STATE_CHANGED,
    Atom,
    AtomInput,
    AtomOutput,
    Context,
    Idempotency,
    Permission,
    Proof,
    Touched,
)
from chalicelib.atoms.ec2.instances import InstanceId
from chalicelib.atoms.errors import Rejected
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient

_ASIDE = {"EnteringStandby", "Standby"}


class Input(AtomInput):
    """Which host, and whether its group launches another for it."""

    instance_id: InstanceId
    replace: bool = Field(
        default=False, description="Whether the desired capacity stays as it is, so that a replacement is launched"
    )


class Output(AtomOutput):
    """Its place in the group."""

    instance_id: str
    group: str
    state: str = Field(description="Lifecycle state after the call: EnteringStandby, then Standby")
    changed: bool = Field(description="Whether there was anything to do")


def run(given: Input, context: Context) -> Output:
    """Set it aside unless it is. Raises NotFound for a host of no group, Rejected unless it is in service."""
    client: AutoScalingClient = context.clients.get("autoscaling")
    member = fetch_member(client, given.instance_id)
    group, before = member["AutoScalingGroupName"], member["LifecycleState"]
    if before not in {*_ASIDE, "InService"}:
        raise Rejected(cause=f"{given.instance_id} is {before}, and only a host InService can be set aside")
    if before == "InService":
        client.enter_standby(
            InstanceIds=[given.instance_id],
            AutoScalingGroupName=group,
            ShouldDecrementDesiredCapacity=not given.replace,
        )
        member = fetch_member(client, given.instance_id)
    context.emit(member_change(member))
    return Output(
        instance_id=given.instance_id, group=group, state=member["LifecycleState"], changed=before not in _ASIDE
    )


ATOM = Atom(
    name="autoscaling.enter_standby",
    version=1,
    summary="Set a host aside within its Auto Scaling group, so that it gets no traffic and is not replaced.",
    input=Input,
    output=Output,
    intent=Intent.DISRUPT,
    touches=(Touched("host/{instance_id}", Intent.DISRUPT),),
    emits=(STATE_CHANGED,),
    permissions=(LOOK_AT_MEMBERS, Permission(("autoscaling:EnterStandby",), GROUPS)),
    timeout_s=60,
    # The deregistration delay that target groups have by default, on top of the function's own minute.
    effect_timeout_s=360,
    idempotency=Idempotency.CHECK_FIRST,
    undo="autoscaling.exit_standby",
    errors=(),
    example="""\
- id: aside
  atom: autoscaling.enter_standby
  with: {instance_id: "{% $input.host %}"}
  undo: {atom: autoscaling.exit_standby, with: {instance_id: "{% $input.host %}"}}
""",
    run=run,
    proof=Proof.MOTO,
)
