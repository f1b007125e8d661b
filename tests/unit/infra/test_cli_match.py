"""`interlock match`: one pattern and event, or a file of cases."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli import app
from infra.patterns import NotAnEvent, try_cases, try_pattern

PATTERN = '{"source": ["aws.ec2"], "detail": {"state": ["stopped"]}}'


def test_a_pattern_that_matches_is_true() -> None:
    done = CliRunner().invoke(app, ["match", PATTERN, '{"source": "aws.ec2", "detail": {"state": "stopped"}}'])
    assert (done.exit_code, done.stdout) == (0, "true\n")


def test_one_that_does_not_says_the_first_reason(tmp_path: Path) -> None:
    pattern, event = tmp_path / "pattern.json", tmp_path / "event.json"
    pattern.write_text(PATTERN)
    event.write_text('{"source": "aws.ec2", "detail": {"state": "running"}}')
    done = CliRunner().invoke(app, ["match", str(pattern), str(event)])
    assert (done.exit_code, done.stdout) == (0, "false\n")
    assert done.stderr == 'detail.state is "running", wanted one of ["stopped"]\n'


def test_an_invalid_pattern_is_told_and_ends_with_1() -> None:
    done = CliRunner().invoke(app, ["match", '{"a": [{"prefix": 1}]}', "{}"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "not valid at a: prefix match pattern must be a string" in done.stderr


def test_each_case_of_a_file_gives_a_line(tmp_path: Path) -> None:
    cases = tmp_path / "cases.jsonl"
    lines = [
        {"name": "one", "pattern": {"a": [1]}, "event": {"a": 1}},
        {"name": "two", "pattern": {"a": [1]}, "event": {"a": 2}},
        {"name": "three", "pattern": {"a": 1}, "event": {}},
    ]
    cases.write_text("\n\n".join(json.dumps(line) for line in lines) + "\n")
    done = CliRunner().invoke(app, ["match", "--cases", str(cases)])
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"name": "one", "result": True, "message": ""},
        {"name": "two", "result": False, "message": "a is 2, wanted one of [1]"},
        {
            "name": "three",
            "result": "invalid",
            "message": 'The event pattern is not valid at the top: "a" must be an object or an array.',
        },
    ]
    assert done.exit_code == 0


@pytest.mark.parametrize("arguments", [[], ["{}"], ["{}", "{}", "--cases", "x"]])
def test_it_takes_a_pattern_and_an_event_or_cases(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, ["match", *arguments]).exit_code == 2


@pytest.mark.parametrize("line", ["{", "[]", '{"pattern": {}}', "NaN"])
def test_a_line_that_is_no_case_is_told_with_its_number_and_the_others_count(line: str) -> None:
    good = '{"name": "good", "pattern": {"a": [1]}, "event": {"a": 1}}'
    first, wrong, last = try_cases([good, line, good], "cases.jsonl")
    assert first == last == {"name": "good", "result": True, "message": ""}
    assert (wrong["name"], wrong["result"]) == (None, "invalid")
    assert "cases.jsonl:2 is not JSON" in wrong["message"]


def test_an_event_may_be_given_as_text_and_one_that_is_none_is_invalid() -> None:
    texts = [json.dumps({"name": "n", "pattern": {"a": [1]}, "event": event}) for event in ('{"a": 1}', "[]", 3)]
    assert [one["result"] for one in try_cases(texts, "f")] == [True, "invalid", "invalid"]


def test_an_event_must_be_an_object() -> None:
    with pytest.raises(NotAnEvent):
        try_pattern({"a": [1]}, [])


def test_a_field_twice_in_an_event_counts_once() -> None:
    (case,) = try_cases(['{"pattern": {"a": [2]}, "event": {"a": 1, "a": 2}}'], "x")
    assert case["result"] is True
