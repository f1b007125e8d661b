"""Put a host that was set aside back into its group's service."""

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

_BACK = {"Pending", "Pending:Wait", "Pending:Proceed", "InService"}


class Input(AtomInput):
    """Which host."""

    instance_id: InstanceId


class Output(AtomOutput):
    """Its place in the group. In service is not healthy: nothing here says that it serves."""

    instance_id: str
    group: str
    state: str = Field(description="Lifecycle state after the call: Pending, then InService")
    changed: bool = Field(description="Whether there was anything to do")


def run(given: Input, context: Context) -> Output:
    """Put it back unless it is. Raises NotFound for a host of no group, Rejected while it cannot be put back."""
    client: AutoScalingClient = context.clients.get("autoscaling")
    member = fetch_member(client, given.instance_id)
    group, before = member["AutoScalingGroupName"], member["LifecycleState"]
    if before not in {*_BACK, "Standby"}:
        raise Rejected(cause=f"{given.instance_id} is {before}, and only a host in Standby can be put back")
    if before == "Standby":
        client.exit_standby(InstanceIds=[given.instance_id], AutoScalingGroupName=group)
        member = fetch_member(client, given.instance_id)
    context.emit(member_change(member))
    return Output(
        instance_id=given.instance_id, group=group, state=member["LifecycleState"], changed=before not in _BACK
    )


ATOM = Atom(
    name="autoscaling.exit_standby",
    version=1,
    summary="Put a host that was set aside back into its Auto Scaling group; the desired capacity grows by one.",
    input=Input,
    output=Output,
    intent=Intent.CONFIGURE,
    touches=(Touched("host/{instance_id}", Intent.CONFIGURE),),
    emits=(STATE_CHANGED,),
    permissions=(LOOK_AT_MEMBERS, Permission(("autoscaling:ExitStandby",), GROUPS)),
    timeout_s=60,
    # Registering with the group's balancers, the function's own minute included.
    effect_timeout_s=300,
    idempotency=Idempotency.CHECK_FIRST,
    undo="autoscaling.enter_standby",
    errors=(),
    example="""\
- id: back
  atom: autoscaling.exit_standby
  with: {instance_id: "{% $input.host %}"}
""",
    run=run,
    proof=Proof.MOTO,
)
