"""What the atoms on snapshots share: EC2 takes no token for them, so each carries the idempotency key as a tag."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.atoms.contract import Permission

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import SnapshotTypeDef

KEY_TAG = "interlock:key"

SnapshotId = Annotated[str, Field(pattern="^snap-[0-9a-f]+$", description="Id of an EBS snapshot")]

LOOK = Permission(("ec2:DescribeSnapshots",))


def find_by_key(client: "EC2Client", key: str) -> "list[SnapshotTypeDef]":
    """Give the snapshots of ours that carry a key."""
    answer = client.describe_snapshots(OwnerIds=["self"], Filters=[{"Name": f"tag:{KEY_TAG}", "Values": [key]}])
    return answer["Snapshots"]
