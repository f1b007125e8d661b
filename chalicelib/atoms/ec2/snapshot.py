"""Begin a snapshot of all volumes of an instance."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.atoms.contract import Atom, AtomInput, AtomOutput, Context, Idempotency, Permission, Proof, Touched
from chalicelib.atoms.ec2.instances import INSTANCES, InstanceId
from chalicelib.atoms.ec2.snapshots import KEY_TAG, LOOK, find_by_key
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

_SNAPSHOTS = "arn:${partition}:ec2:${region}::snapshot/*"
_VOLUMES = "arn:${partition}:ec2:${region}:${account}:volume/*"


class Input(AtomInput):
    """Which instance to take a snapshot of."""

    instance_id: InstanceId
    description: Annotated[str, Field(max_length=255)] = Field(
        default="Taken by Interlock", description="What people read beside the snapshots"
    )
    with_boot_volume: bool = Field(default=True, description="Whether the boot volume is taken as well")


class Output(AtomOutput):
    """The snapshots, which are not finished yet: ec2.wait_snapshot waits for them."""

    instance_id: str
    snapshot_ids: list[str] = Field(description="One for each volume, all of the same moment")
    started: bool = Field(description="Whether this call began them; false when an earlier attempt had")


def run(given: Input, context: Context) -> Output:
    """Look for snapshots of an earlier attempt, then begin them, consistent over all volumes as after a crash."""
    client: EC2Client = context.clients.get("ec2")
    found = find_by_key(client, context.idempotency_key)
    if found:
        ids = sorted(one["SnapshotId"] for one in found)
        return Output(instance_id=given.instance_id, snapshot_ids=ids, started=False)
    answer = client.create_snapshots(
        Description=given.description,
        InstanceSpecification={"InstanceId": given.instance_id, "ExcludeBootVolume": not given.with_boot_volume},
        TagSpecifications=[
            {"ResourceType": "snapshot", "Tags": [{"Key": KEY_TAG, "Value": context.idempotency_key}]},
        ],
    )
    ids = sorted(one["SnapshotId"] for one in answer["Snapshots"])
    return Output(instance_id=given.instance_id, snapshot_ids=ids, started=True)


ATOM = Atom(
    name="ec2.snapshot",
    version=1,
    summary="Begin snapshots of all volumes of an EC2 instance, of one moment; ec2.wait_snapshot waits for them.",
    input=Input,
    output=Output,
    intent=Intent.CONFIGURE,
    touches=(Touched("host/{instance_id}", Intent.CONFIGURE),),
    emits=(),
    permissions=(
        LOOK,
        Permission(("ec2:CreateSnapshots",), INSTANCES),
        Permission(("ec2:CreateSnapshots",), _VOLUMES),
        Permission(("ec2:CreateSnapshots",), _SNAPSHOTS),
        Permission(("ec2:CreateTags",), _SNAPSHOTS, {"StringEquals": {"ec2:CreateAction": "CreateSnapshots"}}),
    ),
    timeout_s=60,
    # The moment is fixed by the answer; copying goes on and disturbs nobody.
    effect_timeout_s=60,
    idempotency=Idempotency.CHECK_FIRST,
    undo=None,
    errors=(),
    example="""\
- id: copy
  atom: ec2.snapshot
  with: {instance_id: "{% $input.host %}"}
""",
    run=run,
    proof=Proof.MOTO,
)
