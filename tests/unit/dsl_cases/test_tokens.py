"""Cases of a step that waits for its token: it is a worker that answers, not people."""

from dsl.cases.run import run_suite
from tests.unit.dsl.build import write
from tests.unit.dsl.test_tokens import ASK, TRIED
from tests.unit.dsl_cases.files import load

TEXT = """\
answers:
  ask: {returns: {done: true}, takes: 20m, heartbeat: 20s}
cases:
  - name: the worker shows that it lives
    expect: {path: [pause, ask], duration: 20m1s}
  - name: it does not
    answers: {ask: {takes: 20m}}
    expect: {error: States.HeartbeatTimeout, duration: 1m1s}
  - name: it says what went wrong
    answers: {ask: {raises: WorkerBusy, cause: come back later}}
    expect: {error: WorkerBusy, calls: {ask: 1}}
"""


def test_a_worker_answers_as_its_case_says() -> None:
    suite, found = load(TEXT, write(ASK))
    assert suite is not None, found
    assert [one.differences for one in run_suite(suite)] == [(), (), ()]


def test_a_silent_worker_is_caught_by_a_try() -> None:
    case = "cases:\n  - name: silent\n    answers: {ask: {takes: 20m}}\n    expect: {calls: {excuse: 1}}\n"
    suite, found = load(case, write(TRIED))
    assert suite is not None, found
    assert [one.differences for one in run_suite(suite)] == [()]
