"""`interlock redeliver EVENT_ID`: give a dead letter another chance."""

from typing import Annotated

import typer

from infra.cli.connection import connect
from infra.cli.exits import Exit
from infra.cli.listing import print_json
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.screen import out

Id = Annotated[str, typer.Argument(metavar="EVENT_ID", help="The id of the event, as `interlock dead` lists it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API gives it.")]


def run(
    context: typer.Context,
    event: Id,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Deliver an event again that could not be understood, as if it came now. The exit code is 1 if it still cannot."""
    found = connect(context, stage, local=local, region=region, profile=profile).api.redeliver(event)
    if as_json:
        print_json(found)
    else:
        for one in found["redeliveries"]:
            out.print(f"{one['event']}: {one['outcome']}{_explain(one)}", markup=False)
    if any(one["outcome"] == "dead letter" for one in found["redeliveries"]):
        raise typer.Exit(Exit.WRONG)


def _explain(one: dict[str, list[str] | str]) -> str:
    told = one["cause"] or ", ".join(one["dispatches"])
    return f": {told}" if told else ""
