"""Set how many hosts a group shall have."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.atoms.autoscaling.groups import GROUPS, LOOK_AT_GROUPS, GroupName, fetch_group, group_change
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
from chalicelib.atoms.errors import InputInvalid
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient


class Input(AtomInput):
    """Which group, and its desired capacity."""

    group: GroupName
    desired: Annotated[int, Field(ge=0, le=10_000)] = Field(description="Hosts wanted, within the group's bounds")


class Output(AtomOutput):
    """The capacity before and after. Hosts come and go later: nothing here says that they serve."""

    group: str
    desired: int
    previous: int = Field(description="Desired capacity before the call, which is what an undo gives back")
    changed: bool = Field(description="Whether there was anything to do")


def run(given: Input, context: Context) -> Output:
    """Set it unless it is as wanted, and look again. Raises InputInvalid outside the group's own bounds."""
    client: AutoScalingClient = context.clients.get("autoscaling")
    group = fetch_group(client, given.group)
    least, most, previous = group["MinSize"], group["MaxSize"], group["DesiredCapacity"]
    if not least <= given.desired <= most:
        raise InputInvalid(cause=f"desired is {given.desired}, and {given.group} takes {least} to {most}")
    if previous != given.desired:
        client.set_desired_capacity(
            AutoScalingGroupName=given.group, DesiredCapacity=given.desired, HonorCooldown=False
        )
        group = fetch_group(client, given.group)
    context.emit(group_change(group))
    return Output(
        group=given.group, desired=group["DesiredCapacity"], previous=previous, changed=previous != given.desired
    )


ATOM = Atom(
    name="autoscaling.set_capacity",
    version=1,
    summary="Set the desired capacity of an Auto Scaling group; below the present one, it ends hosts of its choice.",
    input=Input,
    output=Output,
    intent=Intent.DISRUPT,
    touches=(Touched("group/{group}", Intent.DISRUPT),),
    emits=(STATE_CHANGED,),
    permissions=(LOOK_AT_GROUPS, Permission(("autoscaling:SetDesiredCapacity",), GROUPS)),
    timeout_s=60,
    # Launching or draining a host takes minutes; a group's own lifecycle hooks may take longer.
    effect_timeout_s=900,
    idempotency=Idempotency.CHECK_FIRST,
    undo="autoscaling.set_capacity",
    errors=(),
    example="""\
- id: grow
  atom: autoscaling.set_capacity
  with: {group: "{% $input.group %}", desired: 4}
  undo:
    atom: autoscaling.set_capacity
    with: {group: "{% $input.group %}", desired: 2}
""",
    run=run,
    proof=Proof.MINISTACK,
)
