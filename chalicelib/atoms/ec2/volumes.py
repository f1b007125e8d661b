"""What the atoms on EBS volumes share: how a volume and its device are named, and where it is attached.

The object they change is the host: a volume without one is nobody's business.
"""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.atoms.contract import AtomInput, Permission
from chalicelib.atoms.ec2.instances import InstanceId
from chalicelib.atoms.errors import NotFound

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import VolumeAttachmentTypeDef, VolumeTypeDef

VolumeId = Annotated[
    str, Field(pattern="^vol-[0-9a-f]+$", description="Id of an EBS volume", examples=["vol-0123456789abcdef0"])
]
Device = Annotated[
    str, Field(pattern="^(/dev/[a-z0-9/]{2,28}|xvd[a-z]{1,2})$", description="Device, for example /dev/sdf")
]

VOLUMES = "arn:${partition}:ec2:${region}:${account}:volume/*"
LOOK = Permission(("ec2:DescribeVolumes",))


class PlaceInput(AtomInput):
    """One volume at one device of one instance."""

    instance_id: InstanceId
    volume_id: VolumeId
    device: Device


def fetch_volume(client: "EC2Client", volume_id: str) -> "VolumeTypeDef":
    """Describe one volume. Raises NotFound."""
    for found in client.describe_volumes(VolumeIds=[volume_id])["Volumes"]:
        return found
    raise NotFound(cause=f"EC2 knows no volume {volume_id}")


def find_attachment(volume: "VolumeTypeDef") -> "VolumeAttachmentTypeDef | None":
    """Give where it is attached or being attached, None for nowhere."""
    for one in volume.get("Attachments", []):
        if one.get("State") in {"attached", "attaching", "busy"}:
            return one
    return None
