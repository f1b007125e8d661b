"""`interlock doctor`: is a deployed stage healthy, and what to do where it is not."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.text import Text

from chalicelib.errors import InterlockError
from infra.cli.connection import Connection, connect
from infra.cli.exits import Exit
from infra.cli.failures import exit_for
from infra.cli.listing import print_json, print_table
from infra.cli.opening import compile_project
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.screen import err, progress
from infra.doctor.examine import examine
from infra.doctor.finding import Finding, Level, Patient

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_STYLES = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "bold red"}


def run(
    context: typer.Context,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Check a deployed stage: account, stack, drift, bundle, roles, quotas, deliveries, dead letters and dispatches.

    Nothing is changed. Each line is ok, warn or fail, and says what to do; exit with 5 if any fails.
    """
    try:
        connection = connect(context, stage, local=local, region=region, profile=profile)
    except InterlockError as error:
        _print([Finding(Level.FAIL, "surroundings", str(error))], as_json=as_json)
        raise typer.Exit(exit_for(error)) from None
    with progress("examining"):
        found = list(_examine(connection, stage))
    _print(found, as_json=as_json)
    if any(one.level is Level.FAIL for one in found):
        raise typer.Exit(Exit.UNWELL)


def _examine(connection: Connection, stage: str) -> Iterator[Finding]:
    build = compile_project()
    patient = Patient(connection.cloud, stage, connection.outputs, connection.api, build, datetime.now(UTC))
    return examine(patient)


def _print(found: list[Finding], *, as_json: bool) -> None:
    if as_json:
        print_json([asdict(one) for one in found])
        return
    rows = ((Text(one.level, style=_STYLES[one.level]), one.what, one.found, one.advice) for one in found)
    print_table(("", "what", "found", "what to do"), rows)
    counts = Counter(one.level for one in found)
    err.print(", ".join(f"{counts[level]} {level}" for level in Level) + ".")
