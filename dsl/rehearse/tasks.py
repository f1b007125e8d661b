"""Tasks: one call of a function or an integration, its answer, and the two ways of running out of time."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dsl.rehearse.clock import Job, Sleep
from dsl.rehearse.faults import HEARTBEAT, TIMEOUT
from dsl.rehearse.fields import Fields
from dsl.rehearse.model import Call, StateFailed

if TYPE_CHECKING:
    from dsl.rehearse.engine import Engine

MAX_DATA = 262_144
"""Bytes of JSON that a state may take or give."""
_TOO_LARGE = "States.DataLimitExceeded"
_NO_LIMIT_S = 99_999_999
_TOKEN = ".waitForTaskToken"  # noqa: S105 - part of a resource's name
_INVOKE = "states:::lambda:invoke"


def run_task(engine: "Engine", name: str, state: Mapping[str, Any], fields: Fields) -> Job:
    """Call once, and give `$states.result`."""
    resource = state["Resource"]
    context = fields.states["context"]
    if resource.endswith(_TOKEN):
        token = f"token of {name}, attempt {context['State']['RetryCount'] + 1}"
        fields.states["context"] = {**context, "Task": {"Token": token}}
    arguments = fields.read(state.get("Arguments", fields.states["input"]))
    limit = fields.read_count(state.get("TimeoutSeconds", _NO_LIMIT_S))
    heartbeat = fields.read_count(state.get("HeartbeatSeconds", _NO_LIMIT_S))
    call = _make_call(engine, name, resource, arguments, context["State"]["RetryCount"] + 1)
    engine.run.calls.append(call)
    answer = engine.answers(call)
    engine.run.answers.append(answer)
    if answer.beats_s is not None and answer.beats_s <= heartbeat:
        heartbeat = _NO_LIMIT_S
    heard = min(limit, heartbeat)
    if answer.takes_s > heard:
        yield Sleep(heard)
        error = TIMEOUT if limit <= heartbeat else HEARTBEAT
        raise StateFailed(error, f"{name} gave no answer in {heard} s")
    yield Sleep(answer.takes_s)
    if answer.error is not None:
        raise StateFailed(answer.error, answer.cause)
    if len(json.dumps(answer.value, ensure_ascii=False).encode()) > MAX_DATA:
        raise StateFailed(_TOO_LARGE, f"{name} gives more than {MAX_DATA} bytes")
    return _result(resource, answer.value)


def _make_call(engine: "Engine", name: str, resource: str, arguments: Any, attempt: int) -> Call:
    given = arguments if isinstance(arguments, Mapping) else {}
    payload = given.get("Payload")
    inner = payload if isinstance(payload, Mapping) else {}
    return Call(
        step=inner.get("step", name),
        state=name,
        attempt=attempt,
        resource=resource,
        target=given.get("FunctionName"),
        input=inner.get("input", inner.get("ask", arguments)),
        payload=payload if "Payload" in given else arguments,
        at_s=engine.clock.now,
    )


def _result(resource: str, value: Any) -> Any:
    if resource.endswith(_INVOKE):
        return {"ExecutedVersion": "$LATEST", "Payload": value, "StatusCode": 200}
    return value
