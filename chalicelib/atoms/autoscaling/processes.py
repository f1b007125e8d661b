"""Which processes of a group there are, and which of them are suspended."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from chalicelib.atoms.autoscaling.groups import GroupName
from chalicelib.atoms.contract import AtomInput, AtomOutput

if TYPE_CHECKING:
    from mypy_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef

Process = Literal[
    "Launch",
    "Terminate",
    "AddToLoadBalancer",
    "AlarmNotification",
    "AZRebalance",
    "HealthCheck",
    "InstanceRefresh",
    "ReplaceUnhealthy",
    "ScheduledActions",
]


class ProcessesInput(AtomInput):
    """Which processes of which group. None of them is nothing to do, never all of them as in AWS's API."""

    group: GroupName
    processes: Annotated[list[Process], Field(max_length=9)] = Field(
        description="Processes, as Auto Scaling names them"
    )


class ProcessesOutput(AtomOutput):
    """How the group stands."""

    group: str
    suspended: list[str] = Field(description="All suspended processes after the call, by whomever")
    changed: list[str] = Field(description="Those that this call changed, which is what an undo must be given")


def read_suspended(group: "AutoScalingGroupTypeDef") -> set[str]:
    """Give the names of the suspended processes."""
    return {one.get("ProcessName", "") for one in group.get("SuspendedProcesses", [])}
