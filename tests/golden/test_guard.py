"""A reservation that must not start: whatever the first step and the handler, nothing runs."""

from typing import Any

import pytest

from dsl.inline import Library, read_library
from tests.golden.machines import ENDS, FIRST, HANDLERS, INSIDE, LAST
from tests.unit.dsl.build import HEAD, Failing, compile_ok, write
from tests.unit.dsl.machine import QUERY, Run, make_input, run_machine

CASES = [(kind, handler) for kind in FIRST for handler in HANDLERS]
GIVEN = {"host": "i-1", "hosts": ["i-1", "i-2"], "go": True}
CATCHES = {"atom", "approve", "token", "parallel", "foreach", "emit", "poll", "until", "try", "tolerate", "distributed"}
"""Kinds whose state can catch, so that the execution ends as Retired."""


def _library(handler: str) -> Library:
    """A nested workflow goes about its failures as its parent does."""
    return read_library({"inside.yaml": INSIDE + ("on_failure: undo\n" if handler == "undo" else "")})


def _definition(kind: str, handler: str) -> dict[str, Any]:
    steps = FIRST[kind] if kind in ENDS else FIRST[kind] + LAST
    definition = compile_ok(write(steps, on_failure=HANDLERS[handler]), _library(handler)).definition
    assert definition is not None
    return definition


def _start(kind: str, handler: str, name: str = "d-1", **changes: Any) -> Run:
    definition = _definition(kind, handler)
    return run_machine(definition, make_input(definition, GIVEN, **changes), Failing(), name=name)


def _assert_retired(run: Run, kind: str) -> None:
    assert run.calls == []
    assert run.status == "FAILED"
    assert run.error == ("Retired" if kind in CATCHES else QUERY)
    assert run.entered[1:] in ([], ["retired"], ["first.retired", "retired"], ["inner.retired", "retired"])


@pytest.mark.parametrize(("kind", "handler"), CASES)
def test_a_retired_input_runs_nothing(kind: str, handler: str) -> None:
    _assert_retired(_start(kind, handler, retired=True), kind)


@pytest.mark.parametrize(("kind", "handler"), CASES)
def test_another_workflow_hash_runs_nothing(kind: str, handler: str) -> None:
    _assert_retired(_start(kind, handler, workflow_hash="0" * 20), kind)


@pytest.mark.parametrize(("kind", "handler"), CASES)
def test_an_execution_that_is_not_called_like_its_dispatch_runs_nothing(kind: str, handler: str) -> None:
    _assert_retired(_start(kind, handler, name="by-hand"), kind)


@pytest.mark.parametrize(("kind", "handler"), CASES)
def test_an_input_that_says_nothing_of_retirement_runs_nothing(kind: str, handler: str) -> None:
    definition = _definition(kind, handler)
    run = run_machine(definition, {"input": GIVEN, "dispatch": {"id": "d-1"}}, Failing())
    _assert_retired(run, kind)


@pytest.mark.parametrize(("kind", "handler"), [case for case in CASES if case[0] != "fail"])
def test_a_normal_run_enters_no_state_for_the_guard(kind: str, handler: str) -> None:
    run = _start(kind, handler)
    assert run.status == "SUCCEEDED"
    assert "retired" not in " ".join(run.entered)


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_first_fail_step_fails_with_its_own_error(handler: str) -> None:
    run = _start("fail", handler)
    assert (run.error, run.cause) == ("Stopped", "i-1 is not for this")


@pytest.mark.parametrize("handler", HANDLERS)
def test_an_expression_of_the_first_step_that_fails_keeps_its_error(handler: str) -> None:
    steps = "- id: first\n  atom: box.look\n  with: {host: \"{% $lookup($input, 'none') %}\"}\n" + LAST
    definition = compile_ok(write(steps, on_failure=HANDLERS[handler])).definition
    assert definition is not None
    run = run_machine(definition, make_input(definition, GIVEN), Failing())
    assert (run.error, run.calls) == (QUERY, [])


@pytest.mark.parametrize("kind", ["parallel", "foreach"])
def test_the_same_error_from_inside_a_first_container_is_an_ordinary_failure(kind: str) -> None:
    steps = FIRST[kind].replace('"{% $dispatch.object %}"', "\"{% $lookup($input, 'none') %}\"")
    steps = steps.replace('"{% $one %}"', "\"{% $lookup($input, 'none') %}\"")
    text = write(steps + LAST, on_failure=HANDLERS["steps"], head=HEAD)
    definition = compile_ok("\n".join(row for row in text.splitlines() if "undo:" not in row)).definition
    assert definition is not None
    run = run_machine(definition, make_input(definition, GIVEN), Failing())
    assert run.error == QUERY
    assert run.calls[-1] == ("tell", {"host": QUERY})


def test_the_hash_is_of_the_definition_and_changes_with_it() -> None:
    one, two = (compile_ok(write(f"- id: w\n  wait: {seconds}s\n")) for seconds in (5, 6))
    assert one.workflow is not None
    assert two.workflow is not None
    assert one.workflow.hash != two.workflow.hash
    assert one.workflow.hash in str(one.definition)
    assert "interlock:workflow-hash" not in str(one.definition)
