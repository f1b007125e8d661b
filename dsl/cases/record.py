"""A case from a real execution: what it was given, what each call gave, and the way it went.

Read is what Step Functions says of an execution (DescribeExecution) and its history (GetExecutionHistory), both as
botocore gives them.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from dsl.cases.machine import Machine, name_step
from dsl.cases.recorded_calls import RecordedCall, read_calls, tells_arguments
from dsl.cases.run import list_undone, run_suite
from dsl.cases.suite import Suite
from dsl.durations import format_duration

Json = Mapping[str, Any]
TIMED_OUT = "States.Timeout"
_ENDED = ("SUCCEEDED", "FAILED", "TIMED_OUT")


@dataclass(frozen=True, slots=True)
class Recording:
    """An execution as Step Functions tells of it, with the children of its distributed maps."""

    description: Json
    events: tuple[Json, ...]
    children: tuple["Recording", ...] = ()


@dataclass(slots=True)
class Recorded:
    """A case as plain data, and what the history did not tell."""

    case: dict[str, Any]
    notes: list[str] = field(default_factory=list)


def has_ended(recording: Recording) -> bool:
    """Whether an execution ended by itself: one that runs, or was stopped, shows no whole way."""
    return recording.description["status"] in _ENDED


def record_case(recording: Recording, machine: Machine) -> Recorded:
    """Make the case. A note says what the history does not tell."""
    found = Recorded({"name": f"recorded: {recording.description['name']}"})
    every = list(_list_recordings(recording))
    calls = sorted((call for one in every for call in read_calls(one.events)), key=lambda call: call.at)
    if not all(tells_arguments(one.events) for one in every):
        found.notes.append(
            "This history, like all of the local AWS, does not say what calls were given: those in loops are not told"
            " apart, and those inside branches may be missing."
        )
    if any(call.unknown for call in calls):
        found.notes.append("Of some calls the history does not tell the result: they have no answer here.")
    given = json.loads(recording.description["input"])
    found.case["input"] = given["input"]
    found.case["dispatch"] = {name: given["dispatch"][name] for name in ("object", "tier")}
    found.case["answers"] = _write_answers(calls)
    entered = sorted(
        (event for one in every for event in one.events if _entered(event)), key=lambda one: one["timestamp"]
    )
    found.case["expect"] = _write_expectation(
        recording.description, [_entered(event) or "" for event in entered], machine
    )
    return found


def settle_path(recorded: Recorded, suite: Suite) -> list[str]:
    """Rehearse the case, and put the way into the order of virtual time where branches ran beside each other.

    Gives what still differs, in words: the workflow is not what it was, or the history is not whole.
    """
    (result,) = run_suite(suite)
    expect = recorded.case["expect"]
    if expect["path"] != result.run.path and sorted(expect["path"]) == sorted(result.run.path):
        expect["path"] = result.run.path
        if "undone" in expect:
            expect["undone"] = list_undone(result.run.path, suite.machine)
    left = [one for one in result.differences if one.what not in {"path", "undone"}]
    if expect["path"] != result.run.path:
        left += [one for one in result.differences if one.what == "path"]
    return [f"{one.what}: recorded {one.expected!r}, rehearsed {one.found!r}" for one in left]


def write_case(recorded: Recorded) -> str:
    """Write a whole cases file around the case."""
    file = {"kind": "cases", "cases": [recorded.case]}
    return yaml.dump(file, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)


class _Plain(yaml.SafeDumper):
    """Writes equal values out: files have no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write each value where it stands."""
        del data
        return True


def _list_recordings(recording: Recording) -> Iterator[Recording]:
    yield recording
    for child in recording.children:
        yield from _list_recordings(child)


def _entered(event: Json) -> str | None:
    details = event.get("stateEnteredEventDetails")
    return details["name"] if details is not None else None


def _write_expectation(description: Json, path: list[str], machine: Machine) -> dict[str, Any]:
    expect: dict[str, Any] = {"path": path}
    if description["status"] == "SUCCEEDED":
        expect["output"] = json.loads(description["output"])
    else:
        expect["error"] = description.get("error") or TIMED_OUT
        if undone := list_undone([state for state in path if state in machine.states], machine):
            expect["undone"] = undone
    return expect


def _write_answers(calls: list[RecordedCall]) -> dict[str, list[dict[str, Any]]]:
    by_step: dict[str, list[RecordedCall]] = {}
    for call in calls:
        if not call.unknown:
            by_step.setdefault(name_step(call.step), []).append(call)
    return {step: list(_answer_step(made)) for step, made in by_step.items()}


def _answer_step(calls: list[RecordedCall]) -> Iterator[dict[str, Any]]:
    """Give the answers of one step; calls with different inputs, as in a loop, are told apart by the fields that differ."""
    inputs: dict[str, list[RecordedCall]] = {}
    for call in calls:
        inputs.setdefault(json.dumps(call.given, sort_keys=True), []).append(call)
    fields = _find_differing([made[0].given for made in inputs.values()])
    for made in inputs.values():
        given = made[0].given
        told = {"given": {name: given[name] for name in fields if name in given}} if isinstance(given, Mapping) else {}
        yield from ({**(told if fields else {}), **answer} for answer in _shorten([_answer(call) for call in made]))


def _find_differing(inputs: list[Any]) -> list[str]:
    if len(inputs) < 2 or not all(isinstance(one, Mapping) for one in inputs):  # noqa: PLR2004 - one differs from none
        return []
    names = dict.fromkeys(name for one in inputs for name in one)
    return [name for name in names if any(one.get(name) != inputs[0].get(name) for one in inputs)]


def _answer(call: RecordedCall) -> dict[str, Any]:
    answer: dict[str, Any] = {"returns": call.returned} if call.error is None else {"raises": call.error}
    if call.error is not None and call.cause:
        answer["cause"] = call.cause
    if call.seconds >= 1:
        answer["takes"] = format_duration(round(call.seconds))
    if call.heartbeat_s is not None and call.seconds > call.heartbeat_s:
        answer["heartbeat"] = format_duration(call.heartbeat_s)
    return answer


def _shorten(answers: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Write equal answers in a row once; the last serves all calls that are left."""
    rows: list[tuple[dict[str, Any], int]] = []
    for answer in answers:
        if rows and rows[-1][0] == answer:
            rows[-1] = (answer, rows[-1][1] + 1)
        else:
            rows.append((answer, 1))
    for index, (answer, times) in enumerate(rows):
        yield {**answer, "times": times} if times > 1 and index < len(rows) - 1 else answer
