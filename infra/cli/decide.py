"""`interlock decide --event E.json`: what would be decided about an event, offline."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from chalicelib.decision.durations import parse_duration
from dsl.diagnostics import Diagnostic, has_errors
from dsl.policies.cases import ObjectsFile, RunningFile, read_objects, read_running
from dsl.schedules import render_due, write_due
from infra.cli.check import print_diagnostics
from infra.cli.exits import Exit
from infra.cli.explaining import render_explanation
from infra.cli.listing import print_json
from infra.cli.opening import compile_project
from infra.cli.screen import out
from infra.delivery import EventMalformed, read_event
from infra.offline.trial import activate, find_due, try_event
from infra.sources import read_text

M = TypeVar("M", ObjectsFile, RunningFile)
Event = Annotated[Path | None, typer.Option("--event", help="A file with one event in EventBridge's form.")]
Due = Annotated[
    str | None,
    typer.Option("--due", help="Instead: a rule with a schedule, as it next decides, from --at on, or else from now."),
]
Objects = Annotated[
    Path | None,
    typer.Option(help="YAML or JSON: `objects:` by id, each with state, labels and what was started on it."),
]
Running = Annotated[Path | None, typer.Option(help="YAML or JSON: `running:`, a list of work that holds its objects.")]
At = Annotated[
    str | None, typer.Option(help="The time of the decision, ISO 8601 with its offset; else the event's own.")
]
After = Annotated[
    str,
    typer.Option(
        help="How much time goes by afterwards without anything else, for example 2m for a rule that settles."
    ),
]
Active = Annotated[bool, typer.Option("--active", help="As if the rules in shadow were active.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def run(
    event: Event = None,
    due: Due = None,
    objects: Objects = None,
    running: Running = None,
    at: At = None,
    after: After = "0s",
    active: Active = False,  # noqa: FBT002 - a command's flag
    as_json: AsJson = False,  # noqa: FBT002 - a command's flag
) -> None:
    """Decide an event by the rules of this checkout, in memory: which rules apply, which branch, and what control says.

    It is the code that decides in production. Nothing is started and no AWS is asked.
    """
    if (event is None) is (due is None):
        message = "give --event FILE, or --due RULE for a rule with a schedule"
        raise typer.BadParameter(message)
    name = event.as_posix() if event is not None else "--at"
    raw = read_event(read_text(event), name) if event is not None else None
    known = read_world_file(objects, read_objects) if objects is not None else None
    held = read_world_file(running, read_running) if running is not None else None
    bundle = compile_project().bundle
    if active:
        bundle = activate(bundle)
    if raw is None:
        begin = find_due(due or "", bundle, _read_time(at, name) if at is not None else datetime.now(UTC))
        raw = write_due(due or "", render_due(begin))
    else:
        begin = _read_time(at or raw.get("time"), name)
    found = try_event(raw, bundle, begin, known, held, parse_duration(after)).model_dump(mode="json")
    print_json(found) if as_json else out.print("\n".join(render_explanation(found)), markup=False)


def read_world_file(path: Path, read: Callable[[str, str], tuple[M | None, tuple[Diagnostic, ...]]]) -> M:
    """Read objects or running work; mistakes are printed and end the command."""
    text, name = read_text(path), path.as_posix()
    spec, found = read(text, name)
    print_diagnostics(found, {name: text})
    if spec is None or has_errors(found):
        raise typer.Exit(Exit.WRONG)
    return spec


def _read_time(text: object, name: str) -> datetime:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        raise EventMalformed(name=name, cause=f"{text!r} is not a time: give one with --at") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
