"""`interlock audit`: who changed what over the API, and who was refused."""

from typing import Annotated

import typer

from infra.cli.connection import connect
from infra.cli.listing import print_json, print_table, show_time
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.screen import err

Principal = Annotated[str | None, typer.Option(help="Only this principal, by its whole ARN.")]
Action = Annotated[str | None, typer.Option(help="Only this route, for example 'POST /v1/dispatches'.")]
Refused = Annotated[bool, typer.Option("--refused", help="Only what was refused.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API gives it.")]


def run(
    context: typer.Context,
    principal: Principal = None,
    action: Action = None,
    refused: Refused = False,  # noqa: FBT002 - a command's flag
    limit: Limit = 50,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List changes and refusals with their principal, the latest first; needs the role admin."""
    api = connect(context, stage, local=local, region=region, profile=profile).api
    found = list(api.list_audit(limit, principal=principal, action=action, refused="true" if refused else None))
    if as_json:
        print_json(found)
        return
    if not found:
        err.print("Nothing was changed or refused.")
        return
    rows = (
        (
            show_time(one["at"]),
            one["principal"].rpartition(":")[2],
            str(one["status"] or "cut off"),
            f"{one['action'].partition(' ')[0]} {one['path']}",
            one["problem"] or one["about"] or "",
        )
        for one in found
    )
    print_table(("at (UTC)", "principal", "status", "request", "about"), rows)
