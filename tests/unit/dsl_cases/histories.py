"""Histories of executions as Step Functions gives them, written by hand after its API reference."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from dsl.cases.record import Recording

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
ARN = "arn:aws:states:eu-west-1:123456789012:execution:interlock-dev-look:d1"


class History:
    """Adds events one after the other."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.at = START

    def add(self, kind: str, details: dict[str, Any] | None = None, after: int | None = None) -> int:
        """Add an event behind the last one, or behind another, and give its id."""
        name = {"TaskStateEntered": "stateEntered", "TaskStateExited": "stateExited"}.get(
            kind, kind[0].lower() + kind[1:]
        )
        event = {
            "id": len(self.events) + 1,
            "previousEventId": len(self.events) if after is None else after,
            "timestamp": self.at,
            "type": kind,
            f"{name}EventDetails": details or {},
        }
        self.events.append(event)
        return len(self.events)

    def enter(self, state: str, after: int | None = None) -> int:
        """Enter a task state."""
        return self.add("TaskStateEntered", {"name": state, "input": "{}"}, after)

    def leave(self, state: str, output: Any) -> int:
        """Leave a task state."""
        return self.add("TaskStateExited", {"name": state, "output": json.dumps(output)})

    def schedule(self, step: str, given: Any, after: int | None = None) -> int:
        """Call a function."""
        parameters = {"FunctionName": "f", "Payload": {"step": step, "input": given, "dispatch": {}}}
        about = {"resourceType": "lambda", "resource": "invoke", "region": "eu-west-1"}
        self.add("TaskScheduled", {**about, "parameters": json.dumps(parameters)}, after)
        return self.add("TaskStarted", {"resourceType": "lambda", "resource": "invoke"})

    def succeed(self, value: Any, seconds: float = 0, after: int | None = None) -> int:
        """Let a call give a value."""
        self.at += timedelta(seconds=seconds)
        output = json.dumps({"ExecutedVersion": "$LATEST", "Payload": value, "StatusCode": 200})
        return self.add("TaskSucceeded", {"resourceType": "lambda", "resource": "invoke", "output": output}, after)

    def fail(self, error: str, cause: str, seconds: float = 0) -> int:
        """Let a call fail as Lambda lets it."""
        self.at += timedelta(seconds=seconds)
        words = json.dumps({"errorMessage": cause, "errorType": error, "stackTrace": []})
        return self.add("TaskFailed", {"resourceType": "lambda", "resource": "invoke", "error": error, "cause": words})

    def end(self, output: Any = None, error: str | None = None, status: str = "", **given: Any) -> Recording:
        """Give what would be read of it."""
        told = {"output": json.dumps(output)} if error is None else {"error": error, "cause": "told"}
        content = {"input": given or {"host": "i-1"}, "dispatch": {"object": "h/i-1", "tier": "P1"}, "retired": False}
        description = {
            "executionArn": ARN,
            "stateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:interlock-dev-look",
            "name": "d1",
            "status": status or ("FAILED" if error else "SUCCEEDED"),
            "input": json.dumps(content),
            **told,
        }
        return Recording(description, tuple(self.events))


class Client:
    """Answers as Step Functions does, one event a page; `children` are those of its one map run."""

    def __init__(self, recording: Recording, children: tuple[Recording, ...] = ()) -> None:
        self.by_arn = {ARN: recording, **{f"{ARN}-{index}": one for index, one in enumerate(children)}}

    def describe_execution(self, executionArn: str) -> Any:  # noqa: N803 - AWS's own names
        return self.by_arn[executionArn].description

    def get_execution_history(self, executionArn: str, maxResults: int, nextToken: str = "0") -> Any:  # noqa: N803
        events = self.by_arn[executionArn].events
        at = int(nextToken)
        return {"events": [events[at]], **({"nextToken": str(at + 1)} if at + 1 < min(len(events), maxResults) else {})}

    def list_executions(self, mapRunArn: str) -> Any:  # noqa: N803
        assert mapRunArn == "run"
        return {"executions": [{"executionArn": arn} for arn in list(self.by_arn)[1:]]}


def retried() -> Recording:
    """Two attempts that are throttled, one that gives something, then a second task."""
    history = History()
    history.add("ExecutionStarted", after=0)
    before = history.enter("look")
    for _ in range(2):
        history.schedule("look", {"host": "i-1"}, before)
        before = history.fail("Throttled", "slow down", seconds=2)
    history.schedule("look", {"host": "i-1"}, before)
    history.succeed({"healthy": True})
    history.leave("look", {})
    history.enter("open")
    history.schedule("open", {"host": "i-1"})
    history.succeed({"token": "t"}, seconds=65)
    history.leave("open", {})
    return history.end({"done": True})


def without_arguments() -> Recording:
    """As MiniStack 1.5.33 tells it: no arguments, no event before, and no start of a call."""
    events: list[dict[str, Any]] = []
    for event in retried().events:
        if event["type"] != "TaskStarted":
            kept = {name: one for name, one in event.items() if name != "previousEventId"}
            if event["type"] == "TaskScheduled":
                kept["taskScheduledEventDetails"] = {
                    "resourceType": "lambda",
                    "resource": "arn:aws:states:::lambda:invoke",
                }
            events.append({**kept, "id": len(events) + 1})
    return Recording(retried().description, tuple(events))
