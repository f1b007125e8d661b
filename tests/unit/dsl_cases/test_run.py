import json

from dsl.cases.coverage import measure_coverage
from dsl.cases.report import list_suite, render_suite
from dsl.cases.run import run_suite
from dsl.cases.suite import Suite
from tests.unit.dsl_cases.files import FLOW, load_ok

RIGHT = """
cases:
  - name: it goes well
    answers: {open: {returns: {token: mine}}}
    expect: {path: [open, which, look, done], output: {token: mine}, undone: [], calls: {look: 1}, duration: 0s}
  - name: looking fails
    answers: {look: {raises: Refused, takes: 5s}}
    expect: {path: [open, which, look, open.undo, failed], error: Refused, undone: [open], duration: 5s}
"""


def _show(suite: Suite) -> str:
    results = run_suite(suite)
    return "\n".join(render_suite(suite.path, results, measure_coverage(suite.machine, [one.run for one in results])))


def test_what_goes_as_expected_passes() -> None:
    assert [one.passed for one in run_suite(load_ok(RIGHT))] == [True, True]


def test_the_first_difference_of_a_path_is_pointed_at() -> None:
    wrong = RIGHT.replace("path: [open, which, look, open.undo, failed]", "path: [open, which, done]")
    shown = _show(load_ok(wrong)).splitlines()
    at = next(index for index, line in enumerate(shown) if "the first difference is at 3" in line)
    assert shown[at + 1 : at + 4] == [
        "        expected  open > which > done",
        "        found     open > which > look > open.undo > failed",
        "                                 ^",
    ]
    assert shown[at - 1] == "  NO  looking fails  (flow.cases.yaml:8)"


def test_an_output_differs_where_it_differs() -> None:
    shown = _show(load_ok(RIGHT.replace("output: {token: mine}", "output: {token: yours}")))
    assert 'output.token: expected "yours", found "mine"' in shown


def test_a_failure_that_was_not_expected_is_a_difference() -> None:
    shown = _show(load_ok(RIGHT.replace("error: Refused, ", "")))
    assert 'error: expected null, found "Refused"' in shown


def test_every_other_expectation_is_compared() -> None:
    wrong = RIGHT.replace("undone: [open]", "undone: []").replace("duration: 5s", "duration: 6s, calls: {look: 2}")
    shown = _show(load_ok(wrong))
    assert "calls of look: expected 2, found 1" in shown
    assert 'duration: expected "6s", found "5s"' in shown
    assert "undone: the first difference is at 1" in shown


def test_what_no_case_reached_is_listed() -> None:
    shown = _show(load_ok(RIGHT.partition("  - name: looking")[0]))
    assert "which takes no rule" in shown
    assert "open.undo is never entered" in shown
    assert "retired" not in shown


def test_answers_serve_the_calls_they_fit_one_after_the_other() -> None:
    retried = FLOW.replace("steps:", "defaults: {retry: {errors: [Throttled], max: 3}}\nsteps:", 1)
    text = """
    cases:
      - name: throttled twice, then for another host, then well
        answers:
          open:
            - {raises: Throttled, times: 2}
            - {given: {host: i-2}, raises: Refused}
            - {returns: {token: last}}
        expect: {calls: {open: 3}, output: {token: last}}
    """
    assert [one.differences for one in run_suite(load_ok(text, retried))] == [()]


def test_a_step_without_an_answer_returns_a_sample_that_echoes_its_input() -> None:
    run = run_suite(load_ok("cases:\n  - {name: a, expect: {}}\n"))[0].run
    assert run.answers[0].value == {"host": "i-1", "token": "token", "healthy": True, "tags": {}, "ports": []}


def test_what_a_script_gets_is_json() -> None:
    suite = load_ok(RIGHT)
    results = run_suite(suite)
    found = list_suite(suite.path, results, measure_coverage(suite.machine, [one.run for one in results]))
    assert json.loads(json.dumps(found))["cases"][1]["error"] == "Refused"


FLEET = FLOW.replace("host: string", "hosts: [string]").replace("host/{% $input.host %}", "host/{% $input.hosts %}")
FLEET = (
    FLEET[: FLEET.index("steps:")]
    + """\
steps:
  - id: hosts
    foreach:
      items: $input.hosts
      as: host
      max_items: 5
      steps:
        - id: open
          atom: box.open
          with: {host: "{% $host %}"}
          undo: {atom: box.close, with: {host: "{% $host %}"}}
on_failure: undo
"""
)


def test_steps_of_a_loop_go_by_their_own_names_whichever_round_it_is() -> None:
    text = """
    cases:
      - name: one of three fails
        input: {host: i-0, hosts: [i-1, i-2, i-3]}
        answers: {open: {given: {host: i-2}, raises: Exploded}}
        expect: {calls: {open: 3, open.undo: 1, open.undo_late: 2}, error: Exploded}
      - name: one alone fails
        input: {host: i-0, hosts: [i-2]}
        answers: {open: {raises: Exploded}}
        expect: {undone: [open], error: Exploded}
    """
    suite = load_ok(text, FLEET.replace("hosts: [string]", "host: string\n  hosts: [string]"))
    assert [one.differences for one in run_suite(suite)] == [(), ()]
    missed = measure_coverage(suite.machine, [one.run for one in run_suite(suite)]).missed
    assert not any(one.startswith("hosts fails") for one in missed), "nothing inside ends the loop"
    assert any("open.undo_late fails" in one for one in missed)
