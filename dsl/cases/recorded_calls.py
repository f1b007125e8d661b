"""The calls of an execution, read from its history: what each was given, and what it gave or raised."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

Json = Mapping[str, Any]

_SCHEDULED = "TaskScheduled"
_FAILED = {
    "TaskFailed": "taskFailedEventDetails",
    "TaskTimedOut": "taskTimedOutEventDetails",
    "TaskStartFailed": "taskStartFailedEventDetails",
    "TaskSubmitFailed": "taskSubmitFailedEventDetails",
}
_ON_THE_WAY = {"TaskStarted", "TaskSubmitted", *_FAILED}


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One attempt of a task. `unknown` if the history does not say what came of it."""

    step: str
    given: Any
    at: datetime
    seconds: float = 0
    returned: Any = None
    error: str | None = None
    cause: str = ""
    unknown: bool = False
    heartbeat_s: int | None = None
    """How long its state waits for a sign of life."""


def read_calls(events: tuple[Json, ...]) -> Iterator[RecordedCall]:
    """Read each attempt from TaskScheduled to what ended it, in the order in which they ended."""
    by_id = {event["id"]: event for event in events}
    for event in events:
        kind = event["type"]
        if kind != "TaskSucceeded" and kind not in _FAILED:
            continue
        scheduled = _find_scheduled(event, by_id)
        if scheduled is None:
            continue
        step, given = _read_arguments(scheduled)
        details = scheduled["taskScheduledEventDetails"]
        is_function = details.get("resourceType") == "lambda"
        seconds = (event["timestamp"] - scheduled["timestamp"]).total_seconds()
        name = step or _name_state(scheduled, by_id)
        beats = details.get("heartbeatInSeconds")
        call = RecordedCall(name, given, scheduled["timestamp"], seconds, heartbeat_s=beats)
        yield _end(call, event, is_function=is_function)


def tells_arguments(events: tuple[Json, ...]) -> bool:
    """Whether the history says what each call was given, as AWS's does."""
    scheduled = (event["taskScheduledEventDetails"] for event in events if event["type"] == _SCHEDULED)
    return all("parameters" in one for one in scheduled)


def _find_scheduled(event: Json, by_id: Mapping[int, Json]) -> Json | None:
    """Follow the events of one attempt back to where it was scheduled."""
    found: Json | None = by_id.get(_previous(event))
    while found is not None and found["type"] in _ON_THE_WAY and found["type"] not in _FAILED:
        found = by_id.get(_previous(found))
    return found if found is not None and found["type"] == _SCHEDULED else None


def _name_state(event: Json, by_id: Mapping[int, Json]) -> str:
    """Name the state that an event happened in: attempts before it lie between."""
    found: Json | None = event
    while found is not None and "stateEnteredEventDetails" not in found:
        found = by_id.get(_previous(found))
    return str(found["stateEnteredEventDetails"]["name"]) if found is not None else "unknown"


def _previous(event: Json) -> int:
    """Give the event that led to this one: the one before it where the history does not say."""
    before: int = event.get("previousEventId", event["id"] - 1)
    return before


def _read_arguments(scheduled: Json) -> tuple[str | None, Any]:
    """Give the step that a function is called by and its input; people are asked by `ask`."""
    arguments = json.loads(scheduled["taskScheduledEventDetails"].get("parameters", "null"))
    payload = arguments.get("Payload") if isinstance(arguments, Mapping) else None
    if not isinstance(payload, Mapping):
        return None, arguments
    return payload.get("step"), payload.get("input", payload.get("ask"))


def _end(call: RecordedCall, event: Json, *, is_function: bool) -> RecordedCall:
    if event["type"] == "TaskSucceeded":
        details = event.get("taskSucceededEventDetails", {})
        if "output" not in details or details.get("outputDetails", {}).get("truncated"):
            return replace(call, unknown=True)
        output = json.loads(details["output"])
        return replace(call, returned=_unwrap(output) if is_function else output)
    details = event.get(_FAILED[event["type"]], {})
    return replace(call, error=details.get("error") or "States.TaskFailed", cause=_read_cause(details.get("cause", "")))


def _unwrap(output: Any) -> Any:
    """Give what a function gave, without what Lambda's integration puts around it."""
    return output["Payload"] if isinstance(output, Mapping) and "Payload" in output else output


def _read_cause(cause: str) -> str:
    """Give the message: Lambda hands a function's error on as JSON."""
    try:
        read = json.loads(cause)
    except ValueError:
        return cause
    return str(read.get("errorMessage", cause)) if isinstance(read, Mapping) else cause
