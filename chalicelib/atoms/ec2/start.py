"""Start a stopped instance."""

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
    """Which instance to start."""

    instance_id: InstanceId


class Output(AtomOutput):
    """What EC2 answered."""

    instance_id: str
    state: str = Field(description="State after the call as EC2 reports it: pending, or running if it ran already")
    previous_state: str = Field(description="State before the call")
    changed: bool = Field(description="Whether this call is what started it; false for a repeat")


def run(given: Input, context: Context) -> Output:
    """Start it; EC2's own answer is the observation, so nothing can fail between the act and the look."""
    client: EC2Client = context.clients.get("ec2")
    answer = client.start_instances(InstanceIds=[given.instance_id])["StartingInstances"][0]
    state, previous = answer["CurrentState"]["Name"], answer["PreviousState"]["Name"]
    context.emit(Change(f"host/{given.instance_id}", state))
    return Output(
        instance_id=given.instance_id,
        state=state,
        previous_state=previous,
        changed=previous not in {"pending", "running"},
    )


ATOM = Atom(
    name="ec2.start",
    version=1,
    summary="Start a stopped EC2 instance; does not wait until it runs (ec2.wait_state does).",
    input=Input,
    output=Output,
    intent=Intent.DISRUPT,
    touches=(Touched("host/{instance_id}", Intent.DISRUPT),),
    emits=(STATE_CHANGED,),
    permissions=(Permission(("ec2:StartInstances",), INSTANCES),),
    timeout_s=60,
    # Booting to `running` takes EC2 well under five minutes, the function's own minute included.
    effect_timeout_s=300,
    idempotency=Idempotency.NATURAL,
    undo="ec2.stop",
    errors=(),
    example="""\
- id: start
  atom: ec2.start
  with: {instance_id: "{% $input.host %}"}
""",
    run=run,
    proof=Proof.MINISTACK,
)
