import pytest

from tests.unit.dsl.build import Failing, codes, run, write
from tests.unit.dsl.machine import Run

TRY = """
- id: attempt
  try:
    - id: a
      atom: box.open
      with: {host: a}
    - id: b
      atom: box.open
      with: {host: b}
  catch:
    - errors: [Refused]
      steps:
        - id: excuse
          atom: box.look
          with: {host: "{% $failure.Error & ' after ' & ($a ? $a.token : 'nothing') %}"}
- id: last
  atom: box.look
  with: {host: "{% ($b ? 'b' : 'no b') & ($excuse ? ' excused' : '') %}"}
"""
CLEAN = """
  finally:
    - id: clean
      atom: box.look
      with: {host: clean}
"""
FINALLY = TRY.replace("- id: last", CLEAN.strip("\n") + "\n- id: last")
TELL = "- id: tell\n  atom: box.look\n  with: {host: \"{% $failure.Error & ($b ? ' b' : ' no b') %}\"}\n"


def _steps(found: Run) -> list[str]:
    return [step for step, _ in found.calls]


def test_success_enters_no_state_for_a_try() -> None:
    found = run(write(TRY))
    assert found.entered == ["a", "b", "last"]
    assert found.calls[-1] == ("last", {"host": "b"})


def test_a_named_error_runs_its_clause_and_the_flow_goes_on() -> None:
    found = run(write(TRY), functions=Failing(b="Refused"))
    assert found.calls[-2:] == [("excuse", {"host": "Refused after token of a"}), ("last", {"host": "no b excused"})]
    assert found.entered == ["a", "b", "attempt.catch", "excuse", "last"]


def test_what_had_not_run_is_null_in_the_clause() -> None:
    assert run(write(TRY), functions=Failing(a="Refused")).calls[-2] == ("excuse", {"host": "Refused after nothing"})


@pytest.mark.parametrize("on_failure", ["keep", "undo", TELL])
def test_an_error_that_no_clause_names_goes_on_as_it_is(on_failure: str) -> None:
    text = write(TRY, on_failure="keep" if on_failure == "undo" else on_failure)
    found = run(text, functions=Failing(b="Exploded"))
    assert (found.error, found.cause) == ("Exploded", "b raised Exploded")
    if on_failure == TELL:
        assert found.calls[-1] == ("tell", {"host": "Exploded no b"})


def test_finally_runs_whatever_happened() -> None:
    text = write(FINALLY)
    assert run(text).entered == ["a", "b", "clean", "attempt.check", "last"]
    assert _steps(run(text, functions=Failing(b="Refused"))) == ["a", "b", "excuse", "clean", "last"]
    failed = run(text, functions=Failing(b="Exploded"))
    assert (_steps(failed), failed.error) == (["a", "b", "clean"], "Exploded")
    again = run(text, functions=Failing(b="Refused", excuse="Exploded"))
    assert (_steps(again), again.error) == (["a", "b", "excuse", "clean"], "Exploded")


def test_finally_alone_catches_nothing() -> None:
    text = write("- id: attempt\n  try: [{id: a, atom: box.open, with: {host: a}}]\n" + CLEAN.strip("\n"))
    assert run(text).entered == ["a", "clean", "attempt.check", "done"]
    found = run(text, functions=Failing(a="Refused"))
    assert (_steps(found), found.error) == (["a", "clean"], "Refused")
    assert run(text, functions=Failing(a="Refused", clean="Exploded")).error == "Exploded"


def test_a_clause_without_errors_catches_all_in_no_state_of_its_own() -> None:
    text = write(TRY.replace("errors: [Refused]\n      steps", "steps"))
    found = run(text, functions=Failing(a="Exploded"))
    assert found.entered == ["a", "excuse", "last"]


def test_states_task_failed_is_any_error_but_a_time_out() -> None:
    text = write(TRY.replace("[Refused]", "[States.TaskFailed]"))
    assert run(text, functions=Failing(a="Exploded")).status == "SUCCEEDED"
    assert run(text, functions=Failing(a="States.Timeout")).error == "States.Timeout"


def test_an_effect_that_may_go_on_is_waited_out_before_the_clause() -> None:
    text = write(TRY.replace("box.open\n      with: {host: b}", "box.slow\n      with: {host: b}"))
    assert "b.outlast" in run(text.replace("[Refused]", "[Exploded]"), functions=Failing(b="Exploded")).entered
    assert "b.outlast" not in run(text, functions=Failing(b="Refused")).entered


UNDO = """
- id: before
  atom: box.open
  with: {host: before}
  undo: {atom: box.close, with: {host: before}}
- id: attempt
  try:
    - id: a
      atom: box.open
      with: {host: a}
      undo: {atom: box.close, with: {host: a}}
    - id: b
      atom: box.open
      with: {host: b}
      undo: {atom: box.close, with: {host: b}}
  catch:
    - errors: [Refused, Throttled]
      steps:
        - id: other
          atom: box.open
          with: {host: other}
          undo: {atom: box.close, with: {host: other}}
- id: last
  atom: box.look
  with: {host: x}
"""


def test_what_a_try_finished_is_taken_back_when_the_workflow_fails_later() -> None:
    text = write(UNDO, on_failure="undo")
    assert _steps(run(text, functions=Failing(last="Exploded"))) == [
        "before", "a", "b", "last", "b.undo", "a.undo", "before.undo",
    ]  # fmt: skip
    assert _steps(run(text, functions=Failing(b="Refused", last="Exploded"))) == [
        "before", "a", "b", "other", "last", "other.undo", "a.undo", "before.undo",
    ]  # fmt: skip


def test_an_unknown_outcome_is_taken_back_before_it_is_caught_or_goes_on() -> None:
    text = write(UNDO, on_failure="undo")
    found = run(text, functions=Failing(b="Exploded"))
    assert _steps(found) == ["before", "a", "b", "b.undo_now", "a.undo", "before.undo"]
    assert (found.status, found.error) == ("FAILED", "Exploded")


def test_a_failed_undo_inside_a_try_is_told() -> None:
    text = write(UNDO, on_failure="undo")
    found = run(text, functions=Failing(b="Exploded", b__undo_now="Refused", a__undo="Refused"))
    assert found.cause == "b raised Exploded (the undo of b, a failed too)"


def test_a_try_around_a_container_takes_its_branches_back_before_the_clause() -> None:
    steps = """
    - id: attempt
      try:
        - id: both
          parallel:
            left: [{id: l, atom: box.open, with: {host: l}, undo: {atom: box.close, with: {host: l}}}]
            right: [{id: r, atom: box.open, with: {host: r}, undo: {atom: box.close, with: {host: r}}}]
      catch: [{steps: [{id: excuse, atom: box.look, with: {host: "{% $failure.Error %}"}}]}]
    - id: last
      atom: box.look
      with: {host: x}
    """
    text = write(steps, on_failure="undo")
    found = run(text, functions=Failing(r="Refused"))
    assert _steps(found) == ["l", "r", "l.undo_late_now", "excuse", "last"]
    assert found.calls[-2] == ("excuse", {"host": "Refused"})
    assert _steps(run(text, functions=Failing(last="Refused"))) == ["l", "r", "last", "r.undo_late", "l.undo_late"]


def test_tries_nest() -> None:
    steps = """
    - id: outer
      try:
        - id: inner
          try: [{id: a, atom: box.open, with: {host: a}}]
          catch: [{errors: [Refused], steps: [{id: once, atom: box.look, with: {host: "{% $failure.Cause %}"}}]}]
          finally: [{id: clean, atom: box.look, with: {host: c}}]
        - id: b
          atom: box.open
          with: {host: b}
      catch: [{steps: [{id: all, atom: box.look, with: {host: "{% $failure.Error %}"}}]}]
    """
    text = write(steps)
    assert _steps(run(text)) == ["a", "clean", "b"]
    assert _steps(run(text, functions=Failing(a="Refused"))) == ["a", "once", "clean", "b"]
    found = run(text, functions=Failing(a="Exploded"))
    assert _steps(found) == ["a", "clean", "all"]
    assert found.calls[-1] == ("all", {"host": "Exploded"})
    assert _steps(run(text, functions=Failing(a="Refused", once="Exploded"))) == ["a", "once", "clean", "all"]


def test_a_try_inside_a_branch_keeps_its_failure_to_itself() -> None:
    steps = """
    - id: both
      parallel:
        left:
          - id: attempt
            try: [{id: a, atom: box.open, with: {host: a}}]
            catch: [{errors: [Refused], steps: [{id: once, atom: box.look, with: {host: "{% $failure.Error %}"}}]}]
        right: [{id: r, wait: 1s}]
    """
    assert _steps(run(write(steps), functions=Failing(a="Refused"))) == ["a", "once"]
    found = run(write(steps), functions=Failing(a="Exploded"))
    assert (found.error, found.cause) == ("Exploded", "a raised Exploded")


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ("- id: t\n  try: [{id: a, wait: 1s}]\n", "E202"),
        ("- id: t\n  try: [{id: a, wait: 1s}]\n  catch: [{steps: [{id: b, wait: 1s}]}, {errors: [X], steps: [{id: c, wait: 1s}]}]\n", "E204"),
        (TRY.replace("[Refused]", "[Refusd]"), "E310"),
        (TRY.replace("$b ? 'b' : 'no b'", "$b.host"), "E308"),
    ],
)  # fmt: skip
def test_mistakes_are_told(steps: str, code: str) -> None:
    assert code in codes(write(steps))
