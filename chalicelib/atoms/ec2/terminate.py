"""Terminate an instance for good."""

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
    """Which instance to terminate."""

    instance_id: InstanceId


class Output(AtomOutput):
    """What EC2 answered."""

    instance_id: str
    state: str = Field(description="State after the call: shutting-down, or terminated if it was that already")
    previous_state: str = Field(description="State before the call")
    changed: bool = Field(description="Whether this call is what ended it; false for a repeat")


def run(given: Input, context: Context) -> Output:
    """Terminate it; an instance with termination protection is Rejected."""
    client: EC2Client = context.clients.get("ec2")
    answer = client.terminate_instances(InstanceIds=[given.instance_id])["TerminatingInstances"][0]
    state, previous = answer["CurrentState"]["Name"], answer["PreviousState"]["Name"]
    context.emit(Change(f"host/{given.instance_id}", state))
    return Output(
        instance_id=given.instance_id,
        state=state,
        previous_state=previous,
        changed=previous not in {"shutting-down", "terminated"},
    )


ATOM = Atom(
    name="ec2.terminate",
    version=1,
    summary="Terminate an EC2 instance. Nothing takes it back; volumes marked for it are deleted, too.",
    input=Input,
    output=Output,
    intent=Intent.DESTROY,
    touches=(Touched("host/{instance_id}", Intent.DESTROY),),
    emits=(STATE_CHANGED,),
    permissions=(Permission(("ec2:TerminateInstances",), INSTANCES),),
    timeout_s=60,
    # Shutting down takes EC2 some minutes, the function's own minute included.
    effect_timeout_s=600,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(),
    example="""\
- id: gone
  atom: ec2.terminate
  with: {instance_id: "{% $input.host %}"}
""",
    run=run,
    proof=Proof.MINISTACK,
)
