"""Make a volume from a snapshot, like another one."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from chalicelib.atoms.contract import (
    Atom,
    AtomInput,
    AtomOutput,
    Context,
    Idempotency,
    Permission,
    Proof,
    Touched,
)
from chalicelib.atoms.ec2.instances import InstanceId
from chalicelib.atoms.ec2.snapshots import KEY_TAG
from chalicelib.atoms.ec2.volumes import LOOK, VOLUMES, VolumeId, fetch_volume
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import VolumeTypeDef

_SNAPSHOTS = "arn:${partition}:ec2:${region}::snapshot/*"
_WITH_IOPS = {"gp3", "io1", "io2"}


class Input(AtomInput):
    """From which snapshot, and like which volume: in its zone, of its type, with its tags."""

    instance_id: InstanceId
    like: VolumeId
    snapshot_id: Annotated[
        str, Field(pattern="^snap-[0-9a-f]+$", description="Id of an EBS snapshot", examples=["snap-0123456789abcdef0"])
    ]


class Output(AtomOutput):
    """The volume, which is not ready yet: ec2.wait_volume waits for it."""

    volume_id: str
    zone: str
    started: bool = Field(description="Whether this call made it; false when an earlier attempt had")


def run(given: Input, context: Context) -> Output:
    """Look for the volume of an earlier attempt by its tag, and make it unless it is there."""
    client: EC2Client = context.clients.get("ec2")
    key = context.idempotency_key
    for made in client.describe_volumes(Filters=[{"Name": f"tag:{KEY_TAG}", "Values": [key]}])["Volumes"]:
        return Output(volume_id=made["VolumeId"], zone=made["AvailabilityZone"], started=False)
    model = fetch_volume(client, given.like)
    made_now: Any = client.create_volume(
        SnapshotId=given.snapshot_id,
        AvailabilityZone=model["AvailabilityZone"],
        VolumeType=model["VolumeType"],
        ClientToken=key,
        TagSpecifications=[{"ResourceType": "volume", "Tags": _tag(model, key)}],
        **_tune(model),
    )
    return Output(volume_id=made_now["VolumeId"], zone=made_now["AvailabilityZone"], started=True)


def _tag(model: "VolumeTypeDef", key: str) -> Any:
    kept = [one for one in model.get("Tags", []) if one["Key"] != KEY_TAG and not one["Key"].startswith("aws:")]
    return [*kept, {"Key": KEY_TAG, "Value": key}]


def _tune(model: "VolumeTypeDef") -> dict[str, Any]:
    """Give what only some types take."""
    tuned: dict[str, Any] = {}
    if model.get("VolumeType") in _WITH_IOPS and model.get("Iops"):
        tuned["Iops"] = model["Iops"]
    if model.get("Throughput"):
        tuned["Throughput"] = model["Throughput"]
    return tuned


ATOM = Atom(
    name="ec2.create_volume",
    version=1,
    summary="Make a volume from a snapshot, in the zone and of the type of another; ec2.wait_volume waits for it.",
    input=Input,
    output=Output,
    intent=Intent.CONFIGURE,
    touches=(Touched("host/{instance_id}", Intent.CONFIGURE),),
    emits=(),
    permissions=(
        LOOK,
        Permission(("ec2:CreateVolume",), VOLUMES),
        Permission(("ec2:CreateVolume",), _SNAPSHOTS),
        Permission(("ec2:CreateTags",), VOLUMES, {"StringEquals": {"ec2:CreateAction": "CreateVolume"}}),
    ),
    timeout_s=60,
    effect_timeout_s=60,
    idempotency=Idempotency.CHECK_FIRST,
    undo=None,
    errors=(),
    example="""\
- id: make
  atom: ec2.create_volume
  with: {instance_id: "{% $input.host %}", like: "{% $input.volume %}", snapshot_id: "{% $input.snapshot %}"}
""",
    run=run,
    proof=Proof.MOTO,
)
