"""`interlock deploy`: one stack, on AWS or on the local AWS."""

from typing import Annotated

import typer
from rich.table import Table

from infra.build import build_project
from infra.cli.options import Local, Profile, Region, Stage, choose_cloud
from infra.cli.screen import err, out
from infra.deploy import Order, deploy, name_stack, preview
from infra.project import find_project
from infra.stack import ChangeSet
from infra.target import Architecture

DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would change, and change nothing.")]
Bucket = Annotated[str | None, typer.Option(help="Your own bucket for the package and the template.")]
Processor = Annotated[Architecture, typer.Option(help="The processor of the functions on AWS.")]


def run(
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002
    dry_run: DryRun = False,  # noqa: FBT002
    region: Region = None,
    profile: Profile = None,
    bucket: Bucket = None,
    architecture: Processor = Architecture.X86_64,
) -> None:
    """Build, package and deploy this project; a stack that is up to date is left alone."""
    name_stack(stage)
    cloud = choose_cloud(local=local, region=region, profile=profile)
    project = find_project()
    build = build_project(project)
    order = Order(stage, bucket, architecture)
    where = "the local AWS" if cloud.local else f"account {cloud.account} in {cloud.region}"
    if dry_run:
        _print_changes(preview(cloud, project, build, order))
        return
    err.print(f"Deploying {name_stack(stage)} to {where}")
    outputs = deploy(cloud, project, build, order, lambda line: err.print(f"  {line}", markup=False))
    _print_outputs(outputs)


def _print_changes(prepared: ChangeSet) -> None:
    if not prepared.changes:
        err.print(f"{prepared.stack} is up to date.")
        return
    table = Table("action", "resource", "type", "replaced", box=None)
    for change in prepared.changes:
        table.add_row(change.action, change.logical_id, change.kind, "yes" if change.replacement else "")
    out.print(table)
    err.print(f"{len(prepared.changes)} change(s) to {prepared.stack}; nothing was changed.")


def _print_outputs(outputs: dict[str, str]) -> None:
    table = Table(box=None, show_header=False)
    for key in sorted(outputs):
        table.add_row(key, outputs[key])
    out.print(table)
