"""What the Auto Scaling atoms share: how a group and a member of it are named, found, and turned into objects.

A group is `group/<name>`: `steady` when as many hosts are in service as are desired, else `scaling`. A host's place in
its group is `member/<group>:<instance>`, never a state of the host, whose state is EC2's.
"""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.atoms.contract import Change, Permission
from chalicelib.atoms.errors import NotFound

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef, AutoScalingInstanceDetailsTypeDef

GroupName = Annotated[
    str,
    Field(pattern="^[A-Za-z0-9_.@+=~-]{1,255}$", description="Name of an Auto Scaling group, without slash or space"),
]

GROUPS = "arn:${partition}:autoscaling:${region}:${account}:autoScalingGroup:*:autoScalingGroupName/*"
LOOK_AT_GROUPS = Permission(("autoscaling:DescribeAutoScalingGroups",))
LOOK_AT_MEMBERS = Permission(("autoscaling:DescribeAutoScalingInstances",))


def fetch_group(client: "AutoScalingClient", group: str) -> "AutoScalingGroupTypeDef":
    """Describe one group. Raises NotFound."""
    for found in client.describe_auto_scaling_groups(AutoScalingGroupNames=[group])["AutoScalingGroups"]:
        return found
    raise NotFound(cause=f"there is no Auto Scaling group {group}")


def find_member(client: "AutoScalingClient", instance_id: str) -> "AutoScalingInstanceDetailsTypeDef | None":
    """Describe an instance as a member of its group, None if it is in none."""
    found = client.describe_auto_scaling_instances(InstanceIds=[instance_id])["AutoScalingInstances"]
    return found[0] if found else None


def fetch_member(client: "AutoScalingClient", instance_id: str) -> "AutoScalingInstanceDetailsTypeDef":
    """Describe an instance as a member of its group. Raises NotFound if it is in none."""
    found = find_member(client, instance_id)
    if found is None:
        raise NotFound(cause=f"{instance_id} is in no Auto Scaling group")
    return found


def group_change(group: "AutoScalingGroupTypeDef") -> Change:
    """Give what a description says of a group."""
    serving = sum(one["LifecycleState"] == "InService" for one in group.get("Instances", []))
    name = group["AutoScalingGroupName"]
    labels = {"group": name, "desired": str(group["DesiredCapacity"]), "in_service": str(serving)}
    state = "steady" if serving == group["DesiredCapacity"] else "scaling"
    return Change(f"group/{name}", state, labels)


def member_change(member: "AutoScalingInstanceDetailsTypeDef") -> Change:
    """Give what a description says of a host's place in its group."""
    group, instance = member["AutoScalingGroupName"], member["InstanceId"]
    return Change(f"member/{group}:{instance}", member["LifecycleState"], {"host": instance, "group": group})
