"""The machine that takes back what a stopped execution had done."""

from typing import Any

from chalicelib.catalog.model import UndoStep
from dsl.compile import Compiled
from tests.unit.dsl.build import Failing, compile_ok, write
from tests.unit.dsl.machine import Functions, Run, make_input, run_machine
from tests.unit.dsl.test_undo import TEXT

LOOP = """
- id: every
  foreach:
    items: $input.hosts
    as: one
    max_items: 10
    steps:
      - id: a
        atom: box.open
        with: {host: "{% $one %}"}
        undo: {atom: box.close, with: {host: "{% $one & '/' & ($a ? $a.token : 'none') %}"}}
"""


def take_back(
    compiled: Compiled, actions: list[dict[str, Any]], functions: Functions | None = None, name: str = "d-1-undo"
) -> Run:
    assert compiled.aftermath is not None
    given = make_input(compiled.aftermath, {}, actions=actions)
    return run_machine(compiled.aftermath, given, functions or Failing(), name)


def test_a_workflow_says_which_of_its_steps_can_be_taken_back_and_what_that_reads() -> None:
    workflow = compile_ok(TEXT).workflow
    assert workflow is not None
    assert workflow.aftermath is not None
    assert workflow.aftermath.steps == (UndoStep("a", ("a",), {}), UndoStep("b", (), {}))


def test_what_was_done_is_taken_back_in_the_order_given_with_the_variables_of_then() -> None:
    found = take_back(
        compile_ok(TEXT), [{"step": "b", "variables": {}}, {"step": "a", "variables": {"a": {"token": "t"}}}]
    )
    assert found.calls == [("b.undo-0", {"host": "b"}), ("a.undo-1", {"host": "t"})]
    assert (found.status, found.output) == ("SUCCEEDED", {"undone": ["b", "a"]})
    assert found.entered == ["begin", "next", "b.undo", "next", "a.undo", "next", "done", "undone"]


def test_what_left_no_result_is_taken_back_without_one() -> None:
    assert take_back(compile_ok(TEXT), [{"step": "a", "variables": {"a": None}}]).calls == [
        ("a.undo-0", {"host": "unknown"})
    ]


def test_the_others_are_taken_back_where_one_cannot_be_and_it_fails_in_the_end() -> None:
    actions = [{"step": "b", "variables": {}}, {"step": "a", "variables": {"a": {"token": "t"}}}]
    found = take_back(compile_ok(TEXT), actions, Failing(**{"b__undo-0": "Jammed"}))
    assert [step for step, _ in found.calls] == ["b.undo-0", "a.undo-1"]
    assert (found.status, found.error, found.cause) == ("FAILED", "UndoFailed", "the undo of b failed: Jammed")


def test_every_iteration_is_taken_back_with_its_own_variables() -> None:
    compiled = compile_ok(write(LOOP, on_failure="undo"))
    assert compiled.workflow is not None
    assert compiled.workflow.aftermath is not None
    assert compiled.workflow.aftermath.steps == (UndoStep("a", ("a", "one"), {"one": "item", "one_index": "index"}),)
    actions = [{"step": "a", "variables": {"a": {"token": n}, "one": f"i-{n}"}} for n in (2, 1)]
    found = take_back(compiled, actions)
    assert found.calls == [("a.undo-0", {"host": "i-2/2"}), ("a.undo-1", {"host": "i-1/1"})]


def test_it_runs_under_its_own_name_only() -> None:
    found = take_back(compile_ok(TEXT), [{"step": "b", "variables": {}}], name="d-1")
    assert (found.status, found.error, found.calls) == ("FAILED", "States.QueryEvaluationError", [])


def test_a_workflow_that_takes_nothing_back_has_no_such_machine() -> None:
    compiled = compile_ok(TEXT.replace("on_failure: undo\n", ""))
    assert compiled.aftermath is None
    assert compiled.workflow is not None
    assert compiled.workflow.aftermath is None
