"""`interlock dead` and `interlock redeliver`."""

import json

import pytest

from chalicelib.control.intake import handle_event
from chalicelib.control.records import dead_key
from tests.builders import make_event
from tests.unit.infra.connected import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


def kill(stage: Stage, event: str) -> None:
    handle_event({"id": event}, stage.core.bundle, stage.core.home, stage.core.ports)


def test_no_dead_letters_is_said_beside_an_empty_output(stage: Stage) -> None:
    shown = stage.run("dead")
    assert (shown.code, shown.out, shown.err) == (0, "", "No dead letters.\n")


def test_dead_letters_are_listed_with_their_cause(stage: Stage) -> None:
    kill(stage, "e-1")
    kill(stage, "e-2")
    shown = stage.run("dead", "--limit", "1")
    (line,) = shown.lines[1:]
    assert line[1:] == ["01-01 00:00:00", "The event cannot be understood: source is missing."]
    assert shown.err == "There are more: ask with --limit.\n"
    assert json.loads(stage.run("dead", "--json").out) == stage.api.list_dead(7, 100)


def test_one_that_is_still_dead_ends_with_1(stage: Stage) -> None:
    kill(stage, "e-1")
    shown = stage.run("redeliver", "e-1")
    assert shown.code == 1
    assert shown.out == "e-1: dead letter: The event cannot be understood: source is missing.\n"


def test_one_that_is_understood_names_its_dispatches(stage: Stage) -> None:
    kill(stage, "e-1")
    stage.core.store.rows[dead_key("e-1", '{"id": "e-1"}')]["raw"] = json.dumps(make_event("e-1"))
    shown = stage.run("redeliver", "e-1", "--json")
    (one,) = json.loads(shown.out)["redeliveries"]
    assert (shown.code, one["outcome"], len(one["dispatches"])) == (0, "verdicts", 1)
