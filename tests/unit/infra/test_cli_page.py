"""What all commands share: the page about them, exit codes, JSON, completion, errors of usage."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from infra import cli
from infra.cli.exits import Exit

PAGE = (Path(__file__).parents[3] / "docs" / "cli.md").read_text(encoding="utf-8")
DOCUMENTS = {"template", "openapi", "schema", "graph", "compile"}
"""What they print is a document of its own kind."""
FORMATS = {"check", "backtest"}
"""They have `--format json`."""
NOTHING_TO_PRINT = {
    "init", "build", "demo", "verify", "explain-code", "eval", "match", "new workflow", "new rule", "new atom",
    "local up", "local down",
}  # fmt: skip
"""They write files or tell a story; `eval` and `match` print JSON anyway."""


def list_commands() -> Iterator[tuple[str, Any]]:
    root: Any = typer.main.get_command(cli.app)
    for name, deferred in root.commands.items():
        command = deferred.load()
        inner = getattr(command, "commands", None)
        if inner is None:
            yield name, command
        else:
            yield from ((f"{name} {one}", each) for one, each in inner.items())


COMMANDS = dict(list_commands())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_on_the_page_and_says_what_it_does(name: str) -> None:
    assert f"`{name}`" in PAGE or f"`{name.split(maxsplit=1)[0]}`" in PAGE
    assert COMMANDS[name].help


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - DOCUMENTS - FORMATS - NOTHING_TO_PRINT))
def test_every_command_with_a_result_gives_it_as_json(name: str) -> None:
    assert "--json" in {option for parameter in COMMANDS[name].params for option in parameter.opts}


def test_the_page_lists_the_exit_codes_and_no_others() -> None:
    listed = re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)
    assert [int(one) for one in listed] == [int(code) for code in Exit]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_is_completed(shell: str) -> None:
    script = run_with({"_INTERLOCK_COMPLETE": f"source_{shell}"})
    assert "interlock" in script.stdout
    asked = {"COMP_WORDS": "interlock dispat", "COMP_CWORD": "1", "_INTERLOCK_COMPLETE": "complete_bash"}
    if shell == "bash":
        assert run_with(asked).stdout.split() == ["dispatches"]


def run_with(environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    program = Path(sys.executable).with_name("interlock")
    given = {**os.environ, **environment}
    return subprocess.run([program], env=given, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["dispatchs"], "Did you mean 'dispatches'"),
        (["timeline"], "Missing argument 'ID': see `interlock timeline --help`."),
        (["doctor", "now"], "Got unexpected extra argument"),
        (["freeze", "--for", "soon", "--reason", "x"], "see `interlock freeze --help`."),
    ],
)
def test_a_mistake_of_usage_is_one_line_that_says_where_to_read(
    arguments: list[str], text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["interlock", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    shown = capsys.readouterr()
    assert (ended.value.code, shown.out, shown.err.count("\n")) == (Exit.USAGE, "", 1)
    assert text in shown.err
