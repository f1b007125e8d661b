"""The machine that goes on from a failed step."""

from typing import Any

import pytest

from chalicelib.control.model import HistoryEvent
from dsl.compile import Compiled
from tests.unit.dsl.build import Failing, compile_ok, write
from tests.unit.dsl.going_on import find_way_on, run_on
from tests.unit.dsl.machine import make_input, run_machine

STEPS = """
- id: a
  atom: box.open
  with: {host: "{% $input.host %}"}
- id: may
  when: $input.go
  atom: box.look
  with: {host: "{% $a.token %}"}
- id: way
  switch:
    - when: $input.go
      steps:
        - id: inner
          atom: box.open
          with: {host: "{% $a.token %}"}
        - id: inner_two
          atom: box.look
          with: {host: "{% $inner.token %}"}
- id: every
  foreach:
    items: $input.hosts
    as: one
    max_items: 10
    steps:
      - id: in_loop
        atom: box.open
        with: {host: "{% $one & $a.token %}"}
- id: kept
  set: {tokens: "{% $every.in_loop.token %}", of: "{% $a.token %}"}
- id: last
  atom: box.open
  with: {host: "{% $kept.of & $string($may) & $string($inner_two) %}"}
"""
OUTPUT = '{a: "{% $a.token %}", every: "{% $every %}", last: "{% $last.token %}", inner: "{% $inner %}"}'
TEXT = write(STEPS, output=OUTPUT)
GIVEN = {"host": "i-1", "hosts": ["i-2", "i-3"], "go": True}
CALLS = ["a", "may", "inner", "inner_two", "in_loop-0", "in_loop-1", "last"]
"""Every call of a good run, in order."""
BEGINS = {"a": "a", "may": "may", "inner": "way", "inner_two": "way", "in_loop-0": "every", "in_loop-1": "every"}
"""Where a run goes on that failed in this call: what is inside a container is repeated with it."""


class FailingOnce(Failing):
    """Functions of which chosen calls fail the first time, and that keep what they were asked."""

    def __init__(self, *failing: str, error: str = "Exploded") -> None:
        """Take the steps of the calls."""
        super().__init__(**{name.replace(".", "__"): [error] for name in failing})
        self.asked: list[tuple[str, Any]] = []

    def __call__(self, function: str, payload: dict[str, Any]) -> Any:
        """Answer one call."""
        answer = super().__call__(function, payload)
        self.asked.append((payload["step"], payload["input"]))
        return answer


def _compile() -> Compiled:
    return compile_ok(TEXT)


@pytest.mark.parametrize("failing", CALLS)
def test_from_each_step_it_comes_to_the_same_end_and_repeats_only_what_is_in_that_step(failing: str) -> None:
    ((_, good),) = run_on(_compile(), GIVEN, (usual := FailingOnce()))
    runs = run_on(_compile(), GIVEN, (functions := FailingOnce(failing)))
    (_, failed), (began, resumed) = runs
    assert (failed.status, resumed.status) == ("FAILED", "SUCCEEDED")
    assert began == BEGINS.get(failing, "last")
    assert resumed.output == good.output
    again = [step for step, _ in functions.asked if [one for one, _ in functions.asked].count(step) > 1]
    inside = {step for step in CALLS if BEGINS.get(step, "last") == began}
    assert set(again) <= inside
    assert dict(functions.asked) == dict(usual.asked), "what the finished steps had made is what later ones are given"


def test_one_that_fails_again_goes_on_again() -> None:
    runs = run_on(_compile(), GIVEN, (functions := FailingOnce("may", "in_loop-1", "last")))
    assert [began for began, _ in runs] == ["", "may", "every", "last"]
    assert runs[-1][1].status == "SUCCEEDED"
    assert [step for step, _ in functions.asked].count("a") == 1


def test_the_states_of_a_good_run_are_what_they_were() -> None:
    assert "resume" not in str(_compile().definition)


def test_it_knows_what_each_step_needs_from_those_before() -> None:
    workflow = _compile().workflow
    assert workflow is not None
    assert workflow.resumption is not None
    assert workflow.resumption.steps == ("a", "may", "way", "every", "kept", "last")
    assert workflow.resumption.entries == ("a", "may.when", "way", "every", "kept", "last")
    assert workflow.resumption.carried == {
        "a": (0, 6), "every": (3, 6), "inner": (2, 6), "inner_two": (2, 5), "kept": (4, 5), "last": (5, 6), "may": (1, 5),
    }  # fmt: skip


UNDONE = """
- id: a
  atom: box.open
  with: {host: x}
  undo: {atom: box.close, with: {host: x}}
- id: b
  wait: 5s
"""


@pytest.mark.parametrize(("on_failure", "steps"), [("undo", UNDONE), ("", "- {id: only, wait: 5s}")])
def test_what_is_taken_back_or_has_one_step_begins_at_the_first(on_failure: str, steps: str) -> None:
    compiled = compile_ok(write(steps, on_failure=on_failure))
    assert compiled.resumption is None
    assert compiled.workflow is not None
    assert compiled.workflow.resumption is None


@pytest.mark.parametrize("change", [{"retired": True}, {"workflow_hash": "0" * 20}, {"dispatch": {"id": "another"}}])
def test_it_retires_in_its_first_state_as_any_machine(change: dict[str, Any]) -> None:
    compiled = _compile()
    assert compiled.resumption is not None
    given = {"from": "last", "variables": dict.fromkeys(("a", "every", "inner", "inner_two", "kept", "last", "may"))}
    run = run_machine(compiled.resumption, make_input(compiled.resumption, GIVEN, **given, **change), Failing())
    assert (run.status, run.error, run.entered) == ("FAILED", "States.QueryEvaluationError", ["resume.begin"])


def test_a_step_that_is_not_there_does_nothing() -> None:
    compiled = _compile()
    assert compiled.resumption is not None
    given = {"from": "a", "variables": dict.fromkeys(("a", "every", "inner", "inner_two", "kept", "last", "may"))}
    run = run_machine(compiled.resumption, make_input(compiled.resumption, GIVEN, **given), Failing())
    assert (run.error, run.calls) == ("NoSuchStep", [])


def _explain(text: str, failing: str, **failures: str) -> str:
    compiled = compile_ok(text)
    assert compiled.definition is not None
    runs = run_machine(compiled.definition, given := make_input(compiled.definition, GIVEN), FailingOnce(failing))
    history = tuple(HistoryEvent(at, at - 1, "entered", name) for at, name in enumerate(runs.entered, 2))
    found = find_way_on(compiled, given, (HistoryEvent(1, 0, "exited", "", runs.variables), *history))
    assert not failures
    return found if isinstance(found, str) else found.step


HANDLED = """
- id: a
  atom: box.open
  with: {host: x}
- id: b
  atom: box.open
  with: {host: x}
"""


def test_a_handler_that_only_tells_is_no_obstacle_and_one_that_acts_is() -> None:
    assert _explain(write(HANDLED, on_failure="- {id: tell, atom: box.look, with: {host: x}}"), "b") == "b"
    acting = write(HANDLED, on_failure="- {id: put_back, atom: box.close, with: {host: x}}")
    assert _explain(acting, "b") == "its on_failure has changed something (put_back)"


def test_what_is_missing_in_the_history_is_named() -> None:
    compiled = _compile()
    assert compiled.definition is not None
    given = make_input(compiled.definition, GIVEN)
    entered = tuple(HistoryEvent(at, at - 1, "entered", name) for at, name in enumerate(["a", "may.when"], 1))
    assert find_way_on(compiled, given, entered) == "its history does not say what was in a"
    cut = HistoryEvent(1, 0, "exited", "a", {"a": None}, cut=("a",))
    assert find_way_on(compiled, given, (cut, HistoryEvent(2, 1, "entered", "may.when"))) == (
        "its history does not say what was in a"
    )


def test_where_all_steps_were_done_only_the_output_can_have_failed() -> None:
    compiled = compile_ok(write(STEPS, output=OUTPUT))
    assert compiled.definition is not None
    ((_, good),) = run_on(compiled, GIVEN, FailingOnce())
    history = (*good.history, HistoryEvent(99, 98, "entered", "done"))
    found = find_way_on(compiled, make_input(compiled.definition, GIVEN), history)
    assert found == "all of its steps were done: what failed is its output, and would fail again"


ASKED = """
- id: ok
  approve: {from: [ana], expires: 10m, reason: May it?}
- id: b
  atom: box.open
  with: {host: x}
- id: c
  atom: box.open
  with: {host: x}
"""


def test_what_people_have_approved_is_not_taken_over() -> None:
    entered = tuple(HistoryEvent(at, at - 1, "entered", name) for at, name in enumerate(["ok", "b", "c"], 1))
    compiled = compile_ok(write(ASKED))
    assert compiled.definition is not None
    given = make_input(compiled.definition, GIVEN)
    assert find_way_on(compiled, given, entered) == "people were asked in ok, and have answered for that dispatch only"


def test_what_does_not_fit_into_an_input_is_not_taken_over() -> None:
    compiled = _compile()
    assert compiled.definition is not None
    big = HistoryEvent(1, 0, "exited", "a", {"a": {"token": "x" * 300_000}})
    found = find_way_on(
        compiled, make_input(compiled.definition, GIVEN), (big, HistoryEvent(2, 1, "entered", "may.when"))
    )
    assert "fit into a new input" in str(found)
