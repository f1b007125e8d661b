# ruff: noqa: N803 - the arguments are botocore's
"""AWS in memory, as far as the first atoms need it, raising botocore's own errors."""

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib.atoms.contract import Change, Context, Dispatch
from chalicelib.atoms.invocation import Call, Surroundings, run_atom
from chalicelib.atoms.registry import AnyAtom
from chalicelib.aws.faults import translate_fault

HOST = "i-0ab1"
GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/73e2d6bc24d8a067"
TOPIC = "arn:aws:sns:us-east-1:123456789012:oncall"
DISPATCH = Dispatch(
    id="d1",
    fence=7,
    object=f"123456789012/us-east-1/host/{HOST}",
    tier="P1",
    root_id="e1",
    hops=2,
    fences={f"123456789012/us-east-1/host/{HOST}": 7},
)


def client_error(code: str, operation: str = "AnyOperation", status: int = 400) -> ClientError:
    answer: Any = {
        "Error": {"Code": code, "Message": f"{code} happened"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, operation)


def lost_answer() -> ReadTimeoutError:
    return ReadTimeoutError(endpoint_url="https://aws.example")


class FakeEc2:
    """Instances by id. A started one stays pending until `boot`, as on AWS."""

    def __init__(self) -> None:
        self.states: dict[str, str] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.reasons: dict[str, str] = {}
        self.requests: list[str] = []
        self.queries: list[dict[str, Any]] = []

    def add(self, instance_id: str, state: str, **tags: str) -> None:
        self.states[instance_id] = state
        self.tags[instance_id] = tags

    def start_instances(self, InstanceIds: list[str]) -> dict[str, Any]:
        self.requests.append("StartInstances")
        return {"StartingInstances": [self._turn(one, "StartInstances", "pending", "running") for one in InstanceIds]}

    def stop_instances(self, InstanceIds: list[str]) -> dict[str, Any]:
        self.requests.append("StopInstances")
        return {"StoppingInstances": [self._turn(one, "StopInstances", "stopping", "stopped") for one in InstanceIds]}

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
        wanted = {one["Name"].removeprefix("tag:"): one["Values"][0] for one in query.get("Filters", [])}
        for one in query.get("InstanceIds", sorted(self.states, reverse=True)):
            self._require(one, "DescribeInstances")
            if wanted.items() <= self.tags[one].items():
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


class FakeElb:
    """One target group on port 80: health state by instance and port."""

    def __init__(self) -> None:
        self.port: int | None = 80
        self.targets: dict[tuple[str, int], str] = {}
        self.requests: list[str] = []
        self.visible = True

    def describe_target_groups(self, TargetGroupArns: list[str]) -> dict[str, Any]:
        self._require(TargetGroupArns[0], "DescribeTargetGroups")
        return {"TargetGroups": [{"TargetGroupArn": GROUP} | ({"Port": self.port} if self.port else {})]}

    def describe_target_health(self, TargetGroupArn: str) -> dict[str, Any]:
        self._require(TargetGroupArn, "DescribeTargetHealth")
        return {
            "TargetHealthDescriptions": [
                {"Target": {"Id": instance, "Port": port}, "TargetHealth": {"State": state}}
                for (instance, port), state in self.targets.items()
            ],
        }

    def register_targets(self, TargetGroupArn: str, Targets: list[dict[str, Any]]) -> dict[str, Any]:
        self._require(TargetGroupArn, "RegisterTargets")
        self.requests.append("RegisterTargets")
        for one in Targets if self.visible else []:
            self.targets[one["Id"], one["Port"]] = "initial"
        return {}

    def deregister_targets(self, TargetGroupArn: str, Targets: list[dict[str, Any]]) -> dict[str, Any]:
        self._require(TargetGroupArn, "DeregisterTargets")
        self.requests.append("DeregisterTargets")
        for one in Targets if self.visible else []:
            self.targets[one["Id"], one["Port"]] = "draining"
        return {}

    def _require(self, arn: str, operation: str) -> None:
        if arn != GROUP:
            raise client_error("TargetGroupNotFound", operation)


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
        self.services: dict[str, Any] = {"ec2": self.ec2, "elbv2": self.elb, "sns": self.sns}
        self.emitted: list[Change] = []
        self.published: list[Change] = []
        self.acted = False

    def get(self, service: str) -> Any:
        return self.services[service]

    def break_once(self, service: str, operation: str, error: Exception, *, commits: bool = False) -> None:
        self.services[service] = Faulty(self.services[service], operation, error, commits=commits)

    def snapshot(self) -> object:
        """What the world looks like, not how it came to."""
        return dict(self.ec2.states), dict(self.elb.targets)

    def run(self, atom: AnyAtom, **given: Any) -> dict[str, Any]:
        """Run an atom as its function does."""
        context = Context(
            clients=self,
            dispatch=DISPATCH,
            step="step",
            emit=self.emitted.append,
            remaining_ms=lambda: 30_000,
        )
        surroundings = Surroundings(
            context=context,
            publish=lambda: self.published.extend(self.emitted),
            translate=translate_fault,
            acted=lambda: self.acted,
        )
        return run_atom(atom, Call(input=given, dispatch=DISPATCH, step="step"), surroundings)
