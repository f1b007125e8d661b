"""Look once whether an instance has reached a state; Step Functions' Retry on NotYet does the waiting."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

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
from chalicelib.atoms.errors import NotYet, StateUnreachable
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

_ENDING = {"shutting-down", "terminated"}


class Input(AtomInput):
    """Which instance, and the state to wait for."""

    instance_id: InstanceId
    state: Literal["running", "stopped", "terminated"] = Field(
        description="State to wait for; `running` says nothing of the guest's health",
    )


class Output(AtomOutput):
    """The state that was reached."""

    instance_id: str
    state: str
    zone: str | None = Field(description="The tag `zone` if there is one, else the availability zone")


def run(given: Input, context: Context) -> Output:
    """Describe it once. Raises NotYet while the state may still come, StateUnreachable when it cannot."""
    client: EC2Client = context.clients.get("ec2")
    instance = fetch_instance(client, given.instance_id)
    change = observe_change(instance)
    if change.state == given.state:
        context.emit(change)
        return Output(instance_id=given.instance_id, state=change.state, zone=change.labels.get("zone"))
    reason = instance.get("StateReason", {}).get("Message") or "EC2 gives no reason"
    cause = f"{given.instance_id} is {change.state} ({reason}), wanted {given.state}"
    if change.state in _ENDING and given.state != "terminated":
        context.emit(change)
        raise StateUnreachable(cause=cause)
    raise NotYet(cause=cause)


ATOM = Atom(
    name="ec2.wait_state",
    version=1,
    summary="Succeed once an EC2 instance is running, stopped or terminated; raise NotYet until then.",
    input=Input,
    output=Output,
    intent=Intent.OBSERVE,
    touches=(Touched("host/{instance_id}", Intent.OBSERVE),),
    emits=(STATE_CHANGED,),
    permissions=(Permission(("ec2:DescribeInstances",)),),
    timeout_s=60,
    effect_timeout_s=0,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(NotYet, StateUnreachable),
    example="""\
- id: running
  atom: ec2.wait_state
  with: {instance_id: "{% $input.host %}", state: running}
  retry: {errors: [NotYet], max: 40, interval: 15s, backoff: 1}
""",
    run=run,
    proof=Proof.MINISTACK,
)
