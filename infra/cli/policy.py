"""`interlock policy [NAME]`: the effective policy of a service, tier or rule, and where each value comes from."""

from typing import Annotated

import typer

from infra.cli.listing import print_json, print_table
from infra.cli.opening import compile_project
from infra.offline.policy import list_overview, list_policy

Name = Annotated[str | None, typer.Argument(help="A service, a tier or a rule; without it, all services and rules.")]
Rule = Annotated[str | None, typer.Option(help="As it holds when this rule decides about the service or tier.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def run(name: Name = None, rule: Rule = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - a command's flag
    """Show the effective policy of this checkout: each value, and what says so."""
    bundle = compile_project().bundle
    columns: tuple[str, ...] = ("what", "value", "said by")
    rows: tuple[tuple[str, ...], ...]
    if name is None:
        columns, rows = ("what", "name", "tier or mode", "pages"), list_overview(bundle)
    else:
        rows = list_policy(name, bundle, rule)
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table(columns, rows)
