"""Run cases on the rehearser, and say where what happened first parts from what was expected."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.catalog.schema import complete_input
from dsl.cases.machine import Machine, find_undone, name_step
from dsl.cases.model import CaseSpec
from dsl.cases.script import Script
from dsl.cases.suite import Suite
from dsl.diagnostics import Span
from dsl.durations import format_duration
from dsl.rehearse import Execution, Run, Status, rehearse
from dsl.shape import locate

NAME = "rehearsal"
"""Of the execution, and so of the dispatch: the guard compares them."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What was expected and what was found. `at` is where two lists part, from 0."""

    what: str
    expected: Any
    found: Any
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """How a case went."""

    name: str
    span: Span
    run: Run
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Whether all was as expected."""
        return not self.differences


def run_suite(suite: Suite) -> tuple[Result, ...]:
    """Run every case, in the order of the file."""
    results = []
    for index, case in enumerate(suite.file.cases):
        run = rehearse(suite.machine.definition, make_execution(suite, case), make_script(suite, case))
        span = locate(suite.root, ("cases", index, "name"))
        results.append(Result(case.name, span, run, tuple(_compare(case, run, suite.machine))))
    return tuple(results)


def make_script(suite: Suite, case: CaseSpec) -> Script:
    """Give the answers of a case over those of its file."""
    return Script({**suite.file.answers, **case.answers}, suite.machine.tasks)


def make_execution(suite: Suite, case: CaseSpec) -> Execution:
    """Give the execution that control would start for a case."""
    workflow = suite.workflow
    given = complete_input(workflow.input_schema, {**suite.file.input, **case.input}, workflow.name)
    first = case.dispatch.object or (workflow.touches[0].object if workflow.touches else "host/none")
    dispatch = {
        "id": NAME,
        "fence": 1,
        "object": first,
        "tier": case.dispatch.tier,
        "root_id": "event",
        "hops": 0,
        "fences": {first: 1},
    }
    content = {"input": given, "dispatch": dispatch, "workflow_hash": workflow.hash, "retired": False}
    return Execution(content, NAME, workflow.name)


def list_undone(path: list[str], machine: Machine) -> list[str]:
    """Give the steps that a run took back, in the order it did; what takes a whole loop back is no step."""
    calls = (state for state in path if machine.states[state]["Type"] == "Task")
    return [step for step in map(find_undone, calls) if step is not None]


def _compare(case: CaseSpec, run: Run, machine: Machine) -> Iterator[Difference]:
    expect = case.expect
    if expect.path is not None and list(expect.path) != run.path:
        yield Difference("path", list(expect.path), run.path, _part(expect.path, run.path))
    if expect.error != run.error:
        yield Difference("error", expect.error, run.error)
    if run.status is Status.SUCCEEDED and "output" in expect.model_fields_set:
        yield from _compare_values("output", expect.output, run.output)
    if expect.undone is not None and list(expect.undone) != (undone := list_undone(run.path, machine)):
        yield Difference("undone", list(expect.undone), undone, _part(expect.undone, undone))
    for step, wanted in (expect.calls or {}).items():
        made = sum(name_step(call.step) == step for call in run.calls)
        if made != wanted:
            yield Difference(f"calls of {step}", wanted, made)
    if expect.duration is not None and expect.duration != round(run.duration_s):
        yield Difference("duration", format_duration(expect.duration), format_duration(round(run.duration_s)))


def _compare_values(where: str, expected: Any, found: Any) -> Iterator[Difference]:
    if isinstance(expected, Mapping) and isinstance(found, Mapping) and expected.keys() == found.keys():
        for key, value in expected.items():
            yield from _compare_values(f"{where}.{key}", value, found[key])
    elif expected != found:
        yield Difference(where, expected, found)


def _part(expected: tuple[str, ...], found: list[str]) -> int:
    """Give the first index at which two lists differ."""
    same = (one == other for one, other in zip(expected, found, strict=False))
    return next((index for index, is_same in enumerate(same) if not is_same), min(len(expected), len(found)))
