import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infra import cli
from infra.cli.connection import Place
from infra.cli.exits import Exit
from infra.cli.failures import exit_for
from infra.delivery import EventMalformed, EventRefused
from infra.errors import FileUnreadable
from tests.builders import make_event
from tests.unit.infra.connected import Recorder, Stage

CUSTOM = {"source": "shop", "detail-type": "Order Stuck", "detail": {"host": "i-0a"}, "resources": ["arn:x"]}


def write(folder: Path, text: str) -> str:
    file = folder / "event.json"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_an_event_of_aws_reaches_the_decision_function_as_eventbridge_calls_it(tmp_path: Path) -> None:
    stage = Stage()
    shown = stage.run("send", write(tmp_path, json.dumps(make_event("e7"))))
    (call,) = stage.functions.calls
    assert (call["FunctionName"], call["InvocationType"]) == ("interlock-dev-decide", "Event")
    assert json.loads(call["Payload"]) == make_event("e7")
    assert (shown.code, shown.err) == (0, "Delivered event e7 to the function interlock-dev-decide.\n")
    assert stage.bus.calls == []


def test_what_a_schedule_says_takes_no_bus_either(tmp_path: Path) -> None:
    stage, due = Stage(), {**CUSTOM, "id": "e9", "source": "interlock.schedule", "detail-type": "Schedule Due"}
    assert stage.run("send", write(tmp_path, json.dumps(due))).err.startswith("Delivered event e9 to the function")
    assert (len(stage.functions.calls), stage.bus.calls) == (1, [])


def test_any_other_event_is_put_on_interlocks_bus(tmp_path: Path) -> None:
    stage = Stage()
    shown = stage.run("send", write(tmp_path, json.dumps({**CUSTOM, "time": "2026-01-01T00:00:00Z"})))
    (entry,) = stage.bus.calls[0]["Entries"]
    assert json.loads(entry.pop("Detail")) == CUSTOM["detail"]
    assert entry == {
        "Source": "shop",
        "DetailType": "Order Stuck",
        "Resources": ["arn:x"],
        "Time": datetime(2026, 1, 1, tzinfo=UTC),
        "EventBusName": "interlock-dev",
    }
    assert shown.err == "Put event e-new on the bus interlock-dev.\n"
    assert stage.functions.calls == []


def test_an_event_may_come_from_standard_input(tmp_path: Path) -> None:
    stage = Stage()
    stage.run("send", "-", stdin=json.dumps(make_event("e8")))
    assert json.loads(stage.functions.calls[0]["Payload"])["id"] == "e8"


def test_the_same_file_is_the_same_event_unless_a_new_id_is_asked_for(tmp_path: Path) -> None:
    stage, file = Stage(), write(tmp_path, json.dumps(make_event("e7")))
    for options in ((), (), ("--new-id",)):
        stage.run("send", file, *options)
    ids = [json.loads(call["Payload"])["id"] for call in stage.functions.calls]
    assert ids[:2] == ["e7", "e7"]
    assert ids[2] != "e7"


def test_an_event_that_interlock_cannot_understand_is_delivered_all_the_same(tmp_path: Path) -> None:
    stage = Stage()
    shown = stage.run("send", write(tmp_path, '{"source": "aws.ec2"}'))
    assert json.loads(stage.functions.calls[0]["Payload"]) == {"source": "aws.ec2"}
    assert "event without an id" in shown.err


def test_the_options_say_where(tmp_path: Path) -> None:
    stage = Stage()
    stage.run("send", write(tmp_path, json.dumps(CUSTOM)), "--stage", "prod", "--region", "eu-west-1", "--profile", "p")
    assert stage.places == [Place("prod", local=False, region="eu-west-1", profile="p")]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "Expecting value at line 1, column 1"),
        ('{"source": "x",\n  "detail": }', "Expecting value at line 2, column 13"),
        ('{"source": "x"} {}', "Extra data at line 1, column 17"),
        ("[" * 100_000, "recursion"),
        ("[]", "it is JSON, but not an object"),
        ("{}", "it has no `source`"),
        ('{"source": 7}', "it has no `source`"),
        ('{"source": "x"}', "`detail-type` must be a string; `detail` must be an object"),
        (json.dumps({**CUSTOM, "time": "yesterday"}), "`time` must be an ISO 8601 time"),
        (json.dumps({**CUSTOM, "time": "2026-01-01T00:00:00"}), "`time` must be an ISO 8601 time"),
        (json.dumps({**CUSTOM, "resources": "arn"}), "`resources` must be a list of strings"),
    ],
)
def test_a_file_that_is_no_event_says_where_and_nothing_is_asked_of_aws(tmp_path: Path, text: str, cause: str) -> None:
    stage, file = Stage(), write(tmp_path, text)
    with pytest.raises(EventMalformed) as raised:
        stage.run("send", file)
    assert str(raised.value).startswith(f"{file} is not an event: ")
    assert cause in str(raised.value)
    assert exit_for(raised.value) is Exit.WRONG
    assert stage.places == []


def test_standard_input_is_named_in_the_message() -> None:
    with pytest.raises(EventMalformed, match="standard input is not an event"):
        Stage().run("send", "-", stdin="{")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match=r"nothing\.json cannot be read: No such file"):
        Stage().run("send", str(tmp_path / "nothing.json"))


def test_an_entry_that_eventbridge_refuses_is_an_error(tmp_path: Path) -> None:
    answer: dict[str, Any] = {"Entries": [{"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "no"}]}
    stage = Stage(bus=Recorder(answer=answer))
    with pytest.raises(EventRefused, match="NotAuthorizedForSourceException: no") as raised:
        stage.run("send", write(tmp_path, json.dumps(CUSTOM)))
    assert exit_for(raised.value) is Exit.REFUSED


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({}, "error: No AWS region is set: pass --region"),
        (
            {"AWS_DEFAULT_REGION": "eu-west-1"},
            "error: No usable AWS credentials (none were found): run `aws configure`",
        ),
    ],
)
def test_a_missing_region_or_credentials_is_one_line_and_code_3(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    settings: dict[str, str],
    line: str,
) -> None:
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["interlock", "send", write(tmp_path, json.dumps(CUSTOM))])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    shown = capsys.readouterr()
    assert ended.value.code == Exit.SURROUNDINGS
    assert shown.err.startswith(line)
    assert (shown.err.count("\n"), shown.out) == (1, "")
