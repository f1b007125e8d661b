"""What the EC2 atoms share: how an instance is named, found, and turned into an observed object."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.atoms.contract import Change
from chalicelib.atoms.errors import NotFound

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import InstanceTypeDef

InstanceId = Annotated[
    str, Field(pattern="^i-[0-9a-f]+$", description="Id of an EC2 instance", examples=["i-0123456789abcdef0"])
]

INSTANCES = "arn:${partition}:ec2:${region}:${account}:instance/*"
"""The narrowest resource known at build time: ids of instances are not."""


def fetch_instance(client: "EC2Client", instance_id: str) -> "InstanceTypeDef":
    """Describe one instance with one request. Raises NotFound when EC2 answers without it."""
    response = client.describe_instances(InstanceIds=[instance_id])
    for reservation in response["Reservations"]:
        for instance in reservation["Instances"]:
            return instance
    raise NotFound(cause=f"EC2 knows no instance {instance_id}")


GROUP_TAG = "aws:autoscaling:groupName"
"""The tag by which AWS itself marks the members of an Auto Scaling group."""


def read_labels(instance: "InstanceTypeDef") -> dict[str, str]:
    """Give the tags as labels; `zone` is the tag of that name, else the availability zone; `group` the Auto Scaling group."""
    labels = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", [])}
    zone = instance.get("Placement", {}).get("AvailabilityZone")
    if GROUP_TAG in labels:
        labels["group"] = labels[GROUP_TAG]
    return labels if zone is None else {"zone": zone, **labels}


def observe_change(instance: "InstanceTypeDef", labels: Mapping[str, str] = MappingProxyType({})) -> Change:
    """Give what a description says of the host: its state as EC2 names it, and its labels with `labels` over them."""
    return Change(f"host/{instance['InstanceId']}", instance["State"]["Name"], {**read_labels(instance), **labels})
