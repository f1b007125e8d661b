from tests.unit.dsl.build import Failing, run, write
from tests.unit.dsl.machine import Run

CHAIN = """
- id: a
  atom: box.open
  with: {host: "{% $input.host %}"}
  undo: {atom: box.close, with: {host: "{% $a ? $a.token : 'unknown' %}"}}
- id: b
  when: $input.go
  atom: box.slow
  with: {host: "{% $input.host %}"}
  undo: {atom: box.close, with: {host: b}}
- id: c
  atom: box.look
  with: {host: "{% $a.token %}"}
- id: d
  atom: box.open
  with: {host: "{% $input.host %}"}
  undo: {none: the last one}
"""
TEXT = write(CHAIN, on_failure="undo", output='{token: "{% $d.token %}"}')


def _steps(found: Run) -> list[str]:
    return [step for step, _ in found.calls]


def test_success_enters_one_state_for_each_step() -> None:
    found = run(TEXT)
    assert found.entered == ["a", "b.when", "b", "c", "d"]
    assert found.output == {"token": "token of d"}


def test_what_finished_is_taken_back_in_reverse_and_the_error_stays() -> None:
    found = run(TEXT, functions=Failing(c="Exploded"))
    assert _steps(found) == ["a", "b", "c", "b.undo", "a.undo"]
    assert found.calls[-1] == ("a.undo", {"host": "token of a"})
    assert (found.error, found.cause) == ("Exploded", "c raised Exploded")


def test_a_skipped_step_is_not_taken_back() -> None:
    found = run(TEXT, {"go": False}, Failing(c="Exploded"))
    assert _steps(found) == ["a", "c", "a.undo"]


def test_the_failing_step_is_taken_back_because_its_outcome_is_unknown() -> None:
    found = run(TEXT, functions=Failing(a="Exploded"))
    assert found.calls == [("a", {"host": "i-1"}), ("a.undo", {"host": "unknown"})]


def test_the_failing_step_is_not_taken_back_if_it_says_that_it_did_nothing() -> None:
    assert _steps(run(TEXT, functions=Failing(b="Refused"))) == ["a", "b", "a.undo"]


def test_an_effect_that_may_go_on_is_waited_out_before_anything_is_taken_back() -> None:
    found = run(TEXT, functions=Failing(b="Exploded"))
    assert found.entered == ["a", "b.when", "b", "b.outlast", "b.undo", "a.undo", "failed"]


def test_a_failed_undo_is_told_and_the_others_go_on() -> None:
    found = run(TEXT, functions=Failing(c="Exploded", b__undo="Refused"))
    assert _steps(found)[-2:] == ["b.undo", "a.undo"]
    assert found.error == "Exploded"
    assert found.cause == "c raised Exploded (the undo of b failed too)"


def test_a_step_that_cannot_be_taken_back_still_takes_back_the_others() -> None:
    assert _steps(run(TEXT, functions=Failing(d="Exploded"))) == ["a", "b", "c", "d", "b.undo", "a.undo"]


def test_a_fail_step_takes_back_what_came_before_it() -> None:
    found = run(write(CHAIN + "- id: stop\n  fail: {error: Enough, cause: really}\n", on_failure="undo"))
    assert _steps(found) == ["a", "b", "c", "d", "b.undo", "a.undo"]
    assert (found.error, found.cause) == ("Enough", "really")


SWITCH = """
- id: way
  switch:
    - when: $input.go
      steps:
        - id: left
          atom: box.open
          with: {host: left}
          undo: {atom: box.close, with: {host: left}}
  default:
    - id: right
      atom: box.open
      with: {host: right}
      undo: {atom: box.close, with: {host: right}}
- id: last
  atom: box.look
  with: {host: x}
"""


def test_only_the_case_that_was_taken_is_taken_back() -> None:
    text = write(SWITCH, on_failure="undo")
    assert _steps(run(text, {"go": True}, Failing(last="Exploded"))) == ["left", "last", "left.undo"]
    assert _steps(run(text, {"go": False}, Failing(last="Exploded"))) == ["right", "last", "right.undo"]


def test_a_step_that_the_flow_goes_on_without_is_taken_back_at_once() -> None:
    steps = """
    - id: a
      atom: box.open
      with: {host: a}
      undo: {atom: box.close, with: {host: a}}
      continue_on_error: true
    - id: b
      atom: box.open
      with: {host: b}
      undo: {atom: box.close, with: {host: b}}
    """
    text = write(steps, on_failure="undo")
    assert _steps(run(text, functions=Failing(a="Exploded"))) == ["a", "a.undo_now", "b"]
    assert _steps(run(text, functions=Failing(a="Refused"))) == ["a", "b"]
    both = _steps(run(text, functions=Failing(a="Exploded", b="Exploded")))
    assert both == ["a", "a.undo_now", "b", "b.undo"]


PARALLEL = """
- id: before
  atom: box.open
  with: {host: before}
  undo: {atom: box.close, with: {host: before}}
- id: both
  parallel:
    left:
      - id: left_one
        atom: box.open
        with: {host: left}
        undo: {atom: box.close, with: {host: "{% $left_one ? $left_one.token : 'unknown' %}"}}
      - id: left_two
        when: $input.go
        atom: box.open
        with: {host: left}
        undo: {atom: box.close, with: {host: two}}
    right:
      - id: right_one
        atom: box.open
        with: {host: right}
        undo: {atom: box.close, with: {host: right}}
- id: last
  atom: box.look
  with: {host: "{% $both.left.left_one.token %}"}
"""


def test_a_failed_branch_takes_itself_back_and_its_finished_sibling_follows() -> None:
    found = run(write(PARALLEL, on_failure="undo"), functions=Failing(left_two="Exploded"))
    assert _steps(found) == [
        "before", "left_one", "right_one", "left_two", "left_two.undo", "left_one.undo", "right_one.undo_late", "before.undo",
    ]  # fmt: skip
    assert found.error == "Exploded"


def test_a_failure_after_a_parallel_takes_its_branches_back_with_what_they_knew() -> None:
    found = run(write(PARALLEL, on_failure="undo"), functions=Failing(last="Exploded"))
    assert _steps(found)[-4:] == ["right_one.undo_late", "left_two.undo_late", "left_one.undo_late", "before.undo"]
    assert ("left_one.undo_late", {"host": "token of left_one"}) in found.calls


def test_a_skipped_step_of_a_branch_is_not_taken_back_from_outside() -> None:
    found = run(write(PARALLEL, on_failure="undo"), {"go": False}, Failing(last="Exploded"))
    assert "left_two.undo_late" not in _steps(found)
    assert "left_one.undo_late" in _steps(found)


def test_success_across_a_parallel_with_undo_adds_only_its_check() -> None:
    found = run(write(PARALLEL, on_failure="undo"))
    assert found.entered == [
        "before",
        "both",
        "left_one",
        "right_one",
        "left_two.when",
        "left_two",
        "both.left.done",
        "both.check",
        "last",
    ]


LOOP = """
- id: loop
  foreach:
    items: $input.hosts
    as: one
    max_items: 3
    steps:
      - id: open
        atom: box.open
        with: {host: "{% $one %}"}
        undo: {atom: box.close, with: {host: "{% $one %}"}}
      - id: look
        atom: box.look
        with: {host: "{% $one %}"}
- id: last
  atom: box.look
  with: {host: x}
"""


def test_iterations_that_finished_are_taken_back_with_their_own_item() -> None:
    found = run(write(LOOP, on_failure="undo"), {"hosts": ["x", "y", "z"]}, Failing(**{"look-1": "Exploded"}))
    assert [call for call in found.calls if "undo" in call[0]] == [
        ("open.undo-1", {"host": "y"}),
        ("open.undo_late-0", {"host": "x"}),
        ("open.undo_late-2", {"host": "z"}),
    ]
    assert found.error == "Exploded"


def test_a_failure_after_a_loop_takes_every_iteration_back() -> None:
    found = run(write(LOOP, on_failure="undo"), {"hosts": ["x", "y"]}, Failing(last="Exploded"))
    assert _steps(found)[-2:] == ["open.undo_late-0", "open.undo_late-1"]
    assert found.cause == "last raised Exploded"


def test_a_failed_undo_inside_a_container_is_told_too() -> None:
    text = write(LOOP, on_failure="undo")
    late = run(text, {"hosts": ["x", "y"]}, Failing(last="Exploded", **{"open.undo_late-1": "Refused"}))
    assert late.cause == "last raised Exploded (the undo of open failed too)"
    own = run(text, {"hosts": ["x"]}, Failing(**{"look-0": "Exploded", "open.undo-0": "Refused"}))
    assert own.cause == "look-0 raised Exploded (the undo of open failed too)"


def test_a_loop_over_one_item_is_a_list_of_one() -> None:
    found = run(write(LOOP, on_failure="undo", output='{n: "{% $loop %}"}'), {"hosts": ["x"]})
    assert [one["open"]["token"] for one in found.output["n"]] == ["token of open-0"]


def test_more_items_than_declared_start_nothing() -> None:
    found = run(write(LOOP, on_failure="undo"), {"hosts": ["a", "b", "c", "d"]})
    assert found.calls == []
    assert found.status == "FAILED"
