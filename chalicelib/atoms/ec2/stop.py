"""Stop a running instance."""

from typing import TYPE_CHECKING

from pydantic import Field

from chalicelib.atoms.contract import (
    STATE_CHANGED,
    Atom,
    AtomInput,
    AtomOutput,
    Change,
    Context,
    Idempotency,
    Permission,
    Proof,
    Touched,
)
from chalicelib.atoms.ec2.instances import INSTANCES, InstanceId
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


class Input(AtomInput):
    """Which instance to stop."""

    instance_id: InstanceId


class Output(AtomOutput):
    """What EC2 answered."""

    instance_id: str
    state: str = Field(description="State after the call as EC2 reports it: stopping, or stopped if it was already")
    previous_state: str = Field(description="State before the call")
    changed: bool = Field(description="Whether this call is what stopped it; false for a repeat")


def run(given: Input, context: Context) -> Output:
    """Stop it; EC2's own answer is the observation, so nothing can fail between the act and the look."""
    client: EC2Client = context.clients.get("ec2")
    answer = client.stop_instances(InstanceIds=[given.instance_id])["StoppingInstances"][0]
    state, previous = answer["CurrentState"]["Name"], answer["PreviousState"]["Name"]
    context.emit(Change(f"host/{given.instance_id}", state))
    return Output(
        instance_id=given.instance_id,
        state=state,
        previous_state=previous,
        changed=previous not in {"stopping", "stopped"},
    )


ATOM = Atom(
    name="ec2.stop",
    version=1,
    summary="Stop an EC2 instance, its data kept; does not wait until it has stopped (ec2.wait_state does).",
    input=Input,
    output=Output,
    intent=Intent.DISRUPT,
    touches=(Touched("host/{instance_id}", Intent.DISRUPT),),
    emits=(STATE_CHANGED,),
    permissions=(Permission(("ec2:StopInstances",), INSTANCES),),
    timeout_s=60,
    # A guest that shuts down slowly stays in `stopping` for many minutes before EC2 forces it.
    effect_timeout_s=900,
    idempotency=Idempotency.NATURAL,
    undo="ec2.start",
    errors=(),
    example="""\
- id: stop
  atom: ec2.stop
  with: {instance_id: "{% $input.host %}"}
  undo: {atom: ec2.start, with: {instance_id: "{% $input.host %}"}}
""",
    run=run,
    proof=Proof.MINISTACK,
)
