"""Cases from histories: each call with its answer, loops told apart, and what is not known said so."""

from datetime import timedelta
from typing import Any

import pytest
import yaml

from dsl.cases.machine import Machine, read_machine
from dsl.cases.record import Recording, has_ended, record_case, write_case
from infra.recordings import read_recording
from tests.unit.dsl.atoms import ATOMS
from tests.unit.dsl.build import compile_ok, write
from tests.unit.dsl_cases.histories import ARN, Client, History, retried, without_arguments

STEPS = """
- {id: look, atom: box.look, with: {host: "{% $input.host %}"}}
- {id: open, atom: box.open, with: {host: "{% $input.host %}"}, undo: {atom: box.close, with: {host: x}}}
- {id: end, set: {done: true}}
"""


@pytest.fixture(scope="module")
def machine() -> Machine:
    definition = compile_ok(write(STEPS, on_failure="undo")).definition
    assert definition is not None
    return read_machine(definition, ATOMS)


def _case(recording: Recording, machine: Machine) -> dict[str, Any]:
    recorded = record_case(recording, machine)
    assert yaml.safe_load(write_case(recorded)) == {"kind": "cases", "cases": [recorded.case]}
    return recorded.case


def test_each_attempt_is_an_answer_and_equal_ones_are_counted(machine: Machine) -> None:
    case = _case(retried(), machine)
    throttled = {"raises": "Throttled", "cause": "slow down", "takes": "2s", "times": 2}
    assert case["answers"] == {
        "look": [throttled, {"returns": {"healthy": True}}],
        "open": [{"returns": {"token": "t"}, "takes": "1m5s"}],
    }
    assert case["input"] == {"host": "i-1"}
    assert case["dispatch"] == {"object": "h/i-1", "tier": "P1"}
    assert case["expect"] == {"path": ["look", "open"], "output": {"done": True}}


def test_calls_of_a_loop_are_told_apart_by_the_fields_that_differ(machine: Machine) -> None:
    history = History()
    entered = history.enter("open")
    calls = [history.schedule(f"open-{n}", {"host": host, "force": True}, entered) for n, host in enumerate("ab")]
    history.succeed({"token": "of b"}, after=calls[1])
    history.succeed({"token": "of a"}, after=calls[0])
    answers = _case(history.end({}), machine)["answers"]["open"]
    assert sorted(answers, key=str) == [
        {"given": {"host": "a"}, "returns": {"token": "of a"}},
        {"given": {"host": "b"}, "returns": {"token": "of b"}},
    ]


def test_a_failure_tells_error_and_what_was_undone(machine: Machine) -> None:
    history = History()
    history.enter("open")
    history.schedule("open", {"host": "i-1"})
    history.fail("Exploded", "bang")
    history.enter("open.undo")
    history.schedule("open.undo", {"host": "x"})
    history.succeed({"token": "t"})
    case = _case(history.end(error="Exploded"), machine)
    assert case["expect"] == {"path": ["open", "open.undo"], "error": "Exploded", "undone": ["open"]}
    assert case["answers"]["open"] == [{"raises": "Exploded", "cause": "bang"}]


@pytest.mark.parametrize(
    ("kind", "details", "answer"),
    [
        ("TaskTimedOut", {"error": "States.Timeout"}, {"raises": "States.Timeout"}),
        (
            "TaskStartFailed",
            {"error": "Lambda.Unknown", "cause": "plain"},
            {"raises": "Lambda.Unknown", "cause": "plain"},
        ),
        ("TaskSubmitFailed", {}, {"raises": "States.TaskFailed"}),
    ],
)
def test_every_bad_end_of_a_call_is_an_error(kind: str, details: Any, answer: Any, machine: Machine) -> None:
    history = History()
    history.enter("look")
    history.schedule("look", {})
    history.add(kind, details)
    assert _case(history.end(error="E"), machine)["answers"]["look"] == [answer]


def test_a_call_without_a_payload_is_its_states(machine: Machine) -> None:
    history = History()
    history.enter("tag")
    history.add(
        "TaskScheduled", {"resourceType": "aws-sdk:ec2", "resource": "createTags", "parameters": '{"Tags": []}'}
    )
    history.add("TaskSucceeded", {"output": '{"Payload": 1}'})
    assert _case(history.end({}), machine)["answers"] == {"tag": [{"returns": {"Payload": 1}}]}


def test_an_output_that_aws_cut_has_no_answer_and_that_is_told(machine: Machine) -> None:
    history = History()
    history.enter("look")
    history.schedule("look", {})
    history.add("TaskSucceeded", {"output": '{"Pay', "outputDetails": {"truncated": True}})
    recorded = record_case(history.end({}), machine)
    assert recorded.case["answers"] == {}
    assert "does not tell the result" in recorded.notes[0]


def test_without_arguments_the_states_name_the_calls_and_that_is_told(machine: Machine) -> None:
    told, silent = record_case(retried(), machine), record_case(without_arguments(), machine)
    assert silent.case == told.case
    assert told.notes == []
    assert "does not say what calls were given" in silent.notes[0]


@pytest.mark.parametrize(("status", "ended"), [("RUNNING", False), ("ABORTED", False), ("TIMED_OUT", True)])
def test_what_ended_by_itself_can_be_recorded(status: str, ended: bool) -> None:  # noqa: FBT001
    assert has_ended(History().end({}, status=status)) is ended


def test_all_pages_and_the_children_of_map_runs_are_read(machine: Machine) -> None:
    parent, child = History(), History()
    parent.enter("look")
    parent.add("MapRunStarted", {"mapRunArn": "run"})
    child.at += timedelta(seconds=1)
    child.enter("open")
    child.schedule("open", {"host": "b"})
    child.succeed({"token": "child"})
    found = read_recording(Client(parent.end({}), (child.end({}),)), ARN)
    assert len(found.events) == 2
    case = _case(found, machine)
    assert case["expect"]["path"] == ["look", "open"]
    assert case["answers"]["open"] == [{"returns": {"token": "child"}}]


def test_who_lived_on_by_heartbeats_does_so_in_the_case(machine: Machine) -> None:
    history = History()
    history.enter("look")
    history.add("TaskScheduled", {"resourceType": "aws-sdk:sqs", "parameters": "{}", "heartbeatInSeconds": 60})
    history.add("TaskStarted")
    history.add("TaskSubmitted", {"output": "{}"})
    history.at += timedelta(minutes=20)
    history.add("TaskSucceeded", {"resourceType": "aws-sdk:sqs", "output": '{"done": 3}'})
    answers = _case(history.end({}), machine)["answers"]
    assert answers == {"look": [{"returns": {"done": 3}, "takes": "20m", "heartbeat": "1m"}]}
