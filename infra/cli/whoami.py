"""`interlock whoami`: who the API says you are, and what you may do."""

from typing import Annotated

import typer

from infra.cli.connection import connect
from infra.cli.listing import print_fields, print_json, print_table
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.screen import err, out

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API gives it.")]


def run(
    context: typer.Context,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Show your principal, your role, and the grants of policies/access.yaml that fit you."""
    found = connect(context, stage, local=local, region=region, profile=profile).api.read_me()
    if as_json:
        print_json(found)
        return
    print_fields((("principal", found["principal"]), ("role", found["role"])))
    if not found["grants"]:
        err.print("No grant of policies/access.yaml fits you: have one added and deployed.")
        return
    out.print("\ngrants:", style="bold")
    rows = (
        (
            one["role"],
            ", ".join(one["services"]) or "all",
            ", ".join(one["tiers"]) or "all",
            ", ".join(one["kinds"]) or "all",
            one["up_to"],
        )
        for one in found["grants"]
    )
    print_table(("role", "services", "tiers", "kinds", "up to"), rows)
