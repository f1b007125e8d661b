"""`interlock plan NAME`: what control would say to a start now, and why; nothing is started."""

from typing import Any

import typer

from infra.cli.connection import connect
from infra.cli.listing import print_fields, print_json, print_table, show_time
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.start import About, AsJson, InputFile, Inputs, Name, Reason, read_given

Json = dict[str, Any]


def run(
    context: typer.Context,
    name: Name,
    inputs: Inputs = None,
    input_json: InputFile = None,
    reason: Reason = None,
    about: About = None,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Plan a start without making it: its verdict, locks, who is in the way, and who would have to approve it."""
    read = read_given(inputs, input_json)
    api = connect(context, stage, local=local, region=region, profile=profile).api
    found = api.plan(name, read(api, name), reason=reason, about=about)
    if as_json:
        print_json(found)
        return
    print_fields(_list_fields(found))
    if found["blockers"]:
        rows = [
            (one["dispatch"] or "-", one["workflow"] or "-", one["intent"], show_time(one["since"]), one["reason"])
            for one in found["blockers"]
        ]
        print_table(("blocked by", "workflow", "intent", "since (UTC)", "reason"), rows)


def _list_fields(found: Json) -> list[tuple[str, str | None]]:
    asked = found["approval"]
    people = f"{asked['need']} of {', '.join(asked['approvers'])}, within {asked['expires_s']} s" if asked else None
    return [
        ("verdict", found["verdict"]),
        ("reason", found["reason"]),
        ("workflow", found["workflow"]),
        ("object", found["object"]),
        ("tier", found["tier"]),
        ("service", found["service"]),
        ("input", ", ".join(f"{name}={value}" for name, value in (found["input"] or {}).items())),
        ("locks", ", ".join(f"{one['object']} ({one['intent']})" for one in found["locks"])),
        ("approval", people),
        ("hash", found["hash"]),
    ]
