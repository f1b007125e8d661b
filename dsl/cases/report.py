"""The result of cases for people and for scripts: what differs, from its first divergence on, and what was not reached."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from dsl.cases.coverage import Coverage
from dsl.cases.run import Difference, Result
from dsl.durations import format_duration
from dsl.rehearse import Answer, Call

_WIDTH = 100
_SHOWN = 8
"""How many calls before the end are shown of a case that failed."""


def render_suite(path: str, results: Sequence[Result], coverage: Coverage) -> Iterator[str]:
    """Give the lines of one cases file."""
    yield path
    for result in results:
        yield from _render_result(result)
    yield f"  branches, catches and undos reached: {coverage.reached} of {coverage.total}"
    for missed in coverage.missed:
        yield f"    not reached: {missed}"


def list_suite(path: str, results: Sequence[Result], coverage: Coverage) -> dict[str, Any]:
    """Give the same as JSON."""
    return {
        "file": path,
        "cases": [_list_result(result) for result in results],
        "coverage": {"reached": coverage.reached, "total": coverage.total, "missed": list(coverage.missed)},
    }


def _list_result(result: Result) -> dict[str, Any]:
    run = result.run
    return {
        "name": result.name,
        "line": result.span.line,
        "passed": result.passed,
        "status": run.status.value,
        "output": run.output,
        "error": run.error,
        "path": run.path,
        "transitions": run.transitions,
        "duration_s": run.duration_s,
        "calls": [
            {"step": one.step, "attempt": one.attempt, "at_s": one.at_s, "input": one.input} for one in run.calls
        ],
        "differences": [
            {"what": one.what, "expected": one.expected, "found": one.found, "at": one.at} for one in result.differences
        ],
    }


def _render_result(result: Result) -> Iterator[str]:
    run = result.run
    told = f"{len(run.entered)} states, {len(run.calls)} calls, {format_duration(round(run.duration_s))}"
    if result.passed:
        yield f"  ok  {result.name}  ({told})"
        return
    yield f"  NO  {result.name}  ({result.span.file}:{result.span.line})"
    for one in result.differences:
        yield from _render_difference(one)
    yield f"      what happened ({told}):"
    skipped = max(0, len(run.calls) - _SHOWN)
    if skipped:
        yield f"        … {skipped} calls before"
    for call, answer in list(zip(run.calls, run.answers, strict=True))[skipped:]:
        yield _render_call(call, answer)
    ended = f"{run.status}: {run.error}: {run.cause}" if run.error is not None else f"{run.status}: {_dump(run.output)}"
    yield f"        {run.duration_s:>7.1f} s  {ended}"


def _render_difference(one: Difference) -> Iterator[str]:
    if one.at is None:
        yield f"      {one.what}: expected {_dump(one.expected)}, found {_dump(one.found)}"
        return
    yield f"      {one.what}: the first difference is at {one.at + 1}"
    before = one.expected[: one.at]
    rows = [_join([*before, *one.expected[one.at :]]), _join([*before, *one.found[one.at :]])]
    yield f"        expected  {rows[0]}"
    yield f"        found     {rows[1]}"
    yield " " * (18 + len(_join([*before, ""]) if before else "")) + "^"


def _join(names: list[str]) -> str:
    return " > ".join(names) or "(nothing)"


def _render_call(call: Call, answer: Answer) -> str:
    said = f"raises {answer.error}" if answer.error is not None else f"returns {_dump(answer.value)}"
    again = f" (attempt {call.attempt})" if call.attempt > 1 else ""
    text = f"{call.step}{again} {_dump(call.input)} {said}"
    return f"        {call.at_s:>7.1f} s  {text if len(text) <= _WIDTH else text[: _WIDTH - 1] + '…'}"


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
