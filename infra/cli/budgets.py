"""`interlock budgets`: what is used of every budget, and who would have to wait."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import typer

from chalicelib.decision.durations import format_duration
from infra.cli.connection import connect
from infra.cli.listing import print_json, print_table
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.screen import err

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API gives it.")]

Json = dict[str, Any]


def run(
    context: typer.Context,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List every budget with its groups: how much is allowed, used, and waited for."""
    found = connect(context, stage, local=local, region=region, profile=profile).api.list_budgets()
    if as_json:
        print_json(found)
        return
    if not found["budgets"]:
        err.print("No budget has a group yet.")
        return
    print_table(("budget", "of", "what", "size", "limit", "used", "waiting"), _list_lines(found["budgets"]))
    if not found["complete"]:
        err.print("There are more groups than one answer can list.")


def _list_lines(budgets: Iterable[Json]) -> Iterator[tuple[str, ...]]:
    for one in budgets:
        what = f"{one['objects']}s, {one['intent']} and stronger" if one["objects"] else ""
        if one["within_s"]:
            what = f"starts within {format_duration(one['within_s'])}"
        limit = f"{one['limit']} ({one['percent']}%)" if one["percent"] is not None else str(one["limit"])
        size = "" if one["size"] is None else str(one["size"])
        waiting = str(one["waiting"]) if one["verb"] == "queue" else "refused"
        yield one["budget"], f"{one['scope']} {one['name']}", what, size, limit, str(one["used"]), waiting
