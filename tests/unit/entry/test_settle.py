"""The settle Lambda's two kinds of input."""

from chalicelib.aws.queues import OwnQueues
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ExecutionStatus
from chalicelib.control.records import SHARDS
from chalicelib.entry.settle import release_batch, settle_event
from chalicelib.wiring.core import Core
from tests.behaviour import World, make_world
from tests.builders import HOME


class Sent:
    def __init__(self) -> None:
        self.body = ""

    def get(self, _service: str) -> "Sent":
        return self

    def send_message(self, MessageBody: str, **_: object) -> None:  # noqa: N803 - SQS's name
        self.body = MessageBody


def make_core() -> tuple[Core, World]:
    world = make_world()
    return Core(world.ports, world.bundle, HOME, "test"), world


def write_message(dispatch: str, seconds: int) -> str:
    sent = Sent()
    OwnQueues(sent, "url", "starts").send(dispatch, seconds)
    return sent.body


def status_event(name: str, status: str) -> dict[str, object]:
    return {"id": f"{name}-{status}", "source": "aws.states", "detail": {"name": name, "status": status, "input": "{}"}}


def test_a_status_event_settles_its_dispatch() -> None:
    core, world = make_core()
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    told = settle_event(status_event(dispatch, "SUCCEEDED"), core)
    assert told == {"dispatch": dispatch, "state": "succeeded", "changed": True, "promoted": []}


def test_an_execution_that_was_started_past_control_is_kept_as_a_dead_letter() -> None:
    core, world = make_core()
    for name in ("by-hand", "0" * 20 + "-" + "0" * 20):
        assert "belongs to no dispatch" in settle_event(status_event(name, "RUNNING"), core)["dead_letter"]
    letters = [item for n in range(SHARDS) for item in world.ports.store.list_lane(f"dead#2026-01-01#{n}").items]
    assert len(letters) == 2


def test_a_hold_message_releases_and_a_broken_one_does_not_stop_the_others() -> None:
    core, world = make_core()
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    world.end(dispatch, ExecutionStatus.TIMED_OUT)
    records = [
        {"messageId": "broken", "body": "not json"},
        {"messageId": "unknown", "body": write_message("0" * 20 + "-" + "0" * 20, 0)},
        {"messageId": "good", "body": write_message(dispatch, 120)},
    ]
    answer = release_batch(records, core)
    assert [one["itemIdentifier"] for one in answer["batchItemFailures"]] == ["broken", "unknown"]
    assert world.row(dispatch)["state"] == DispatchState.TIMED_OUT
    assert world.holders() == []


def test_a_hold_longer_than_the_queue_can_wait_is_sent_on_with_what_is_left() -> None:
    core, world = make_core()
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    world.end(dispatch, ExecutionStatus.TIMED_OUT)
    world.delays.sent.clear()
    assert release_batch([{"messageId": "m", "body": write_message(dispatch, 2000)}], core) == {"batchItemFailures": []}
    assert world.delays.sent == [(dispatch, 1100)]
    assert world.row(dispatch)["state"] == DispatchState.HOLDING
