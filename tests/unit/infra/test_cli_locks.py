import json

import pytest

from tests.unit.infra.connected import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_nothing_held_is_said_beside_an_empty_output(stage: Stage) -> None:
    shown = stage.run("locks")
    assert (shown.code, shown.out, shown.err) == (0, "", "Nothing is held.\n")


def test_holders_come_first_and_then_the_queue_in_order(stage: Stage) -> None:
    ids = []
    for workflow in ("host_reboot", "host_reboot", "host_tag"):
        ids.append(stage.api.start(workflow, {"host": "i-0a"})["id"])
        stage.core.clock.advance(1)
    _, holder, first, second = stage.run("locks").lines
    assert holder == ["host/i-0a", "holds", ids[0][:8], "disrupt", "1", "01-01 00:00:00", "host_reboot"]
    assert first == ["waits 1", ids[1][:8], "disrupt", "01-01 00:00:01", "host_reboot"]
    assert second == ["waits 2", ids[2][:8], "configure", "01-01 00:00:02", "host_tag"]


def test_one_object_can_be_asked_for(stage: Stage) -> None:
    for host in ("i-0a", "i-0b"):
        stage.api.start("host_reboot", {"host": host})
    assert [line[0] for line in stage.run("locks", "--object", "host/i-0b").lines[1:]] == ["host/i-0b"]


def test_json_is_what_the_api_gave(stage: Stage) -> None:
    stage.api.start("host_reboot", {"host": "i-0a"})
    assert json.loads(stage.run("locks", "--json").out) == stage.api.list_locks()
