import json
from pathlib import Path

from typer.testing import CliRunner

from infra import cli
from infra.cli.exits import Exit
from tests.unit.dsl_cases.files import HEAD

run = CliRunner().invoke

FLOW = """\
kind: workflow
name: look
description: Look at a host.
input: {host: string}
timeout: 5m
steps:
  - id: look
    atom: ec2.describe
    with: {instance_ids: ["{% $input.host %}"]}
"""
CASES = "cases:\n  - name: it is seen\n    expect: {path: [look]}\n"


def _write(folder: Path, cases: str | None = CASES) -> Path:
    (folder / "look.yaml").write_text(FLOW)
    if cases is not None:
        (folder / "look.cases.yaml").write_text(HEAD + cases)
    return folder / "look.yaml"


def test_a_workflow_brings_its_cases_and_the_other_way_round(tmp_path: Path) -> None:
    file = _write(tmp_path)
    for path in (file, tmp_path / "look.cases.yaml", tmp_path):
        done = run(cli.app, ["cases", str(path)])
        assert (done.exit_code, "ok  it is seen" in done.output) == (Exit.DONE, True), done.output


def test_a_difference_is_code_1(tmp_path: Path) -> None:
    done = run(cli.app, ["cases", str(_write(tmp_path, CASES.replace("path: [look]", "error: NotFound")))])
    assert done.exit_code == Exit.WRONG
    assert 'error: expected "NotFound", found null' in done.output


def test_a_mistake_in_the_cases_is_code_1_and_shown_with_its_place(tmp_path: Path) -> None:
    file = _write(tmp_path, CASES.replace("[look]", "[loko]"))
    for command in ("cases", "check"):
        done = run(cli.app, [command, str(tmp_path / "look.cases.yaml")])
        assert done.exit_code == Exit.WRONG
        assert "look.cases.yaml:5:21: error[E955]" in done.output
        assert "did you mean 'look'?" in done.output
    assert file.exists()


def test_json_is_for_scripts(tmp_path: Path) -> None:
    done = run(cli.app, ["cases", str(_write(tmp_path)), "--json"])
    assert json.loads(done.stdout)[0]["cases"][0]["passed"] is True


def test_a_workflow_without_cases_is_named(tmp_path: Path) -> None:
    done = run(cli.app, ["cases", str(_write(tmp_path, None))])
    assert (done.exit_code, "look.yaml has no cases" in done.output) == (Exit.DONE, True)


def test_what_no_case_reaches_counts_only_if_it_is_asked_for(tmp_path: Path) -> None:
    looping = FLOW + "  - id: wide\n    when: $input.host = 'x'\n    wait: 5s\n"
    file = _write(tmp_path, CASES.replace("path: [look]", ""))
    file.write_text(looping)
    assert run(cli.app, ["cases", str(file)]).exit_code == Exit.DONE
    assert run(cli.app, ["cases", str(file), "--covered"]).exit_code == Exit.WRONG


def test_a_workflow_that_does_not_compile_is_named_with_what_to_do(tmp_path: Path) -> None:
    file = _write(tmp_path)
    file.write_text(FLOW.replace("ec2.describe", "ec2.descrybe"))
    done = run(cli.app, ["cases", str(file)])
    assert done.exit_code == Exit.WRONG
    assert f"look.yaml does not compile: `interlock check {file}`" in done.output
