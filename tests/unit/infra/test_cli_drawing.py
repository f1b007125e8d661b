import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra import cli
from infra.cli.exits import Exit

run = CliRunner().invoke
FILE = "state_machines/host_reboot.yaml"


def test_a_picture_goes_to_a_file_or_to_standard_output(tmp_path: Path) -> None:
    target = tmp_path / "picture.svg"
    assert run(cli.app, ["graph", FILE, "--out", str(target)]).exit_code == Exit.DONE
    assert "undo drain" in target.read_text()
    assert run(cli.app, ["graph", FILE]).stdout == target.read_text()


@pytest.mark.parametrize(("style", "begin"), [("mermaid", "---\ntitle: host_reboot"), ("dot", "digraph {")])
def test_text_is_for_what_draws_it(style: str, begin: str) -> None:
    assert run(cli.app, ["graph", FILE, "--format", style]).stdout.startswith(begin)


def test_an_estimate_is_a_table_or_json() -> None:
    shown = run(cli.app, ["estimate", FILE])
    assert "states entered" in shown.stdout
    assert "list prices of us-east-1 as of" in shown.stdout
    found = json.loads(run(cli.app, ["estimate", FILE, "--json"]).stdout)
    assert (found["logical_steps"], found["best"]["transitions"]) == (4, 4)
    assert found["assumptions"]


@pytest.mark.parametrize("command", ["graph", "estimate"])
def test_a_workflow_with_mistakes_shows_them(command: str, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(Path(FILE).read_text().replace("elb.deregister", "elb.deregistr"))
    done = run(cli.app, [command, str(file)])
    assert (done.exit_code, "error[E301]" in done.output) == (Exit.WRONG, True)


def test_a_schema_is_printed_and_kinds_are_listed() -> None:
    assert json.loads(run(cli.app, ["schema", "workflow"]).stdout)["title"] == "Interlock: kind workflow"
    assert "schemas/cases.json" in run(cli.app, ["schema"]).stdout
    unknown = run(cli.app, ["schema", "workflo"])
    assert (unknown.exit_code, "did you mean 'workflow'?" in unknown.output) == (Exit.WRONG, True)
