"""`interlock retry ID`: do again what ended badly, as a new dispatch."""

from enum import StrEnum
from typing import Annotated

import typer

from infra.cli.connection import connect
from infra.cli.dispatches import find_id
from infra.cli.listing import print_json
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.screen import err, out
from infra.cli.start import describe_admission


class Begin(StrEnum):
    """Where a retry begins."""

    START = "start"
    FAILED = "failed"


Id = Annotated[str, typer.Argument(metavar="ID", help="A dispatch, or the beginning of its id.")]
Reason = Annotated[str, typer.Option(help="Why, for the record.")]
From = Annotated[Begin, typer.Option("--from", help="The first step, or the one that failed.")]
Repeat = Annotated[bool, typer.Option("--repeat", help="Steps that were done may be done again.")]
Key = Annotated[str | None, typer.Option(help="Idempotency key: the same one starts at most once.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API gives it.")]


def run(
    context: typer.Context,
    dispatch: Id,
    reason: Reason,
    begin: From = Begin.START,
    repeat: Repeat = False,  # noqa: FBT002 - a command's flag
    key: Key = None,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Start the same workflow with the same input again, through a new reservation; exit with 4 if that is refused.

    From the start, it is refused without --repeat if steps were done that nothing took back. With --from failed it goes
    on from the step that failed, if nobody else has held its objects since.
    """
    api = connect(context, stage, local=local, region=region, profile=profile).api
    admitted = api.retry(find_id(api, dispatch), reason, begin=begin, repeat=repeat, key=key)
    if as_json:
        print_json(admitted)
        return
    out.print(admitted["id"], markup=False)
    err.print(describe_admission(admitted), markup=False)
    if resumed := admitted["resumes"]:
        err.print(f"It goes on from {resumed['step']}; done before: {', '.join(resumed['done'])}.", markup=False)
    if admitted["repeats"]:
        err.print(f"It does again: {', '.join(admitted['repeats'])}.", markup=False)
