"""Look once whether a volume has reached a state; Step Functions' Retry on NotYet does the waiting."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from chalicelib.atoms.contract import Atom, AtomInput, AtomOutput, Context, Idempotency, Proof
from chalicelib.atoms.ec2.volumes import LOOK, VolumeId, fetch_volume
from chalicelib.atoms.errors import NotYet, StateUnreachable
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

_GONE = {"deleting", "deleted", "error"}


class Input(AtomInput):
    """Which volume, and the state to wait for."""

    volume_id: VolumeId
    state: Literal["available", "in-use"] = Field(description="`available` is attached to nothing")


class Output(AtomOutput):
    """The state that was reached."""

    volume_id: str
    state: str


def run(given: Input, context: Context) -> Output:
    """Describe it once. Raises NotYet while the state may still come, StateUnreachable when it cannot."""
    client: EC2Client = context.clients.get("ec2")
    volume = fetch_volume(client, given.volume_id)
    state = volume["State"]
    moving = [
        one.get("State") for one in volume.get("Attachments", []) if one.get("State") in {"attaching", "detaching"}
    ]
    if state == given.state and not moving:
        return Output(volume_id=given.volume_id, state=state)
    cause = f"{given.volume_id} is {moving[0] if moving else state}, wanted {given.state}"
    raise StateUnreachable(cause=cause) if state in _GONE else NotYet(cause=cause)


ATOM = Atom(
    name="ec2.wait_volume",
    version=1,
    summary="Succeed once an EBS volume is available or in use; raise NotYet until then.",
    input=Input,
    output=Output,
    intent=Intent.OBSERVE,
    touches=(),
    emits=(),
    permissions=(LOOK,),
    timeout_s=60,
    effect_timeout_s=0,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(NotYet, StateUnreachable),
    example="""\
- id: made
  atom: ec2.wait_volume
  with: {volume_id: "{% $input.volume %}", state: available}
  retry: {errors: [NotYet], max: 60, interval: 10s, backoff: 1}
""",
    run=run,
    proof=Proof.MOTO,
)
