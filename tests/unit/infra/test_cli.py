import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chalicelib.errors import InterlockError
from infra import cli, errors
from infra.cli.commands import Commands
from infra.cli.exits import Exit
from infra.cli.failures import exit_for
from infra.project import find_project

run = CliRunner().invoke

WRONG_WORKFLOW = """\
kind: workflow
name: wrong
description: Names an atom that does not exist.
timeout: 5m
steps:
  - id: start
    atom: ec2.strat
    with: {instance_id: i-0}
"""


def test_help_lists_the_commands() -> None:
    text = run(cli.app, ["--help"]).output
    assert all(name in text for name in ("check", "compile", "build", "deploy", "local", "template"))


@pytest.mark.parametrize("command", [name for commands in Commands.sections.values() for name in commands])
def test_every_command_that_is_listed_explains_its_options(command: str) -> None:
    shown = run(cli.app, [command, "--help"])
    assert shown.exit_code == Exit.DONE
    assert f"Usage: interlock {command}" in shown.output.replace("Usage: root", "Usage: interlock")


SPEAK_JSON = {"eval", "schema", "template", "openapi"}
"""What they print is JSON as it is."""
FORMATS = {"check", "compile", "graph", "backtest"}
"""Have forms of their own, JSON among them where there is something to tell."""
SHOWS = {"verify", "demo"}
"""Are watched by people: their exit code is the result."""
GROUPS = {"local": ("up", "down", "status"), "new": ("workflow", "rule", "atom")}


@pytest.mark.parametrize("command", [name for commands in Commands.sections.values() for name in commands])
def test_every_command_has_a_form_for_scripts(command: str) -> None:
    for inner in GROUPS.get(command, ("",)):
        shown = run(cli.app, [command, *filter(None, [inner]), "--help"]).output
        if command in FORMATS:
            assert "--format" in shown
        else:
            assert ("--json" in shown) is (command not in SPEAK_JSON | SHOWS), f"{command} {inner}"


def test_every_file_of_a_command_is_listed() -> None:
    listed = {target.module for commands in Commands.sections.values() for target in commands.values()}
    commands = {path.stem for path in Path(cli.__file__).parent.glob("*.py") if "\ndef run" in path.read_text()}
    assert commands - {"watching", "recording"} <= listed


def test_the_help_loads_no_command() -> None:
    probe = "import sys; from infra.cli import main; sys.argv = ['interlock', '--help']\ntry: main()\nexcept SystemExit: pass"
    loaded = "print(sorted({'boto3', 'pydantic', 'yaml', 'jsonata', 'dsl', 'chalicelib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", f"{probe}\n{loaded}"], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_an_unknown_command_is_a_mistake_of_usage() -> None:
    assert run(cli.app, ["dance"]).exit_code == Exit.USAGE


def test_a_missing_region_is_one_line_and_code_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setattr(sys, "argv", ["interlock", "deploy"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    shown = capsys.readouterr()
    assert ended.value.code == Exit.SURROUNDINGS
    assert shown.err.startswith("error: No AWS region is set: pass --region")
    assert (shown.err.count("\n"), shown.out) == (1, "")


def test_a_bad_stage_is_refused_before_anything_is_asked_of_aws() -> None:
    refused = run(cli.app, ["deploy", "--stage", "My-Stage"])
    assert isinstance(refused.exception, errors.BadStage)


def test_the_project_s_own_sources_are_right() -> None:
    assert run(cli.app, ["check"]).exit_code == Exit.DONE


def test_mistakes_in_a_file_are_shown_with_their_place_and_code_1(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(WRONG_WORKFLOW)
    checked = run(cli.app, ["check", str(file)])
    assert checked.exit_code == Exit.WRONG
    assert f"{file}:7:" in checked.output
    assert "ec2.start" in checked.output


def test_a_workflow_compiles_to_standard_output(tmp_path: Path) -> None:
    source = find_project().state_machines / "host_reboot.yaml"
    compiled = run(cli.app, ["compile", str(source)])
    assert compiled.exit_code == Exit.DONE
    assert json.loads(compiled.stdout)["QueryLanguage"] == "JSONata"
    target = tmp_path / "out.json"
    assert run(cli.app, ["compile", str(source), "--out", str(target)]).exit_code == Exit.DONE
    assert target.read_text() == compiled.stdout


def test_a_workflow_with_errors_compiles_to_nothing(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(WRONG_WORKFLOW)
    compiled = run(cli.app, ["compile", str(file)])
    assert (compiled.exit_code, compiled.stdout) == (Exit.WRONG, "")


def test_the_committed_files_are_up_to_date() -> None:
    assert run(cli.app, ["build", "--check"]).exit_code == Exit.DONE


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.RegionMissing(), Exit.SURROUNDINGS),
        (errors.LocalNotRunning(), Exit.SURROUNDINGS),
        (errors.StackFailed(stack="s", status="x", cause="y"), Exit.REFUSED),
        (errors.SourcesInvalid(count=1), Exit.WRONG),
        (InterlockError(), Exit.WRONG),
    ],
)
def test_each_kind_of_error_has_its_code(error: InterlockError, code: Exit) -> None:
    assert exit_for(error) is code
