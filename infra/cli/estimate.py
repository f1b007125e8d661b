"""`interlock estimate FILE`: what a run takes and costs."""

from typing import Annotated

import typer

from dsl.durations import format_duration
from dsl.estimate.estimate import Estimate, estimate_workflow, list_estimate
from dsl.estimate.weight import View
from dsl.prices import AS_OF, ASSUMPTIONS
from infra.cli.compile import File
from infra.cli.listing import print_json, print_table
from infra.cli.opening import open_workflow
from infra.cli.screen import out

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def run(file: File, as_json: AsJson = False) -> None:  # noqa: FBT002 - a command's flag
    """Estimate the states, time, calls and dollars of a run: at best, usually, and at worst."""
    opened = open_workflow(file)
    found = estimate_workflow(opened.workflow, opened.whole, opened.machine)
    if as_json:
        print_json({**list_estimate(found), "prices_as_of": AS_OF, "assumptions": list(ASSUMPTIONS)})
    else:
        _print(found)


def _print(found: Estimate) -> None:
    weights = [found.weights[view] for view in View]
    rows = [
        ("states entered, retries included", *(f"{one.transitions:,.0f}" for one in weights), "transitions"),
        (
            "time",
            *(format_duration(round(one.seconds)) for one in weights),
            f"timeout {format_duration(found.timeout_s)}",
        ),
        ("calls of atoms", *(f"{one.calls:,.0f}" for one in weights), "attempts"),
        ("AWS calls by atoms", *(f"{one.api_calls:,.0f}" for one in weights), "at most"),
        *(
            (f"  for one item of {name}", *(f"{calls[view]:,.0f}" for view in View), "at most")
            for name, calls in found.per_item.items()
        ),
        ("cost", *(f"{found.dollars[view]:.6f}" for view in View), "US dollars"),
        ("cost of control", *(f"{found.control_dollars:.6f}" for _ in View), "US dollars"),
    ]
    out.print(f"{found.name}: {found.logical_steps} steps", style="bold")
    print_table(("", "best", "expected", "worst", ""), rows)
    for one in ASSUMPTIONS:
        out.print(f"- {one}", markup=False)
