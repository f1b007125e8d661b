"""`interlock locks`: who holds which object, and who waits for it."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import typer

from infra.cli.connection import connect
from infra.cli.listing import print_json, print_table, shorten_ids, show_time
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.screen import err

About = Annotated[str | None, typer.Option("--object", help="Only this object, for example host/i-0ab.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API gives it.")]

Json = dict[str, Any]


def run(
    context: typer.Context,
    about: About = None,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List every object that is held or waited for, with its holders and its queue in order."""
    found = connect(context, stage, local=local, region=region, profile=profile).api.list_locks(about)
    if as_json:
        print_json(found)
        return
    print_locks(found["locks"])
    if not found["complete"]:
        err.print("There are more than one answer can list: ask for one with --object.")


def print_locks(locks: list[Json]) -> None:
    """Print a line for each holder and each waiter, under the object they share."""
    if not locks:
        err.print("Nothing is held.")
        return
    short = shorten_ids(
        one["dispatch"] for lock in locks for one in (*lock["holders"], *lock["below"], *lock["waiting"])
    )
    print_table(("object", "", "dispatch", "intent", "fence", "since (UTC)", "what"), _list_lines(locks, short))


def _list_lines(locks: Iterable[Json], short: dict[str, str]) -> Iterator[tuple[str, ...]]:
    for lock in locks:
        name = lock["object"]
        for one in lock["holders"]:
            yield name, "holds", *_list_cells(one, short, str(one["fence"]))
            name = ""
        for one in lock["below"]:
            count = f"below it: {one['count']} object{'s' if one['count'] > 1 else ''}"
            yield name, "counts", short[one["dispatch"]], one["intent"], "", "", f"{one['workflow']}, {count}"
            name = ""
        for one in lock["waiting"]:
            yield name, f"waits {one['position']}", *_list_cells(one, short, "")
            name = ""


def _list_cells(one: Json, short: dict[str, str], fence: str) -> tuple[str, ...]:
    return short[one["dispatch"]], one["intent"], fence, show_time(one["since"]), one["workflow"]
