"""`interlock goals`: which goals are pursued for which objects, and how they stand."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.text import Text

from infra.cli.connection import connect
from infra.cli.listing import print_json, print_table, shorten_ids, show_time
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.screen import err

Kind = Annotated[str, typer.Option(help="Of objects of which kind.")]
Status = Annotated[str | None, typer.Option(help="Only these: pursuing, met, escalated, missed or stopped.")]
Rule = Annotated[str | None, typer.Option(help="Only this rule's.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API gives it.")]

Json = dict[str, Any]
_STYLES = {"pursuing": "cyan", "met": "green", "escalated": "red", "missed": "red", "stopped": "yellow"}


def run(
    context: typer.Context,
    kind: Kind = "host",
    status: Status = None,
    rule: Rule = None,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List the goals of rules for objects: still pursued and on which rung, met, or given to a person."""
    api = connect(context, stage, local=local, region=region, profile=profile).api
    rows = list(api.list_goals(kind, status=status, rule=rule))
    print_json(rows) if as_json else print_goals(rows)


def print_goals(rows: list[Json]) -> None:
    """Print a line for each."""
    if not rows:
        err.print("No such goal.")
        return
    short = shorten_ids(row["dispatch"] for row in rows)
    columns = ("object", "rule", "status", "rung", "attempt", "since (UTC)", "deadline (UTC)", "dispatch", "until")
    print_table(columns, (tuple(_list_cells(row, short[row["dispatch"]])) for row in rows))


def _list_cells(row: Json, short: str) -> Iterator[str | Text]:
    yield row["object"]
    yield row["rule"]
    yield Text(row["status"], style=_STYLES.get(row["status"], ""))
    yield str(row["rung"] or "-")
    yield str(row["attempt"])
    yield show_time(row["since"])
    yield show_time(row["deadline"]) if row["status"] == "pursuing" else "-"
    yield short
    yield f"{row['until']}: {row['why']}" if row["why"] else row["until"]
