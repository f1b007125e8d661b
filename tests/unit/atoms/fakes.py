# ruff: noqa: N803 - the arguments are botocore's
"""AWS in memory, as far as the first atoms need it, raising botocore's own errors."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from chalicelib.atoms.contract import Change, Context, Dispatch
from chalicelib.atoms.dry_run import DryClients, DryHttp
from chalicelib.atoms.invocation import Call, Surroundings, run_atom
from chalicelib.atoms.registry import AnyAtom
from chalicelib.aws.faults import translate_fault
from tests.unit.atoms.fake_balancer import FakeElb
from tests.unit.atoms.fake_certificates import FakeAcm
from tests.unit.atoms.fake_disks import FakeVolumes
from tests.unit.atoms.fake_hosts import FakeAutoScaling, FakeSsm
from tests.unit.atoms.fake_services import FakeCloudWatch, FakeEcs, FakeRds, FakeSecrets, FakeWeb
from tests.unit.atoms.faults import client_error, lost_answer
from tests.unit.atoms.places import GROUP, HOST, TOPIC

__all__ = ["GROUP", "HOST", "NOW", "TOPIC", "FakeAws", "client_error", "lost_answer"]

NOW = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)
DISPATCH = Dispatch(
    id="d1",
    fence=7,
    object=f"123456789012/us-east-1/host/{HOST}",
    tier="P1",
    root_id="e1",
    hops=2,
    fences={f"123456789012/us-east-1/host/{HOST}": 7},
)


class FakeEc2(FakeVolumes):
    """Instances by id. A started one stays pending until `boot`, as on AWS."""

    def __init__(self) -> None:
        super().__init__()
        self.filters_ids = True
        self.states: dict[str, str] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.reasons: dict[str, str] = {}
        self.requests: list[str] = []
        self.queries: list[dict[str, Any]] = []
        self.snapshots: dict[str, dict[str, Any]] = {}

    def add(self, instance_id: str, state: str, **tags: str) -> None:
        self.states[instance_id] = state
        self.tags[instance_id] = tags

    def start_instances(self, InstanceIds: list[str]) -> dict[str, Any]:
        self.requests.append("StartInstances")
        return {"StartingInstances": [self._turn(one, "StartInstances", "pending", "running") for one in InstanceIds]}

    def stop_instances(self, InstanceIds: list[str]) -> dict[str, Any]:
        self.requests.append("StopInstances")
        return {"StoppingInstances": [self._turn(one, "StopInstances", "stopping", "stopped") for one in InstanceIds]}

    def state(self) -> object:
        return [self.states, self.tags, self.snapshots, self.volumes]

    def terminate_instances(self, InstanceIds: list[str]) -> dict[str, Any]:
        self.requests.append("TerminateInstances")
        for one in InstanceIds:
            self._require(one, "TerminateInstances")
        before = {one: self.states[one] for one in InstanceIds}
        self.states |= {one: "shutting-down" for one, state in before.items() if state != "terminated"}
        return {
            "TerminatingInstances": [
                {"InstanceId": one, "PreviousState": {"Name": state}, "CurrentState": {"Name": self.states[one]}}
                for one, state in before.items()
            ]
        }

    def create_tags(self, Resources: list[str], Tags: list[dict[str, str]]) -> None:
        self.requests.append("CreateTags")
        for one in Resources:
            self.tags[one] |= {tag["Key"]: tag["Value"] for tag in Tags}

    def create_snapshots(
        self, Description: str, InstanceSpecification: dict[str, Any], TagSpecifications: list[dict[str, Any]]
    ) -> dict[str, Any]:
        self.requests.append("CreateSnapshots")
        self._require(InstanceSpecification["InstanceId"], "CreateSnapshots")
        name = f"snap-{len(self.snapshots):x}"
        self.snapshots[name] = {"SnapshotId": name, "State": "pending", "Tags": TagSpecifications[0]["Tags"]}
        return {"Snapshots": [self.snapshots[name]]}

    def describe_snapshots(
        self,
        SnapshotIds: list[str] | None = None,
        OwnerIds: list[str] | None = None,
        Filters: list[dict[str, Any]] | None = None,
    ) -> dict[str, Any]:
        keys = [value for one in Filters or [] for value in one["Values"]]
        found = [
            one
            for name, one in self.snapshots.items()
            if (SnapshotIds is None or name in SnapshotIds) and (not keys or one["Tags"][0]["Value"] in keys)
        ]
        return {"Snapshots": found}

    def reboot_instances(self, InstanceIds: list[str]) -> dict[str, Any]:
        self.requests.append("RebootInstances")
        for one in InstanceIds:
            self._require(one, "RebootInstances")
            if self.states[one] != "running":
                raise client_error("IncorrectState", "RebootInstances")
        return {}

    def describe_instances(self, InstanceIds: list[str]) -> dict[str, Any]:
        for one in InstanceIds:
            self._require(one, "DescribeInstances")
        return {"Reservations": [{"Instances": [self._describe(one)]} for one in InstanceIds]}

    def get_paginator(self, operation: str) -> "FakeEc2":
        assert operation == "describe_instances"
        return self

    def paginate(self, **query: Any) -> Iterator[dict[str, Any]]:
        self.queries.append(query)
        filters = {one["Name"]: one["Values"] for one in query.get("Filters", [])}
        ids = filters.pop("instance-id", None)
        wanted = {name.removeprefix("tag:"): values[0] for name, values in filters.items()}
        for one in query.get("InstanceIds", sorted(self.states, reverse=True)):
            self._require(one, "DescribeInstances")
            if (ids is None or one in ids or not self.filters_ids) and wanted.items() <= self.tags[one].items():
                yield {"Reservations": [{"Instances": [self._describe(one)]}]}

    def _turn(self, one: str, operation: str, passing: str, reached: str) -> dict[str, Any]:
        self._require(one, operation)
        before = self.states[one]
        if before in {"shutting-down", "terminated"}:
            raise client_error("IncorrectInstanceState", operation)
        if before not in {passing, reached}:
            self.states[one] = passing
        return {"InstanceId": one, "PreviousState": {"Name": before}, "CurrentState": {"Name": self.states[one]}}

    def _require(self, one: str, operation: str) -> None:
        if one not in self.states:
            raise client_error("InvalidInstanceID.NotFound", operation)

    def _describe(self, one: str) -> dict[str, Any]:
        reason = {"StateReason": {"Message": self.reasons[one]}} if one in self.reasons else {}
        return {
            "InstanceId": one,
            "State": {"Name": self.states[one]},
            "Tags": [{"Key": key, "Value": value} for key, value in self.tags[one].items()],
            "Placement": {"AvailabilityZone": "us-east-1b"},
            **reason,
        }


class FakeSns:
    def __init__(self) -> None:
        self.sent: list[dict[str, str]] = []

    def publish(self, **message: str) -> dict[str, str]:
        self.sent.append(message)
        return {"MessageId": f"m{len(self.sent)}"}


class Faulty:
    """A client one of whose operations raises once, after having done its work if `commits`."""

    def __init__(self, client: Any, operation: str, error: Exception, *, commits: bool) -> None:
        self._client, self._operation, self._error, self._commits = client, operation, error, commits
        self.raised = False

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        return self._fail_once(method) if name == self._operation and not self.raised else method

    def _fail_once(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def fail(*args: Any, **kwargs: Any) -> Any:
            self.raised = True
            if self._commits:
                method(*args, **kwargs)
            raise self._error

        return fail


class FakeAws:
    """The clients, and what an atom emitted through the context made here."""

    def __init__(self) -> None:
        self.ec2, self.elb, self.sns = FakeEc2(), FakeElb(), FakeSns()
        self.autoscaling, self.ssm, self.ecs, self.rds = FakeAutoScaling(), FakeSsm(), FakeEcs(), FakeRds()
        self.cloudwatch, self.secrets, self.web = FakeCloudWatch(), FakeSecrets(), FakeWeb()
        self.acm = FakeAcm()
        self.services: dict[str, Any] = {
            "acm": self.acm,
            "autoscaling": self.autoscaling,
            "cloudwatch": self.cloudwatch,
            "ec2": self.ec2,
            "ecs": self.ecs,
            "elbv2": self.elb,
            "rds": self.rds,
            "secretsmanager": self.secrets,
            "sns": self.sns,
            "ssm": self.ssm,
        }
        self.worlds = (
            self.ec2,
            self.elb,
            self.autoscaling,
            self.ssm,
            self.ecs,
            self.rds,
            self.cloudwatch,
            self.acm,
            self.secrets,
        )
        self.emitted: list[Change] = []
        self.published: list[Change] = []
        self.acted = False

    def get(self, service: str) -> Any:
        return self.services[service]

    def break_once(self, service: str, operation: str, error: Exception, *, commits: bool = False) -> None:
        self.services[service] = Faulty(self.services[service], operation, error, commits=commits)

    def snapshot(self) -> object:
        """What the world looks like, not how it came to."""
        return deepcopy([one.state() for one in self.worlds])

    def run(self, atom: AnyAtom, **given: Any) -> dict[str, Any]:
        """Run an atom as its function does."""
        return self._run(atom, given, dry_run=False)

    def dry_run(self, atom: AnyAtom, **given: Any) -> dict[str, Any]:
        """Run it as its function does when asked what it would do."""
        return self._run(atom, given, dry_run=True)

    def _run(self, atom: AnyAtom, given: dict[str, Any], *, dry_run: bool) -> dict[str, Any]:
        context = Context(
            clients=DryClients(self) if dry_run else self,
            dispatch=DISPATCH,
            step="step",
            emit=self.emitted.append,
            remaining_ms=lambda: 30_000,
            now=lambda: NOW,
            http=DryHttp() if dry_run else self.web,
            dry_run=dry_run,
        )
        surroundings = Surroundings(
            context=context,
            publish=lambda: self.published.extend(self.emitted),
            translate=translate_fault,
            acted=lambda: self.acted,
        )
        return run_atom(atom, Call(input=given, dispatch=DISPATCH, step="step", dry_run=dry_run), surroundings)
