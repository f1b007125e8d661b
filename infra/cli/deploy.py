"""`interlock deploy`: one stack, on AWS or on the local AWS."""

from dataclasses import asdict
from typing import Annotated

import typer

from infra.api import find_api_url
from infra.cli.listing import print_json
from infra.cli.opening import compile_project
from infra.cli.options import Local, Profile, Region, Stage, choose_cloud
from infra.cli.screen import err, print_columns
from infra.deploy import Order, deploy, preview
from infra.project import find_project
from infra.stack import ChangeSet, name_stack
from infra.target import Architecture

DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would change, and change nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the stack's outputs, or the changes, as JSON.")]
Bucket = Annotated[str | None, typer.Option(help="Your own bucket for the package and the template.")]
Processor = Annotated[Architecture, typer.Option(help="The processor of the functions on AWS.")]
Anyway = Annotated[bool, typer.Option("--anyway", help="Remove also what executions need that run.")]


def run(
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002
    dry_run: DryRun = False,  # noqa: FBT002
    region: Region = None,
    profile: Profile = None,
    bucket: Bucket = None,
    architecture: Processor = Architecture.X86_64,
    anyway: Anyway = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Build, package and deploy this project; a stack that is up to date is left alone."""
    name_stack(stage)
    cloud = choose_cloud(local=local, region=region, profile=profile)
    project = find_project()
    build = compile_project()
    order = Order(stage, bucket, architecture, anyway=anyway)
    where = "the local AWS" if cloud.local else f"account {cloud.account} in {cloud.region}"
    if dry_run:
        changes = preview(cloud, project, build, order)
        print_json([asdict(one) for one in changes.changes]) if as_json else _print_changes(changes)
        return
    err.print(f"Deploying {name_stack(stage)} to {where}")
    outputs = deploy(cloud, project, build, order, lambda line: err.print(f"  {line}", markup=False))
    shown = {**outputs, "EndpointURL": find_api_url(cloud, outputs)}
    print_json(shown) if as_json else print_columns(sorted(shown.items()))


def _print_changes(prepared: ChangeSet) -> None:
    if not prepared.changes:
        err.print(f"{prepared.stack} is up to date.")
        return
    rows = [(one.action, one.logical_id, one.kind, "replaced" if one.replacement else "") for one in prepared.changes]
    print_columns(rows)
    err.print(f"{len(rows)} change(s) to {prepared.stack}; nothing was changed.")
