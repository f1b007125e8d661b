"""Attach a volume to an instance."""

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
    """Attach it unless it is there. Raises Rejected for a volume that is somewhere else."""
    client: EC2Client = context.clients.get("ec2")
    place = find_attachment(fetch_volume(client, given.volume_id))
    changed = place is None
    if place is None:
        client.attach_volume(VolumeId=given.volume_id, InstanceId=given.instance_id, Device=given.device)
    elif (place.get("InstanceId"), place.get("Device")) != (given.instance_id, given.device):
        raise Rejected(cause=f"{given.volume_id} is attached to {place.get('InstanceId')} as {place.get('Device')}")
    return Output(instance_id=given.instance_id, volume_id=given.volume_id, device=given.device, changed=changed)


ATOM = Atom(
    name="ec2.attach_volume",
    version=1,
    summary="Attach an EBS volume to a host at a device; ec2.wait_volume waits until it is in use.",
    input=PlaceInput,
    output=Output,
    intent=Intent.DISRUPT,
    touches=(Touched("host/{instance_id}", Intent.DISRUPT),),
    emits=(),
    permissions=(
        LOOK,
        Permission(("ec2:AttachVolume",), VOLUMES),
        Permission(("ec2:AttachVolume",), INSTANCES),
    ),
    timeout_s=60,
    effect_timeout_s=120,
    idempotency=Idempotency.CHECK_FIRST,
    undo="ec2.detach_volume",
    errors=(),
    example="""\
- id: attach
  atom: ec2.attach_volume
  with: {instance_id: "{% $input.host %}", volume_id: "{% $input.volume %}", device: /dev/sdf}
  undo:
    atom: ec2.detach_volume
    with: {instance_id: "{% $input.host %}", volume_id: "{% $input.volume %}", device: /dev/sdf}
""",
    run=run,
    proof=Proof.MOTO,
)
