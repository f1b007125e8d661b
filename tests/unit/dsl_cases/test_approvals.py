"""A case says how people answer."""

import pytest

from dsl.cases.run import run_suite
from tests.unit.dsl_cases.files import load, load_ok

ASKS = """\
kind: workflow
name: flow
description: A flow.
input: {host: string}
touches:
  - {object: "host/{% $input.host %}", intent: disrupt}
timeout: 6h
steps:
  - id: open
    atom: box.open
    with: {host: "{% $input.host %}"}
    undo: {atom: box.close, with: {host: "{% $input.host %}"}}
  - id: sign
    approve: {from: [ana, ben], need: 2, reason: "{% 'Open ' & $input.host & '?' %}", expires: 4h}
on_failure: undo
output: {by: "{% $sign.by %}", approved: "{% $sign.approved %}"}
"""
LENIENT = ASKS.replace("expires: 4h}", "expires: 4h, on_expiry: continue, on_reject: continue}")


@pytest.mark.parametrize(
    ("answer", "expect"),
    [
        (
            "{approve: [ana, ben], takes: 1h}",
            "{path: [open, sign], output: {by: [ana, ben], approved: true}, duration: 1h}",
        ),
        ("{reject: ben, reason: not now}", "{error: ApprovalRejected, undone: [open]}"),
        ("{expires: true}", "{error: ApprovalExpired, undone: [open], duration: 4h}"),
        ("{raises: States.Timeout}", "{error: States.Timeout, undone: [open]}"),
        ("{given: {reason: 'Open i-1?'}, reject: ana}", "{error: ApprovalRejected, calls: {sign: 1}}"),
    ],
)
def test_an_answer_gives_the_steps_result_or_its_error(answer: str, expect: str) -> None:
    suite = load_ok(f"cases:\n  - {{name: one, answers: {{sign: {answer}}}, expect: {expect}}}\n", ASKS)
    assert [one.differences for one in run_suite(suite)] == [()]


def test_without_an_answer_as_many_as_are_needed_say_yes() -> None:
    suite = load_ok("cases:\n  - {name: one, expect: {output: {by: [ana, ben], approved: true}}}\n", ASKS)
    assert [one.differences for one in run_suite(suite)] == [()]


@pytest.mark.parametrize(("answer", "by"), [("{reject: ben}", "[ben]"), ("{expires: true}", "[]")])
def test_a_step_that_goes_on_says_that_it_is_not_approved(answer: str, by: str) -> None:
    case = f"{{name: one, answers: {{sign: {answer}}}, expect: {{output: {{by: {by}, approved: false}}}}}}"
    assert [one.differences for one in run_suite(load_ok(f"cases:\n  - {case}\n", LENIENT))] == [()]


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ("{open: {approve: ana}}", "E960"),
        ("{sign: {approve: ana}}", "E960"),
        ("{sign: {approve: [ana, ana]}}", "E960"),
        ("{sign: {approve: [ana, ben], reject: ben}}", "E958"),
        ("{sign: {approve: [ana, ben], raises: States.Timeout}}", "E958"),
        ("{sign: {reason: why}}", "E958"),
        ("{sign: {expires: false}}", "E204"),
    ],
)
def test_answers_that_cannot_be_are_told(answers: str, code: str) -> None:
    _, found = load(f"cases:\n  - {{name: one, answers: {answers}, expect: {{}}}}\n", ASKS)
    assert code in [one.code for one in found]


ROLL = """\
kind: workflow
name: flow
description: A flow.
input: {host: string, hosts: {type: array, items: string}}
touches:
  - {object: "host/{% $input.hosts[0] %}", intent: disrupt}
timeout: 6h
steps:
  - id: all
    rollout:
      items: $input.hosts
      as: one
      max_items: 10
      batches: [1, 2]
      steps: [{id: open, atom: box.open, with: {host: "{% $one %}"}, undo: {atom: box.close, with: {host: "{% $one %}"}}}]
      approval: {after: first, from: [ana], expires: 2h}
on_failure: undo
output: {done: "{% $count($all) %}"}
"""
GIVEN = "input: {hosts: [a, b, c]}"


@pytest.mark.parametrize(
    ("after", "gate", "answer", "expect"),
    [
        ("first", False, "{approve: ana}", "{output: {done: 3}}"),
        ("every", False, "{approve: ana}", "{output: {done: 3}, path: [all, all.batch, open, all.check, all.approve, all.batch, open, all.check, all.approve, all.batch, open, all.check, done]}"),
        ("first", True, "{approve: ana}", "{output: {done: 3}, path: [all, all.batch, open, all.check, ask, all.next, all.approve, all.batch, open, all.check, ask, all.next, all.batch, open, all.check, ask, all.next, done]}"),
        ("first", False, "{reject: ana}", "{error: ApprovalRejected, undone: [open]}"),
        ("every", True, "[{approve: ana}, {expires: true}]", "{error: ApprovalExpired}"),
    ],
)  # fmt: skip
def test_a_rollout_asks_before_it_goes_on(after: str, gate: bool, answer: str, expect: str) -> None:  # noqa: FBT001
    flow = ROLL.replace("after: first", f"after: {after}")
    if gate:
        flow = flow.replace("on_failure", "      gate: [{id: ask, atom: box.look, with: {host: x}}]\non_failure")
    case = f"{{name: one, {GIVEN}, answers: {{all.approve: {answer}}}, expect: {expect}}}"
    assert [one.differences for one in run_suite(load_ok(f"cases:\n  - {case}\n", flow))] == [()]
