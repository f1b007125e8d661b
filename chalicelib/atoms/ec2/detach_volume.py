"""Detach a volume from an instance."""

from typing import TYPE_CHECKING

from pydantic import Field

from chalicelib.atoms.contract import Atom, AtomOutput, Context, Idempotency, Permission, Proof, Touched
from chalicelib.atoms.ec2.instances import INSTANCES
from chalicelib.atoms.ec2.volumes import LOOK, VOLUMES, PlaceInput, fetch_volume, find_attachment
from chalicelib.atoms.errors import Rejected
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


class Output(AtomOutput):
    """Where it is or was, as asked for."""

    instance_id: str
    volume_id: str
    device: str
    changed: bool = Field(description="Whether there was anything to do")


def run(given: PlaceInput, context: Context) -> Output:
    """Detach it if it is there. Raises Rejected for a volume that is somewhere else; never detaches by force."""
    client: EC2Client = context.clients.get("ec2")
    place = find_attachment(fetch_volume(client, given.volume_id))
    if place is not None and (place.get("InstanceId"), place.get("Device")) != (given.instance_id, given.device):
        raise Rejected(cause=f"{given.volume_id} is attached to {place.get('InstanceId')} as {place.get('Device')}")
    if place is not None:
        client.detach_volume(VolumeId=given.volume_id, InstanceId=given.instance_id, Device=given.device)
    return Output(
        instance_id=given.instance_id, volume_id=given.volume_id, device=given.device, changed=place is not None
    )


ATOM = Atom(
    name="ec2.detach_volume",
    version=1,
    summary="Detach an EBS volume from a host, which must not use it; ec2.wait_volume waits until it is available.",
    input=PlaceInput,
    output=Output,
    intent=Intent.DISRUPT,
    touches=(Touched("host/{instance_id}", Intent.DISRUPT),),
    emits=(),
    permissions=(
        LOOK,
        Permission(("ec2:DetachVolume",), VOLUMES),
        Permission(("ec2:DetachVolume",), INSTANCES),
    ),
    timeout_s=60,
    effect_timeout_s=300,
    idempotency=Idempotency.CHECK_FIRST,
    undo="ec2.attach_volume",
    errors=(),
    example="""\
- id: detach
  atom: ec2.detach_volume
  with: {instance_id: "{% $input.host %}", volume_id: "{% $input.volume %}", device: /dev/sdf}
  undo:
    atom: ec2.attach_volume
    with: {instance_id: "{% $input.host %}", volume_id: "{% $input.volume %}", device: /dev/sdf}
""",
    run=run,
    proof=Proof.MOTO,
)
