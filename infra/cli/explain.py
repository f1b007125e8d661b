"""`interlock explain EVENT_ID`: what became of an event, and why."""

from pathlib import Path
from typing import Annotated

import typer

from chalicelib.decision.misses import list_misses
from infra.cli.connection import connect
from infra.cli.explaining import render_explanation
from infra.cli.listing import print_json
from infra.cli.opening import compile_project
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.screen import out
from infra.delivery import read_event
from infra.sources import read_text

Id = Annotated[str, typer.Argument(metavar="EVENT_ID", help="The id of an event, or of one of its dispatches.")]
File = Annotated[
    Path | None,
    typer.Option(
        "--event", help="The event itself: then the other rules are explained too, as this checkout has them."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API gives it.")]


def run(
    context: typer.Context,
    event: Id,
    file: File = None,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Show every decision about an event: what was tried, the first false term, the verdict, and what blocked it."""
    raw = read_event(read_text(file), file.as_posix()) if file is not None else None
    found = connect(context, stage, local=local, region=region, profile=profile).api.explain_event(event)
    if raw is not None:
        bundle = compile_project().bundle
        found["missed"] = [miss._asdict() for miss in list_misses(raw, bundle.rules)]
        found["bundle_version"] = bundle.version
    print_json(found) if as_json else out.print("\n".join(render_explanation(found)), markup=False)
