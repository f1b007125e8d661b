"""The workflow engine: Step Functions, by logical workflow names."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from chalicelib.aws.history import list_history, read_history_event
from chalicelib.aws.ports import Clients
from chalicelib.catalog.names import execution_arn, machine_arn
from chalicelib.control.model import Execution, ExecutionStatus, HistoryEvent
from chalicelib.control.ports import Start
from chalicelib.errors import MalformedObjectId, StoreUnavailable
from chalicelib.identity import Home, ObjectId, parse_object_id

_THROTTLED = {"ThrottlingException", "ExecutionLimitExceeded", "TooManyRequestsException"}
REST_S = 2
"""Seconds for which a process that was throttled asks for no start: what it has goes to the queue of starts at once."""
_TASK_OVER = {"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"}
_REFUSED = {"StateMachineDoesNotExist", "StateMachineDeleting", "AccessDeniedException", "InvalidArn"}


class Place(NamedTuple):
    """Where the machines are: everything an ARN needs besides the workflow's name."""

    partition: str
    region: str
    account: str
    stage: str

    def machine_arn(self, workflow: str) -> str:
        """Give the ARN of a workflow's state machine."""
        return machine_arn(self.partition, self.region, self.account, self.stage, workflow)

    def execution_arn(self, workflow: str, name: str) -> str:
        """Give the ARN of one execution."""
        return execution_arn(self.partition, self.region, self.account, self.stage, workflow, name)


class StepFunctions:
    """Executions in one account and region."""

    def __init__(
        self, clients: Clients, place: Place, rest_s: float = REST_S, tell: Callable[[], float] = time.monotonic
    ) -> None:
        """Rest from starts for `rest_s` after one was throttled, by the seconds that `tell` gives."""
        self._clients = clients
        self._place = place
        self._rest_s, self._tell = rest_s, tell
        self._rests_until = 0.0

    def start(self, workflow: str, name: str, execution_input: Mapping[str, Any]) -> Start:
        """Start one execution under its name; the same name never starts twice."""
        if self._tell() < self._rests_until:
            return Start.THROTTLED
        try:
            self._clients.get("stepfunctions").start_execution(
                stateMachineArn=self._place.machine_arn(workflow),
                name=name,
                input=json.dumps(execution_input, sort_keys=True, separators=(",", ":")),
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "ExecutionAlreadyExists":
                return Start.NAME_TAKEN
            if code in _THROTTLED:
                self._rests_until = self._tell() + self._rest_s
                return Start.THROTTLED
            if code in _REFUSED:
                return Start.REFUSED
            raise
        return Start.STARTED

    def describe(self, workflow: str, name: str) -> Execution | None:
        """Say how an execution stands, None if there is none of that name. Raises StoreUnavailable."""
        try:
            found = self._clients.get("stepfunctions").describe_execution(
                executionArn=self._place.execution_arn(workflow, name)
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ExecutionDoesNotExist":
                return None
            raise
        if "status" not in found:
            raise StoreUnavailable(cause="the answer of Step Functions was cut short")
        return read_execution(found)

    def read_history(self, workflow: str, name: str) -> tuple[HistoryEvent, ...]:
        """Give everything that an execution has gone through, oldest first."""
        client, arn = self._clients.get("stepfunctions"), self._place.execution_arn(workflow, name)
        return tuple(read_history_event(event) for event in list_history(client, arn, data=True))

    def stop(self, workflow: str, name: str, cause: str) -> bool:
        """End a running execution; one that is over is no error. False if there is none of that name (yet)."""
        try:
            self._clients.get("stepfunctions").stop_execution(
                executionArn=self._place.execution_arn(workflow, name), error="Interlock.Stopped", cause=cause
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ExecutionDoesNotExist":
                return False
            raise
        return True

    def answer_task(self, token: str, result: Mapping[str, Any]) -> bool:
        """Let the task that waits for a token go on; False if it does not wait any more."""
        output = json.dumps(result, sort_keys=True, separators=(",", ":"))
        return self._answer(
            lambda: self._clients.get("stepfunctions").send_task_success(taskToken=token, output=output)
        )

    def fail_task(self, token: str, error: str, cause: str) -> bool:
        """Let it fail; False if it does not wait any more."""
        client = self._clients.get("stepfunctions")
        return self._answer(lambda: client.send_task_failure(taskToken=token, error=error, cause=cause))

    def _answer(self, call: Callable[[], object]) -> bool:
        try:
            call()
        except ClientError as error:
            if error.response["Error"]["Code"] in _TASK_OVER:
                return False
            raise
        return True


def read_execution(found: Mapping[str, Any]) -> Execution:
    """Read what DescribeExecution answers, or the detail of an Execution Status Change event: their fields agree."""
    given = _read_input(found.get("input"))
    return Execution(
        status=ExecutionStatus(found["status"]),
        error=found.get("error") or "",
        cause=found.get("cause") or "",
        retired=given.get("retired") is True,
        redriven=bool(found.get("redriveCount")),
        about=_find_object(given.get("dispatch")),
    )


def _read_input(text: str | None) -> Mapping[str, Any]:
    """Large inputs are left out of events; a retired one is as large as its reservation's, so a miss is possible.

    Settle then falls back on the error name of the guard, and on what the dispatch's row says of its object.
    """
    try:
        given = json.loads(text) if text else {}
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _find_object(dispatch: object) -> ObjectId | None:
    about = dispatch.get("object") if isinstance(dispatch, dict) else None
    try:
        return parse_object_id(about, Home("", "")) if isinstance(about, str) else None
    except MalformedObjectId:
        return None
