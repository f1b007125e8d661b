"""`interlock backtest EVENTS.jsonl --from OLD --to NEW`: what a change of the policies would have decided otherwise."""

import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from chalicelib.catalog.model import Bundle
from chalicelib.decision.durations import parse_duration
from infra.cli.check import print_diagnostics
from infra.cli.exits import Exit
from infra.cli.listing import print_json
from infra.cli.screen import out
from infra.errors import FileUnreadable
from infra.offline.backtest import backtest
from infra.offline.backtest_report import list_diff, render_markdown, render_text
from infra.offline.trees import compile_tree
from infra.project import Project, find_project


class Form(StrEnum):
    """How the difference is printed."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


Events = Annotated[Path, typer.Argument(help="Recorded events, one JSON object a line, oldest first.", exists=True)]
Old = Annotated[Path, typer.Option("--from", help="The policies before: a checkout, or a folder with services.yaml.")]
New = Annotated[Path | None, typer.Option("--to", help="The policies after; else this checkout's.")]
Shape = Annotated[Form, typer.Option("--format", help="For a terminal, for scripts, or for a pull request.")]
Takes = Annotated[
    str | None, typer.Option("--run-takes", help="How long every run takes, for example 10m; 0s: as if nothing ran.")
]


def run(events: Events, old: Old, new: New = None, form: Shape = Form.TEXT, takes: Takes = None) -> None:
    """Decide recorded events by two versions of the policies, and show where they differ, in decisions and in verdicts.

    Nothing is started and no AWS is asked. What would run is taken to succeed in the time that its workflow is expected to
    need: so locks, budgets and rates keep back what they would have kept back.
    """
    takes_s = parse_duration(takes) if takes is not None else None
    project = find_project()
    before, after = _compile(old, project), _compile(new or project.content or project.root, project)
    diff = backtest(_read_lines(events), before, after, takes_s=takes_s)
    if form is Form.JSON:
        print_json(list_diff(diff))
        return
    render = render_text if form is Form.TEXT else render_markdown
    out.print("\n".join(render(diff)), markup=False)


def _compile(tree: Path, project: Project) -> Bundle:
    bundle, found, sources = compile_tree(tree, project)
    if bundle is None:
        print_diagnostics(found, sources)
        raise typer.Exit(Exit.WRONG)
    return bundle


def _read_lines(path: Path) -> Iterator[object]:
    """Give each line's value; what is not JSON is given as its text, which is an event that cannot be understood."""
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.strip():
                    yield _read_line(line)
    except OSError as error:
        raise FileUnreadable(path=path, cause=error.strerror) from error


def _read_line(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return line
