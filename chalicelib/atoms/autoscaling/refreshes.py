"""How a group's instance refreshes are found, and what their states mean."""

from typing import TYPE_CHECKING

from chalicelib.atoms.contract import Permission

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_autoscaling.type_defs import InstanceRefreshTypeDef

LOOK_AT_REFRESHES = Permission(("autoscaling:DescribeInstanceRefreshes",))

UNDER_WAY = {"Pending", "InProgress", "Baking", "Cancelling", "RollbackInProgress"}


def latest_refresh(client: "AutoScalingClient", group: str) -> "InstanceRefreshTypeDef | None":
    """Give the newest refresh of a group, None if it never had one; Auto Scaling lists the newest first."""
    found = client.describe_instance_refreshes(AutoScalingGroupName=group, MaxRecords=1)["InstanceRefreshes"]
    return found[0] if found else None
