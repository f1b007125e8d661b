from tests.unit.dsl.build import Failing, run, write
from tests.unit.dsl.machine import Run

STEPS = """
- id: a
  atom: box.open
  with: {host: "{% $input.host %}"}
- id: b
  when: $input.go
  atom: box.slow
  with: {host: "{% $input.host %}"}
"""
TELL = """
- id: tell
  atom: box.look
  with: {host: "{% $failure.Error & ' after ' & ($a ? $a.token : 'nothing') & ($b ? $b.token : '') %}"}
"""


def _steps(found: Run) -> list[str]:
    return [step for step, _ in found.calls]


def test_keep_leaves_the_error_as_it_is_and_enters_nothing_more() -> None:
    found = run(write(STEPS), functions=Failing(b="Exploded"))
    assert (found.error, found.entered) == ("Exploded", ["a", "b.when", "b"])


def test_a_handler_runs_with_the_failure_and_the_error_stays() -> None:
    found = run(write(STEPS, on_failure=TELL), functions=Failing(b="Refused"))
    assert found.calls[-1] == ("tell", {"host": "Refused after token of a"})
    assert (found.error, found.cause) == ("Refused", "b raised Refused")


def test_what_had_not_run_yet_is_null_in_the_handler() -> None:
    found = run(write(STEPS, on_failure=TELL), functions=Failing(a="Refused"))
    assert found.calls[-1] == ("tell", {"host": "Refused after nothing"})


def test_an_abandoned_effect_is_waited_out_before_the_handler() -> None:
    found = run(write(STEPS, on_failure=TELL), functions=Failing(b="Exploded"))
    assert found.entered[-4:] == ["b", "b.outlast", "tell", "failed"]


def test_a_handler_that_fails_does_not_hide_the_original_error() -> None:
    found = run(write(STEPS, on_failure=TELL), functions=Failing(a="Refused", tell="Exploded"))
    assert (found.error, found.cause) == ("Refused", "a raised Refused")


def test_a_fail_step_goes_through_the_handler() -> None:
    steps = STEPS + "- id: stop\n  fail: {error: Enough, cause: \"{% 'of ' & $a.token %}\"}\n"
    found = run(write(steps, on_failure=TELL))
    assert _steps(found) == ["a", "b", "tell"]
    assert (found.error, found.cause) == ("Enough", "of token of a")


def test_a_fail_step_of_the_handler_has_the_last_word() -> None:
    handler = TELL + "- id: other\n  fail: {error: Other, cause: instead}\n"
    assert run(write(STEPS, on_failure=handler), functions=Failing(a="Refused")).error == "Other"


def test_a_failure_inside_a_parallel_reaches_the_handler() -> None:
    steps = """
    - id: both
      parallel:
        left: [{id: l, atom: box.open, with: {host: l}}]
        right: [{id: r, atom: box.open, with: {host: r}}]
    """
    found = run(
        write(steps, on_failure="- id: tell\n  atom: box.look\n  with: {host: x}\n"), functions=Failing(l="Refused")
    )
    assert _steps(found) == ["l", "r", "tell"]
    # The sibling's function may still run: its time is waited out.
    assert found.entered[-3:] == ["both.outlast", "tell", "failed"]


def test_a_step_that_may_fail_leaves_null_and_the_flow_goes_on() -> None:
    steps = """
    - id: a
      atom: box.open
      with: {host: a}
      continue_on_error: true
    - id: b
      atom: box.look
      with: {host: "{% $a ? $a.token : 'none' %}"}
    """
    assert run(write(steps), functions=Failing(a="Exploded")).calls[-1] == ("b", {"host": "none"})
    assert run(write(steps)).calls[-1] == ("b", {"host": "token of a"})


def test_a_poll_costs_one_state() -> None:
    steps = """
    - id: wait_for_it
      atom: box.await
      with: {host: a}
      retry: {errors: [NotYet], max: 10, interval: 5s, backoff: 1}
    """
    found = run(write(steps), functions=Failing(wait_for_it=["NotYet"] * 10))
    assert (found.status, found.entered, len(found.calls)) == ("SUCCEEDED", ["wait_for_it"], 11)
    assert run(write(steps), functions=Failing(wait_for_it=["NotYet"] * 11)).error == "NotYet"


def test_defaults_apply_where_a_step_says_nothing_else() -> None:
    head_and_steps = write("""
    - id: a
      atom: box.open
      with: {host: a}
    - id: b
      atom: box.open
      with: {host: b}
      retry: {errors: [Refused], max: 1}
    """)
    text = head_and_steps.replace("timeout: 1h\n", "timeout: 1h\ndefaults: {retry: {errors: [Throttled], max: 2}}\n")
    assert run(text, functions=Failing(a=["Throttled", "Throttled"])).status == "SUCCEEDED"
    assert run(text, functions=Failing(b=["Throttled"])).error == "Throttled"
    assert run(text, functions=Failing(b=["Refused"])).status == "SUCCEEDED"


def test_what_acts_twice_is_only_called_again_if_nothing_was_done() -> None:
    steps = "- id: a\n  atom: box.once\n  with: {host: a}\n"
    text = write(steps).replace("timeout: 1h\n", "timeout: 1h\ndefaults: {retry: {errors: [Throttled, Unavailable]}}\n")
    assert run(text, functions=Failing(a=["Throttled"])).status == "SUCCEEDED"
    assert run(text, functions=Failing(a=["Unavailable"])).error == "Unavailable"
    assert run(text, functions=Failing(a=["Lambda.TooManyRequestsException"])).status == "SUCCEEDED"
    assert run(text, functions=Failing(a=["Lambda.ServiceException"])).error == "Lambda.ServiceException"


def test_the_output_of_a_branch_is_what_it_says_or_its_results() -> None:
    steps = """
    - id: both
      parallel:
        left: [{id: l, atom: box.open, with: {host: l}}]
        right:
          steps: [{id: r, atom: box.open, with: {host: r}}]
          output: {it: "{% $r.token %}"}
    """
    found = run(write(steps, output='{left: "{% $both.left.l.token %}", right: "{% $both.right.it %}"}'))
    assert found.output == {"left": "token of l", "right": "token of r"}


def test_loops_nest_and_each_call_has_a_step_name_of_its_own() -> None:
    steps = """
    - id: outer
      foreach:
        items: $input.hosts
        as: host_a
        max_items: 3
        steps:
          - id: inner
            foreach:
              items: $input.hosts
              as: host_b
              max_items: 3
              steps:
                - id: open
                  atom: box.open
                  with: {host: "{% $host_a & $host_b %}"}
    """
    found = run(write(steps), {"hosts": ["x", "y"]})
    assert found.calls == [
        ("open-0-0", {"host": "xx"}), ("open-0-1", {"host": "xy"}), ("open-1-0", {"host": "yx"}), ("open-1-1", {"host": "yy"}),
    ]  # fmt: skip


def test_a_container_that_may_fail_leaves_null_once_what_it_abandoned_is_over() -> None:
    steps = """
    - id: both
      continue_on_error: true
      parallel:
        left: [{id: l, atom: box.open, with: {host: l}}]
    - id: b
      atom: box.look
      with: {host: "{% $both ? 'all' : 'none' %}"}
    """
    found = run(write(steps), functions=Failing(l="Exploded"))
    assert found.entered == ["both", "l", "both.outlast", "b"]
    assert found.calls[-1] == ("b", {"host": "none"})
    assert run(write(steps)).calls[-1] == ("b", {"host": "all"})
