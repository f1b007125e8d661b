"""`interlock cancel ID` and `interlock break ID`: a person takes a dispatch back, with a reason that stays on record."""

from typing import Annotated, Any

import typer

from infra.cli.connection import connect
from infra.cli.dispatches import find_id
from infra.cli.listing import print_json
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.screen import err

Id = Annotated[str, typer.Argument(metavar="ID", help="A dispatch, or the beginning of its id.")]
Reason = Annotated[str, typer.Option(help="Why, for the record.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API gives it.")]


def run_cancel(
    context: typer.Context,
    dispatch: Id,
    reason: Reason,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Take back a dispatch that waits or is not started yet; exit with 4 if it runs or is over."""
    api = connect(context, stage, local=local, region=region, profile=profile).api
    _show(api.cancel(find_id(api, dispatch), reason), as_json=as_json)


def run_break(
    context: typer.Context,
    dispatch: Id,
    reason: Reason,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Stop a running dispatch; its locks are freed once its effects are over; exit with 4 if it does not run."""
    api = connect(context, stage, local=local, region=region, profile=profile).api
    _show(api.break_dispatch(find_id(api, dispatch), reason), as_json=as_json)


def _show(done: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(done)
    else:
        err.print(f"{done['id']} was {done['was']}: {done['action']}.", markup=False)
