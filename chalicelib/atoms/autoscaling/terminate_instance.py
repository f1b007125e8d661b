"""Terminate a host through its group, which runs its lifecycle hooks and may replace it."""

from typing import TYPE_CHECKING

from pydantic import Field

from chalicelib.atoms.autoscaling.groups import GROUPS, LOOK_AT_MEMBERS, find_member
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
from chalicelib.atoms.ec2.instances import InstanceId, fetch_instance, observe_change
from chalicelib.atoms.errors import NotFound
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_ec2 import EC2Client

_ENDING = ("Terminating", "Terminated", "Detach")
_ENDED = {"shutting-down", "terminated"}


class Input(AtomInput):
    """Which host, and whether its group launches another for it."""

    instance_id: InstanceId
    replace: bool = Field(
        default=True, description="Whether the desired capacity stays as it is, so that a replacement is launched"
    )


class Output(AtomOutput):
    """What EC2 shows after the call."""

    instance_id: str
    state: str = Field(description="State as EC2 names it: still `running` while lifecycle hooks run")
    changed: bool = Field(description="Whether this call is what ended it; false for a repeat")


def run(given: Input, context: Context) -> Output:
    """Terminate it unless that is under way: a repeat must not lower the desired capacity twice.

    A host that its group has let go already is looked up in EC2. Raises NotFound for one that lives outside any group.
    """
    groups: AutoScalingClient = context.clients.get("autoscaling")
    client: EC2Client = context.clients.get("ec2")
    member = find_member(groups, given.instance_id)
    change = observe_change(fetch_instance(client, given.instance_id))
    changed = member is not None and not member["LifecycleState"].startswith(_ENDING)
    if member is None and change.state not in _ENDED:
        raise NotFound(cause=f"{given.instance_id} is {change.state} and in no Auto Scaling group")
    if changed:
        groups.terminate_instance_in_auto_scaling_group(
            InstanceId=given.instance_id, ShouldDecrementDesiredCapacity=not given.replace
        )
        change = observe_change(fetch_instance(client, given.instance_id))
    context.emit(change)
    return Output(instance_id=given.instance_id, state=change.state, changed=changed)


ATOM = Atom(
    name="autoscaling.terminate_instance",
    version=1,
    summary="Terminate a host through its Auto Scaling group, which replaces it unless told otherwise.",
    input=Input,
    output=Output,
    intent=Intent.DESTROY,
    touches=(Touched("host/{instance_id}", Intent.DESTROY),),
    emits=(STATE_CHANGED,),
    permissions=(
        LOOK_AT_MEMBERS,
        Permission(("ec2:DescribeInstances",)),
        Permission(("autoscaling:TerminateInstanceInAutoScalingGroup",), GROUPS),
    ),
    timeout_s=60,
    # Draining and shutting down; a group's own lifecycle hooks may take longer.
    effect_timeout_s=900,
    idempotency=Idempotency.CHECK_FIRST,
    undo=None,
    errors=(),
    example="""\
- id: replaced
  atom: autoscaling.terminate_instance
  with: {instance_id: "{% $input.host %}"}
""",
    run=run,
    proof=Proof.MOTO,
)
