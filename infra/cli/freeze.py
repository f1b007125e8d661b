"""`interlock freeze`, `unfreeze` and `freezes`: hold every start in a scope; without a scope, everything."""

from typing import Annotated, Any

import typer

from chalicelib.decision.durations import MalformedDuration, parse_duration
from infra.cli.connection import connect
from infra.cli.listing import print_json, print_table, show_time
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.screen import err, out

Service = Annotated[str | None, typer.Option(help="Objects of this service.")]
Zone = Annotated[str | None, typer.Option(help="Objects in this zone.")]
Tier = Annotated[str | None, typer.Option(help="Work of this tier.")]
About = Annotated[str | None, typer.Option("--object", help="This object, for example host/i-0ab.")]
Workflow = Annotated[str | None, typer.Option(help="This workflow or atom.")]
Duration = Annotated[str, typer.Option("--for", help="How long, for example 90m or 2h; at most 30d.")]
Reason = Annotated[str, typer.Option(help="Why, for the record.")]
Exempt = Annotated[list[str] | None, typer.Option("--exempt-tier", help="A tier that passes; may be repeated.")]
Intents = Annotated[
    list[str] | None, typer.Option("--exempt-intent", help="An intent that passes, as configure; may be repeated.")
]
Keep = Annotated[bool, typer.Option("--queue", help="Keep what it holds, and run it when the freeze ends.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="A freeze of `interlock freezes`.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API gives it.")]

Json = dict[str, Any]


def run_freeze(
    context: typer.Context,
    duration: Duration,
    reason: Reason,
    service: Service = None,
    zone: Zone = None,
    tier: Tier = None,
    about: About = None,
    workflow: Workflow = None,
    exempt: Exempt = None,
    intents: Intents = None,
    keep: Keep = False,  # noqa: FBT002
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Hold every start in a scope; without a scope, everything that changes anything: the global stop."""
    named = {"service": service, "zone": zone, "tier": tier, "object": about, "workflow": workflow}
    scope = {kind: value for kind, value in named.items() if value is not None}
    try:
        seconds = int(parse_duration(duration))
    except MalformedDuration as error:
        raise typer.BadParameter(str(error), param_hint="--for") from None
    api = connect(context, stage, local=local, region=region, profile=profile).api
    held = "queue" if keep else "drop"
    made = api.freeze(scope, reason, seconds, exempt or [], exempt_intents=intents or [], held=held)
    if as_json:
        print_json(made)
        return
    out.print(made["id"], markup=False)
    err.print(f"{show_scope(made)} is frozen until {show_time(made['until'])} UTC.", markup=False)


def run_unfreeze(
    context: typer.Context,
    name: Id,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """End a freeze now."""
    ended = connect(context, stage, local=local, region=region, profile=profile).api.unfreeze(name)
    if as_json:
        print_json(ended)
        return
    err.print(f"{show_scope(ended)} is not frozen any more.", markup=False)


def run_list(
    context: typer.Context,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List what is frozen, by whom and why."""
    found = connect(context, stage, local=local, region=region, profile=profile).api.list_freezes()
    if as_json:
        print_json({"freezes": found})
        return
    if not found:
        err.print("Nothing is frozen.")
        return
    rows = [
        (
            one["id"],
            show_scope(one),
            show_time(one["until"]),
            ", ".join([*one["exempt_tiers"], *one["exempt_intents"]]),
            one["owner"],
            one["reason"],
        )
        for one in found
    ]
    print_table(("id", "what", "until (UTC)", "exempt", "by", "why"), rows)


def show_scope(one: Json) -> str:
    """Name what is frozen."""
    return ", ".join(f"{kind} {value}" for kind, value in one["scope"].items()) or "everything"
