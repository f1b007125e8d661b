import json
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.executions import Place, StepFunctions
from chalicelib.aws.timelines import ExecutionTimelines

PLACE = Place("aws", "eu-west-1", "1", "dev")
AT = datetime(2026, 1, 1, tzinfo=UTC)


class Pages:
    """Step Functions that answers page by page."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        self.pages = list(pages)
        self.asked: list[dict[str, Any]] = []

    def get(self, _service: str) -> "Pages":
        return self

    def get_execution_history(self, **request: Any) -> dict[str, Any]:
        self.asked.append(dict(request))
        if not self.pages:
            raise ClientError({"Error": {"Code": "ExecutionDoesNotExist", "Message": ""}}, "GetExecutionHistory")
        return self.pages.pop(0)


def test_every_page_is_read_without_data_and_each_event_is_understood() -> None:
    entered = {"id": 2, "previousEventId": 1, "type": "TaskStateEntered", "timestamp": AT, "stateEnteredEventDetails": {"name": "drain"}}  # fmt: skip
    failed = {"id": 3, "previousEventId": 2, "type": "TaskFailed", "timestamp": AT, "taskFailedEventDetails": {"error": "Boom", "cause": "x" * 5000, "resource": "r"}}  # fmt: skip
    began = {"id": 1, "type": "ExecutionStarted", "timestamp": AT, "executionStartedEventDetails": {}}
    client: Any = Pages({"events": [began, entered], "nextToken": "t"}, {"events": [failed]})
    first, second, third = ExecutionTimelines(client, PLACE).read("host_reboot", "d") or ()
    assert (first.previous, second.state, third.error, len(third.cause)) == (0, "drain", "Boom", 1000)
    assert [one.get("nextToken") for one in client.asked] == [None, "t"]
    assert client.asked[0]["includeExecutionData"] is False


def test_what_undo_reads_of_it_has_the_data_of_every_page() -> None:
    entered = {"id": 2, "previousEventId": 1, "type": "TaskStateEntered", "timestamp": AT, "stateEnteredEventDetails": {"name": "drain", "input": "[7]"}}  # fmt: skip
    client: Any = Pages({"events": [{"id": 1, "type": "ExecutionStarted"}], "nextToken": "t"}, {"events": [entered]})
    first, second = StepFunctions(client, PLACE).read_history("host_reboot", "d")
    assert (first.id, second.previous, second.kind, second.state, second.data) == (1, 1, "entered", "drain", [7])
    assert [(one.get("nextToken"), one["includeExecutionData"]) for one in client.asked] == [(None, True), ("t", True)]


def test_no_execution_is_no_history() -> None:
    client: Any = Pages()
    assert ExecutionTimelines(client, PLACE).read("host_reboot", "d") is None


def test_a_functions_exception_is_told_without_its_stack_trace() -> None:
    cause = json.dumps({"errorMessage": "no such host", "errorType": "NotFound", "stackTrace": ["secret.py"]})
    event = {
        "id": 1,
        "type": "TaskFailed",
        "timestamp": AT,
        "taskFailedEventDetails": {"error": "NotFound", "cause": cause},
    }
    client: Any = Pages({"events": [event]})
    (found,) = ExecutionTimelines(client, PLACE).read("host_reboot", "d") or ()
    assert (found.error, found.cause) == ("NotFound", "no such host")
