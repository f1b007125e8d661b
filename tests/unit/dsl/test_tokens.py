"""An `aws` step that hands out its task token waits until somebody answers with it."""

import pytest

from dsl.cases.machine import read_machine
from dsl.rehearse import Answer, Call, Execution, Run, rehearse
from tests.unit.dsl.atoms import ATOMS
from tests.unit.dsl.build import codes, compile_ok, write
from tests.unit.dsl.machine import make_input

ASK = """
- {id: pause, wait: 1s}
- id: ask
  aws: sqs:sendMessage
  with: {QueueUrl: q, MessageBody: "{% $string({'token': $states.context.Task.Token, 'fence': $dispatch.fence}) %}"}
  intent: disrupt
  object: "host/{% $input.host %}"
  resources: ["arn:aws:sqs:*:*:jobs"]
  timeout: 30m
  heartbeat: 1m
  effect_timeout: 5m
"""
RETRIED = ASK + "  retry: {errors: [WorkerBusy, States.HeartbeatTimeout], max: 1, interval: 10s}\n"
TRIED = (
    """
- id: attempt
  try:
"""
    + "".join(f"    {line}\n" for line in ASK.strip().splitlines())
    + """\
  catch:
    - errors: [States.HeartbeatTimeout]
      steps: [{id: excuse, atom: box.look, with: {host: "{% $failure.Error %}"}}]
"""
)


def _rehearse(steps: str, *answers: Answer) -> Run:
    definition = compile_ok(write(steps)).definition
    assert definition is not None
    left = list(answers)

    def answer(call: Call) -> Answer:
        return left.pop(0) if call.step == "ask" else Answer({"host": "x", "healthy": True})

    content = make_input(definition, {"host": "i-1", "hosts": [], "go": True})
    return rehearse(definition, Execution(content, "d-1"), answer)


def test_it_waits_for_what_the_worker_answers() -> None:
    definition = compile_ok(write(ASK)).definition
    assert definition is not None
    state = definition["States"]["ask"]
    assert state["Resource"] == "arn:aws:states:::aws-sdk:sqs:sendMessage.waitForTaskToken"
    assert (state["TimeoutSeconds"], state["HeartbeatSeconds"]) == (1800, 60)
    found = _rehearse(ASK, Answer({"done": 3}, takes_s=1200, beats_s=30))
    assert (found.variables["ask"], found.duration_s) == ({"done": 3}, 1201)
    assert found.calls[0].input["MessageBody"] == '{"token":"token of ask, attempt 1","fence":7}'


def test_each_attempt_has_a_token_of_its_own_and_any_error_may_be_named() -> None:
    found = _rehearse(RETRIED, Answer(error="WorkerBusy"), Answer({"done": 1}))
    assert [call.input["MessageBody"][10:33] for call in found.calls] == [
        "token of ask, attempt 1",
        "token of ask, attempt 2",
    ]
    assert codes(write(RETRIED.replace("States.HeartbeatTimeout", "States.HeartbeatTimout"))) == ["E310"]


def test_a_missing_heartbeat_can_be_caught() -> None:
    found = _rehearse(TRIED, Answer({}, takes_s=1200))
    assert (found.status, found.duration_s) == ("SUCCEEDED", 1 + 60 + 300)
    assert found.path == ["pause", "ask", "ask.outlast", "attempt.catch", "excuse", "done"]
    assert codes(write(TRIED.replace("States.HeartbeatTimeout", "WorkerBusy"))) == []


def test_a_time_out_by_name_is_a_missing_heartbeat_too() -> None:
    timed = TRIED.replace("[States.HeartbeatTimeout]", "[States.Timeout]")
    assert "excuse" in _rehearse(timed, Answer({}, takes_s=1200)).path
    failed = TRIED.replace("[States.HeartbeatTimeout]", "[States.TaskFailed]")
    assert "excuse" in _rehearse(failed, Answer({}, takes_s=1200)).path
    assert "excuse" not in _rehearse(failed, Answer({}, takes_s=2000, beats_s=30)).path


def test_a_call_without_a_token_waits_for_nobody() -> None:
    plain = ASK.replace("$states.context.Task.Token", "$input.host").replace("  heartbeat: 1m\n", "")
    definition = compile_ok(write(plain)).definition
    assert definition is not None
    assert definition["States"]["ask"]["Resource"] == "arn:aws:states:::aws-sdk:sqs:sendMessage"


def test_only_it_is_said_to_wait_for_heartbeats() -> None:
    definition = compile_ok(write(ASK)).definition
    assert definition is not None
    assert read_machine(definition, ATOMS).heartbeats == {"ask"}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("heartbeat: 1m", "heartbeat: 30m", "E522"),
        ("timeout: 30m\n  heartbeat: 1m", "description: x", "E202"),
        ("  effect_timeout: 5m\n", "", "E202"),
        ("$states.context.Task.Token", "$input.host", "E207"),
        ("{id: pause, wait: 1s}", '{id: pause, set: {token: "{% $states.context.Task.Token %}"}}', "E305"),
    ],
)
def test_mistakes_are_told(old: str, new: str, code: str) -> None:
    assert old in ASK
    assert codes(write(ASK.replace(old, new))) == [code]
