import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dsl.code_book import read_code_book
from infra import cli
from infra.cli.exits import Exit

run = CliRunner().invoke

WRONG = """\
kind: workflow
name: wrong
description: Names an atom that does not exist, 100% of the time.
timeout: 5m
steps:
  - id: start
    atom: ec2.strat
    with: {instance_id: i-0}
"""


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    (tmp_path / "wrong.yaml").write_text(WRONG)
    return tmp_path / "wrong.yaml"


@pytest.mark.parametrize("command", ["check", "compile"])
def test_json_is_a_list_of_everything_that_is_known(command: str, wrong: Path) -> None:
    done = run(cli.app, [command, str(wrong), "--format", "json"])
    assert done.exit_code == Exit.WRONG
    found = json.loads(done.stdout)
    assert found[0].keys() == {
        "code", "severity", "message", "hint", "file", "line", "column", "end_line", "end_column",
    }  # fmt: skip
    assert (found[0]["line"], found[0]["column"], found[0]["severity"]) == (7, 11, "error")


def test_json_of_nothing_is_an_empty_list() -> None:
    assert json.loads(run(cli.app, ["check", "policies/catalog.yaml", "--format", "json"]).stdout) == []


def test_github_marks_the_line(wrong: Path) -> None:
    line = run(cli.app, ["check", str(wrong), "--format", "github"]).stdout.splitlines()[0]
    name = str(wrong).replace(":", "%3A")
    assert line.startswith(f"::error file={name},line=7,col=11,title=E301,endColumn=20::")
    assert "ec2.start" in line


def test_a_compiled_machine_is_all_of_standard_output_whatever_the_format() -> None:
    done = run(cli.app, ["compile", "state_machines/host_reboot.yaml", "--format", "json"])
    assert json.loads(done.stdout)["StartAt"] == "drain"


@pytest.mark.parametrize("code", ["E201", "e201", "[E201]", "E701", "E955"])
def test_a_code_is_explained_however_it_is_written(code: str) -> None:
    done = run(cli.app, ["explain-code", code])
    assert done.exit_code == Exit.DONE
    assert len(done.stdout) > 60


def test_without_a_code_all_are_listed_and_an_unknown_one_gets_a_hint() -> None:
    assert len(run(cli.app, ["explain-code"]).stdout.splitlines()) == len(read_code_book())
    unknown = run(cli.app, ["explain-code", "E2O1"])
    assert (unknown.exit_code, "did you mean" in unknown.output) == (Exit.WRONG, True)


def test_the_code_book_has_no_code_twice_and_none_without_a_letter() -> None:
    assert all(re.fullmatch(r"[EW]\d{3}", code) for code in read_code_book())


def test_an_expression_is_evaluated_on_data(tmp_path: Path) -> None:
    data = tmp_path / "data.json"
    data.write_text('{"object": {"tier": "P1", "labels": ["a"]}}')
    for text, expected in (
        ("$object.tier", "P1"),
        ("{% $count($event.object.labels) %}", 1),
        ("$hash('a','MD5')", None),
    ):
        done = run(cli.app, ["eval", text, "--data", str(data)])
        assert done.exit_code == Exit.DONE, done.output
        assert expected is None or json.loads(done.stdout) == expected


def test_an_expression_that_fails_says_why_and_which_name_is_near(tmp_path: Path) -> None:
    data = tmp_path / "data.json"
    data.write_text('{"object": {"tier": "P1"}}')
    done = run(cli.app, ["eval", "$objekt.tier", "--data", str(data)])
    assert (done.exit_code, "did you mean 'object'?" in done.output) == (Exit.WRONG, True)
    assert run(cli.app, ["eval", "1 +"]).exit_code == Exit.WRONG
    data.write_text("nothing")
    assert run(cli.app, ["eval", "1", "--data", str(data)]).exit_code == Exit.WRONG
