"""`interlock dead`: events that could not be understood."""

from typing import Annotated

import typer

from infra.cli.connection import connect
from infra.cli.listing import print_json, print_table, show_time
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.screen import err

Days = Annotated[int, typer.Option(min=1, max=100, help="How many days back, today included.")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API gives it.")]


def run(
    context: typer.Context,
    days: Days = 7,
    limit: Limit = 100,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List dead letters with their cause, the latest first; `interlock redeliver` gives one another chance."""
    found = connect(context, stage, local=local, region=region, profile=profile).api.list_dead(days, limit)
    if as_json:
        print_json(found)
        return
    if not found["dead_letters"]:
        err.print("No dead letters.")
        return
    rows = ((one["event"], show_time(one["at"]), one["cause"]) for one in found["dead_letters"])
    print_table(("event", "at (UTC)", "cause"), rows)
    if not found["complete"]:
        err.print("There are more: ask with --limit.")
