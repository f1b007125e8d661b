"""`interlock policy [NAME] [--service S] [--rule R]`: the effective policy, and where each value comes from."""

from typing import Annotated

import typer

from infra.build import build_project
from infra.cli.listing import print_json, print_table
from infra.cli.screen import progress
from infra.offline.policy import find_names, list_overview, list_policy, read_policies
from infra.project import find_project
from infra.sources import drop_cases, read_sources

Name = Annotated[str | None, typer.Argument(help="A service, a tier or a rule; without any, all services and rules.")]
Service = Annotated[str | None, typer.Option(help="A service by its name.")]
Tier = Annotated[str | None, typer.Option(help="A tier, as for what belongs to no service.")]
Rule = Annotated[str | None, typer.Option(help="As it holds when this rule decides; alone: for each tier.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_COLUMNS = ("what", "value", "said by", "where")


def run(
    name: Name = None, service: Service = None, tier: Tier = None, rule: Rule = None,
    as_json: AsJson = False,  # noqa: FBT002 - a command's flag
) -> None:  # fmt: skip
    """Show the effective policy of this checkout: each value, who says it, and in which file and line.

    The rule's word goes before the service's, that before the tier's; the control file's nobody overrides.
    """
    project = find_project()
    with progress("compiling"):
        bundle = build_project(project).bundle
    policies = read_policies(bundle, drop_cases(read_sources(project)))
    columns: tuple[str, ...] = _COLUMNS
    chosen = {key: value for key, value in (("service", service), ("tier", tier), ("rule", rule)) if value is not None}
    rows: tuple[tuple[str, ...], ...]
    if name is not None:
        chosen = {**find_names(name, policies), **chosen}
    if chosen:
        rows = list_policy(policies, **chosen)
    else:
        columns, rows = ("what", "name", "tier or mode", "pages"), list_overview(bundle)
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table(columns, rows)
