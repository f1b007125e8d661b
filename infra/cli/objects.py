"""`interlock objects [ID]`: what is known of objects, and what was done to them."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from infra.cli.connection import connect
from infra.cli.listing import print_fields, print_json, print_table, show_time
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.screen import err, out

Id = Annotated[str | None, typer.Argument(metavar="[ID]", help="An object, for example host/i-0ab.")]
Kind = Annotated[str, typer.Option(help="Which kind to list.")]
Service = Annotated[str | None, typer.Option(help="Only objects of this service.")]
Zone = Annotated[str | None, typer.Option(help="Only objects of this zone.")]
State = Annotated[str | None, typer.Option(help="Only objects last seen in this state.")]
Limit = Annotated[int, typer.Option(min=1, max=100_000, help="How many at most.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API gives it.")]

Json = dict[str, Any]


def run(
    context: typer.Context,
    about: Id = None,
    kind: Kind = "host",
    service: Service = None,
    zone: Zone = None,
    state: State = None,
    limit: Limit = 100,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List the known objects of a kind, or show one: state, labels, service, tier, history of starts, goal."""
    api = connect(context, stage, local=local, region=region, profile=profile).api
    if about is not None:
        found = api.read_object(about)
        print_json(found) if as_json else print_object(found)
        return
    rows = list(api.list_objects(kind, limit, service=service, zone=zone, state=state))
    print_json(rows) if as_json else print_objects(rows, kind)


def print_objects(rows: list[Json], kind: str) -> None:
    """Print a line for each."""
    if not rows:
        err.print(f"No {kind} is known.")
        return
    columns = ("object", "state", "seen (UTC)", "service", "tier", "zone", "labels")
    print_table(
        columns,
        (
            (
                row["object"], row["state"] or "-", show_time(row["state_at"]), row["service"] or "-", row["tier"],
                row["zone"] or "-", _join(row["labels"]),
            )
            for row in rows
        ),
    )  # fmt: skip


def print_object(found: Json) -> None:
    """Print one with all that is kept of it."""
    print_fields(_list_fields(found))
    if found["starts"]:
        out.print("\nstarted on it, latest first:", style="bold")
        rows = ((show_time(one["at"]), one["workflow"]) for one in reversed(found["starts"]))
        print_table(("at (UTC)", "what"), rows)


def _list_fields(found: Json) -> Iterator[tuple[str, str | None]]:
    yield "object", found["object"]
    yield "state", f"{found['state']}, seen {show_time(found['state_at'])}" if found["state"] else "never observed"
    yield "service", found["service"] or "-"
    yield "tier", found["tier"]
    yield "zone", found["zone"]
    yield "labels", _join(found["labels"])
    yield "fence", str(found["fence"])
    for one in found["holders"]:
        yield "held by", f"{one['workflow']} ({one['intent']}, since {show_time(one['since'])}, {one['dispatch']})"
    yield "waiting", str(found["waiting"]) if found["waiting"] else None
    for goal in found["goals"]:
        rung = f", rung {goal['rung']}" if goal["rung"] else ""
        yield "goal", f"{goal['until']}: {goal['status']} (rule {goal['rule']}{rung})"


def _join(labels: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(labels.items()))
