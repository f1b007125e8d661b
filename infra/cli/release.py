"""`interlock release`: what a storm or a freeze held goes on, because a person says so."""

from typing import Annotated

import typer

from infra.cli.connection import connect
from infra.cli.dispatches import find_id
from infra.cli.exits import Exit
from infra.cli.listing import print_json
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.screen import err
from infra.client import ApiRejected

Id = Annotated[str | None, typer.Argument(metavar="[ID]", help="A dispatch that is held, or the beginning of its id.")]
Rule = Annotated[str | None, typer.Option(help="Everything that is held of this rule, instead of one dispatch.")]
Reason = Annotated[str, typer.Option(help="Why, for the record.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="How many of a rule at most, newest first.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API gives it.")]


def run(
    context: typer.Context,
    reason: Reason,
    dispatch: Id = None,
    rule: Rule = None,
    limit: Limit = 100,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Have what is held decided anew, past its rule's windows and not past control; exit with 4 if one is not held."""
    if (dispatch is None) == (rule is None):
        err.print("Give the id of a dispatch, or --rule.")
        raise typer.Exit(Exit.USAGE)
    api = connect(context, stage, local=local, region=region, profile=profile).api
    held = api.list_dispatches(limit, rule=rule, state="held") if rule is not None else ()
    names = [row["id"] for row in held] if rule is not None else [find_id(api, str(dispatch))]
    done = []
    for name in names:
        try:
            done.append(api.release(name, reason))
        except ApiRejected as refused:
            if rule is None:
                raise
            err.print(str(refused), markup=False)
    if as_json:
        print_json(done)
        return
    for one in done:
        err.print(f"{one['id']} was {one['was']}: {one['action']}.", markup=False)
    if not names:
        err.print(f"Nothing of the rule {rule} is held.", markup=False)
