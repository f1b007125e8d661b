# ruff: noqa: N803 - the arguments are botocore's
"""Auto Scaling and SSM in memory, as far as the atoms need them."""

from typing import Any

from tests.unit.atoms.faults import client_error

GROUP_NAME = "web-asg"


class FakeAutoScaling:
    """One group. A host set aside, put back or terminated is at once what AWS makes it in the end."""

    def __init__(self) -> None:
        self.group: dict[str, Any] | None = None
        self.members: dict[str, str] = {}
        self.refreshes: list[dict[str, Any]] = []
        self.suspended: set[str] = set()
        self.ended: list[str] = []
        self.requests: list[str] = []

    def add(self, *hosts: str, desired: int | None = None) -> None:
        self.members |= dict.fromkeys(hosts, "InService")
        self.group = {
            "AutoScalingGroupName": GROUP_NAME,
            "MinSize": 0,
            "MaxSize": 10,
            "DesiredCapacity": len(hosts) if desired is None else desired,
        }

    def state(self) -> object:
        return [self.group, self.members, self.refreshes, self.suspended, self.ended]

    def describe_auto_scaling_groups(self, AutoScalingGroupNames: list[str]) -> dict[str, Any]:
        if self.group is None or AutoScalingGroupNames != [GROUP_NAME]:
            return {"AutoScalingGroups": []}
        members = [{"InstanceId": one, "LifecycleState": state} for one, state in self.members.items()]
        suspended = [{"ProcessName": one} for one in sorted(self.suspended)]
        return {"AutoScalingGroups": [{**self.group, "Instances": members, "SuspendedProcesses": suspended}]}

    def describe_auto_scaling_instances(self, InstanceIds: list[str]) -> dict[str, Any]:
        found = [
            {"InstanceId": one, "AutoScalingGroupName": GROUP_NAME, "LifecycleState": self.members[one]}
            for one in InstanceIds
            if one in self.members
        ]
        return {"AutoScalingInstances": found}

    def set_desired_capacity(self, *, AutoScalingGroupName: str, DesiredCapacity: int, HonorCooldown: bool) -> None:
        self.requests.append("SetDesiredCapacity")
        self._require(AutoScalingGroupName)["DesiredCapacity"] = DesiredCapacity

    def enter_standby(
        self, *, InstanceIds: list[str], AutoScalingGroupName: str, ShouldDecrementDesiredCapacity: bool
    ) -> None:
        self.requests.append("EnterStandby")
        group = self._require(AutoScalingGroupName)
        group["DesiredCapacity"] -= len(InstanceIds) * ShouldDecrementDesiredCapacity
        self.members |= dict.fromkeys(InstanceIds, "Standby")

    def exit_standby(self, InstanceIds: list[str], AutoScalingGroupName: str) -> None:
        self.requests.append("ExitStandby")
        self._require(AutoScalingGroupName)["DesiredCapacity"] += len(InstanceIds)
        self.members |= dict.fromkeys(InstanceIds, "Pending")

    def terminate_instance_in_auto_scaling_group(
        self, *, InstanceId: str, ShouldDecrementDesiredCapacity: bool
    ) -> None:
        self.requests.append("TerminateInstanceInAutoScalingGroup")
        if InstanceId not in self.members:
            raise client_error("ValidationError", "TerminateInstanceInAutoScalingGroup")
        self._require(GROUP_NAME)["DesiredCapacity"] -= ShouldDecrementDesiredCapacity
        self.members[InstanceId] = "Terminating"
        self.ended.append(InstanceId)

    def suspend_processes(self, AutoScalingGroupName: str, ScalingProcesses: list[str]) -> None:
        self._require(AutoScalingGroupName)
        self.requests.append("SuspendProcesses")
        self.suspended |= set(ScalingProcesses)

    def resume_processes(self, AutoScalingGroupName: str, ScalingProcesses: list[str]) -> None:
        self._require(AutoScalingGroupName)
        self.requests.append("ResumeProcesses")
        self.suspended -= set(ScalingProcesses)

    def describe_instance_refreshes(
        self, AutoScalingGroupName: str, MaxRecords: int = 50, InstanceRefreshIds: list[str] | None = None
    ) -> dict[str, Any]:
        found = [
            one
            for one in self.refreshes
            if InstanceRefreshIds is None or one["InstanceRefreshId"] in InstanceRefreshIds
        ]
        return {"InstanceRefreshes": found[:MaxRecords]}

    def start_instance_refresh(self, AutoScalingGroupName: str, **preferences: Any) -> dict[str, Any]:
        self.requests.append("StartInstanceRefresh")
        self.refreshes.insert(0, {"InstanceRefreshId": f"{len(self.refreshes):036x}", "Status": "Pending"})
        return {"InstanceRefreshId": self.refreshes[0]["InstanceRefreshId"]}

    def _require(self, name: str) -> dict[str, Any]:
        if self.group is None or name != GROUP_NAME:
            raise client_error("ValidationError")
        return self.group


class FakeSsm:
    """Commands in the order of their sending, and parameters."""

    def __init__(self) -> None:
        self.commands: list[dict[str, Any]] = []
        self.invocations: list[dict[str, Any]] = []
        self.parameters: dict[str, dict[str, Any]] = {}

    def state(self) -> object:
        return [self.commands, self.parameters]

    def list_commands(self, InstanceId: str, MaxResults: int) -> dict[str, Any]:
        found = [one for one in reversed(self.commands) if one["InstanceIds"] == [InstanceId]]
        return {"Commands": found[:MaxResults]}

    def send_command(self, **command: Any) -> dict[str, Any]:
        self.commands.append({**command, "CommandId": f"{len(self.commands):036x}"})
        return {"Command": self.commands[-1]}

    def list_command_invocations(self, *, CommandId: str, InstanceId: str, Details: bool) -> dict[str, Any]:
        assert Details
        return {"CommandInvocations": self.invocations}

    def get_parameter(self, *, Name: str, WithDecryption: bool) -> dict[str, Any]:
        assert not WithDecryption
        if Name not in self.parameters:
            raise client_error("ParameterNotFound", "GetParameter")
        return {"Parameter": {"Name": Name, **self.parameters[Name]}}
