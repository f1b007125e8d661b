"""`interlock shadow RULE`: what a shadow rule would have done, beside what happened."""

from datetime import timedelta
from itertools import islice
from typing import Annotated, Any

import typer

from chalicelib.decision.durations import parse_duration
from infra.cli.connection import connect
from infra.cli.listing import print_json, print_table, show_time
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.screen import err, out
from infra.client import ApiClient
from infra.offline.shadow import Comparison, compare, summarize

_SEARCHED = 200
_SCANNED = 10_000

Rule = Annotated[str, typer.Argument(metavar="RULE", help="A rule in shadow.")]
Limit = Annotated[int, typer.Option(min=1, max=1_000, help="How many of its decisions at most, newest first.")]
Within = Annotated[str, typer.Option(help="How long after a decision something still counts as done about it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def run(
    context: typer.Context,
    rule: Rule,
    limit: Limit = 50,
    within: Within = "1h",
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Compare each decision of a shadow rule with what was done to the same object by others soon after.

    The rule's windows count as if it were active: what they would have stopped is shown as that.
    """
    window = timedelta(seconds=parse_duration(within))
    api = connect(context, stage, local=local, region=region, profile=profile).api
    found = _compare_all(api, rule, limit, window)
    if as_json:
        print_json([one._asdict() for one in found])
        return
    if not found:
        err.print(f"The rule {rule} has decided nothing in shadow.", markup=False)
        return
    for would, finding, count in summarize(found):
        out.print(f"{count} x would {would}, and {finding}", markup=False)
    out.print()
    cells = ((show_time(one.at), one.object, one.would, "; ".join(one.done) or one.finding) for one in found)
    print_table(("at (UTC)", "object", "would", "was done"), cells)


def _compare_all(api: ApiClient, rule: str, limit: int, window: timedelta) -> list[Comparison]:
    seen: dict[str, list[dict[str, Any]]] = {}
    found = []
    decided = (row for row in api.list_dispatches(_SCANNED, rule=rule) if row["shadow"] is not None)
    for row in islice(decided, limit):
        about = row["object"]
        if about and about not in seen:
            seen[about] = list(api.list_dispatches(_SEARCHED, object=about))
        found.append(compare(api.read_dispatch(row["id"]), seen.get(about or "", []), window))
    return found
