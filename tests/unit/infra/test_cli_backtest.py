import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra import cli
from infra.project import find_project

CORPUS = Path(__file__).parents[2] / "corpus" / "events"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The policies as they are, without the rule for disks, and with P1 going to a person."""
    shutil.copytree(find_project().policies, tmp_path / "old" / "policies")
    rules = tmp_path / "old" / "policies" / "rules"
    rule = rules / "host_stopped.yaml"
    rule.write_text(rule.read_text().replace("run: host_reboot", "run: host_rebot"))
    return tmp_path / "old"


@pytest.fixture
def events(tmp_path: Path) -> Path:
    lines = [json.dumps(json.loads(path.read_text())) for path in sorted(CORPUS.glob("ec2_stopped.json"))]
    (tmp_path / "events.jsonl").write_text("\n".join([*lines, "", "not JSON"]))
    return tmp_path / "events.jsonl"


def test_a_tree_that_does_not_compile_is_shown_with_its_mistakes(old: Path, events: Path) -> None:
    result = CliRunner().invoke(cli.app, ["backtest", events.as_posix(), "--from", old.as_posix()])

    assert result.exit_code == 1
    assert "no workflow or atom is called 'host_rebot'" in result.stderr


def test_the_difference_is_printed_in_each_form(old: Path, events: Path) -> None:
    rule = old / "policies" / "rules" / "host_stopped.yaml"
    text = rule.read_text().replace("run: host_rebot", "ignore: not now")
    rule.write_text(text[: text.index("    with:")] + text[text.index("goal:") :])
    arguments = ["backtest", events.as_posix(), "--from", old.as_posix()]

    text_form = CliRunner().invoke(cli.app, arguments)
    json_form = CliRunner().invoke(cli.app, [*arguments, "--format", "json"])
    markdown = CliRunner().invoke(cli.app, [*arguments, "--format", "markdown"])

    assert text_form.stdout.splitlines()[0] == "2 event(s), 1 matched a rule, 1 could not be understood."
    assert json.loads(json_form.stdout)["changes"][0]["before"] == "(ignore)", "it is in shadow"
    assert markdown.stdout.startswith("### Decisions over recorded events")
