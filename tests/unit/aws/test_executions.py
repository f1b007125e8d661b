"""Step Functions behind the port: names, answers and what events say."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.aws.executions import Place, StepFunctions, read_execution
from chalicelib.control.model import Execution, ExecutionStatus
from chalicelib.control.ports import Start
from tests.builders import HOST

PLACE = Place("aws", "eu-west-1", "111122223333", "dev")


class StatesClient:
    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.requests: list[dict[str, Any]] = []

    def get(self, service: str) -> "StatesClient":
        assert service == "stepfunctions"
        return self

    def _call(self, **request: Any) -> Any:
        self.requests.append(request)
        if isinstance(self.answer, str):
            raise ClientError({"Error": {"Code": self.answer, "Message": ""}}, "x")
        return self.answer

    start_execution = describe_execution = stop_execution = _call


def test_an_execution_is_started_under_its_name_on_the_workflows_machine() -> None:
    client = StatesClient({})
    assert StepFunctions(client, PLACE).start("ec2.reboot", "d-1", {"b": 1, "a": 2}) is Start.STARTED
    assert client.requests == [
        {
            "stateMachineArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:interlock-dev-ec2-reboot",
            "name": "d-1",
            "input": '{"a":2,"b":1}',
        }
    ]


def test_whoever_was_throttled_asks_for_no_start_for_a_moment() -> None:
    now = [10.0]
    client = StatesClient("ThrottlingException")
    engine = StepFunctions(client, PLACE, rest_s=2, tell=lambda: now[0])
    assert engine.start("w", "a", {}) is Start.THROTTLED
    client.answer = {}
    now[0] += 1.9
    assert (engine.start("w", "b", {}), len(client.requests)) == (Start.THROTTLED, 1)
    now[0] += 0.2
    assert (engine.start("w", "b", {}), len(client.requests)) == (Start.STARTED, 2)


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("ExecutionAlreadyExists", Start.NAME_TAKEN),
        ("ThrottlingException", Start.THROTTLED),
        ("ExecutionLimitExceeded", Start.THROTTLED),
        ("StateMachineDoesNotExist", Start.REFUSED),
        ("StateMachineDeleting", Start.REFUSED),
        ("AccessDeniedException", Start.REFUSED),
    ],
)
def test_each_refusal_has_its_meaning(code: str, answer: Start) -> None:
    assert StepFunctions(StatesClient(code), PLACE).start("w", "d", {}) is answer


def test_a_fault_that_leaves_the_start_unknown_is_raised() -> None:
    with pytest.raises(ClientError):
        StepFunctions(StatesClient("InternalServerError"), PLACE).start("w", "d", {})


def test_an_execution_that_is_not_known_is_none_and_not_an_error() -> None:
    assert StepFunctions(StatesClient("ExecutionDoesNotExist"), PLACE).describe("w", "d") is None
    with pytest.raises(ClientError):
        StepFunctions(StatesClient("AccessDeniedException"), PLACE).describe("w", "d")


def test_stopping_says_why() -> None:
    client = StatesClient({})
    StepFunctions(client, PLACE).stop("w", "d", "replaced")
    assert client.requests[0]["cause"] == "replaced"
    assert client.requests[0]["executionArn"].endswith("execution:interlock-dev-w:d")


@pytest.mark.parametrize(
    ("detail", "execution"),
    [
        ({"status": "RUNNING", "input": "{}"}, Execution(ExecutionStatus.RUNNING)),
        ({"status": "FAILED", "error": "NotYet", "cause": "c"}, Execution(ExecutionStatus.FAILED, "NotYet", "c")),
        (
            {"status": "FAILED", "error": None, "input": json.dumps({"retired": True})},
            Execution(ExecutionStatus.FAILED, retired=True),
        ),
        ({"status": "RUNNING", "redriveCount": 1}, Execution(ExecutionStatus.RUNNING, redriven=True)),
        ({"status": "SUCCEEDED", "input": "not json"}, Execution(ExecutionStatus.SUCCEEDED)),
        ({"status": "SUCCEEDED", "input": "[1]"}, Execution(ExecutionStatus.SUCCEEDED)),
        (
            {"status": "SUCCEEDED", "input": json.dumps({"dispatch": {"object": str(HOST)}})},
            Execution(ExecutionStatus.SUCCEEDED, about=HOST),
        ),
        (
            {"status": "SUCCEEDED", "input": json.dumps({"dispatch": {"object": ""}})},
            Execution(ExecutionStatus.SUCCEEDED),
        ),
        ({"status": "SUCCEEDED", "input": json.dumps({"dispatch": 1})}, Execution(ExecutionStatus.SUCCEEDED)),
    ],
)
def test_events_and_descriptions_are_read_alike(detail: dict[str, Any], execution: Execution) -> None:
    assert read_execution(detail) == execution
