import json
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.catalog.model import Intent
from infra.cli.start import InputMalformed
from infra.client import ApiRefused, ApiRejected
from tests.builders import make_workflow
from tests.unit.infra.connected import Stage

SCHEMA = {
    "type": "object",
    "properties": {
        "host": {"type": "string", "description": "EC2 instance", "pattern": "^i-"},
        "count": {"type": "integer", "default": 2},
        "tags": {"type": "object"},
    },
    "required": ["host"],
    "additionalProperties": False,
}


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    typed = make_workflow("typed", ("host/{% $input.host %}", Intent.DISRUPT), input_schema=SCHEMA)
    stage.core.bundle = replace(stage.core.bundle, workflows={**stage.core.bundle.workflows, "typed": typed})
    return stage


def test_a_start_prints_the_id_for_scripts_and_a_sentence_for_people(stage: Stage) -> None:
    shown = stage.run("start", "host_reboot", "--input", "host=i-0a", "--reason", "kernel")
    (dispatch,) = stage.core.executions.started
    assert (shown.out, shown.err) == (f"{dispatch}\n", "Started host_reboot on host/i-0a.\n")
    assert stage.api.read_dispatch(dispatch)["requested"]["reason"] == "kernel"


def test_values_are_read_by_the_types_that_the_catalog_declares(stage: Stage) -> None:
    stage.run("start", "typed", "-i", "host=i-7", "-i", "count=3", "-i", 'tags={"a": "1=2"}')
    ((_, execution_input),) = stage.core.executions.started.values()
    assert execution_input["input"] == {"host": "i-7", "count": 3, "tags": {"a": "1=2"}}


def test_a_file_gives_the_input_and_options_change_it(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "input.json"
    file.write_text('{"host": "i-1", "count": 5}')
    stage.run("start", "typed", "--input-json", str(file), "-i", "host=i-2")
    stage.run("start", "typed", "--input-json", "-", stdin='{"host": "i-3"}')
    given = [execution_input["input"] for _, execution_input in stage.core.executions.started.values()]
    assert given == [{"host": "i-2", "count": 5}, {"host": "i-3", "count": 2}]


def test_a_queued_start_says_behind_whom(stage: Stage) -> None:
    stage.run("start", "host_reboot", "-i", "host=i-0a")
    shown = stage.run("start", "host_reboot", "-i", "host=i-0a")
    assert shown.code == 0
    assert shown.err.startswith("host_reboot on host/i-0a waits its turn: host_reboot holds host/i-0a (disrupt,")


def test_a_refused_start_is_an_error_with_the_holder(stage: Stage) -> None:
    stage.run("start", "host_reboot", "-i", "host=i-0a")
    with pytest.raises(ApiRejected, match="host_reboot holds host/i-0a"):
        stage.run("start", "host_stop", "-i", "host=i-0a")


def test_the_same_key_starts_once(stage: Stage) -> None:
    first = stage.run("start", "host_reboot", "-i", "host=i-0a", "--key", "k")
    again = stage.run("start", "host_reboot", "-i", "host=i-0a", "--key", "k")
    assert again.out == first.out
    assert again.err == "This key started host_reboot on host/i-0a before: it is reserved.\n"
    assert len(stage.core.executions.started) == 1


def test_json_is_what_the_api_gave(stage: Stage) -> None:
    assert json.loads(stage.run("start", "look", "--json").out)["verdict"] == "start"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("-i", "host"), "'host' is not an input: write name=value."),
        (("-i", "=x"), "'=x' is not an input: write name=value."),
        (("-i", "count=many"), "'count=many' is not an input: count must be integer."),
    ],
)
def test_an_input_that_cannot_be_read_starts_nothing(stage: Stage, arguments: tuple[str, ...], line: str) -> None:
    with pytest.raises(InputMalformed) as raised:
        stage.run("start", "typed", *arguments)
    assert str(raised.value) == line
    assert stage.core.executions.started == {}


@pytest.mark.parametrize(("text", "cause"), [('{"host":', "line 1, column 9"), ("[]", "not an object")])
def test_an_input_file_that_cannot_be_read_says_where(stage: Stage, tmp_path: Path, text: str, cause: str) -> None:
    file = tmp_path / "input.json"
    file.write_text(text)
    with pytest.raises(InputMalformed, match=cause):
        stage.run("start", "typed", "--input-json", str(file))
    assert stage.places == []


def test_an_unknown_name_is_refused(stage: Stage) -> None:
    with pytest.raises(ApiRefused, match="no workflow or atom called 'nope'"):
        stage.run("start", "nope", "-i", "host=i-0a")


def test_the_catalog_lists_what_may_be_started(stage: Stage) -> None:
    lines = stage.run("catalog").lines
    assert lines[0] == ["name", "kind", "intent", "objects", "description"]
    assert ["host_reboot", "workflow", "disrupt", "host/{% $input.host %}"] in lines
    assert ["look", "workflow", "-", "-"] in lines


def test_an_entry_shows_its_input_with_types_and_defaults(stage: Stage) -> None:
    lines = stage.run("catalog", "typed").lines
    assert ["host", "string", "required", "EC2 instance; pattern ^i-"] in lines
    assert ["count", "integer", "default 2"] in lines
    assert ["usually takes", "300 s, at most 900 s"] in lines


def test_the_catalog_is_there_for_scripts_too(stage: Stage) -> None:
    assert json.loads(stage.run("catalog", "--json").out) == stage.api.list_catalog()
    assert json.loads(stage.run("catalog", "typed", "--json").out) == stage.api.read_entry("typed")
