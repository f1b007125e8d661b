"""`interlock estimate FILE`: what a run takes and costs."""

from typing import Annotated

import typer

from chalicelib.atoms.registry import get_atoms
from dsl.cases.machine import read_machine
from dsl.compile import compile_workflow
from dsl.durations import format_duration
from dsl.estimate.estimate import Estimate, estimate_workflow, list_estimate
from dsl.estimate.weight import View
from dsl.model import WorkflowFile
from dsl.prices import AS_OF, ASSUMPTIONS
from dsl.shape import validate
from infra.cli.check import print_diagnostics
from infra.cli.compile import File
from infra.cli.exits import Exit
from infra.cli.listing import print_json, print_table
from infra.cli.screen import out
from infra.sources import read_text

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def run(file: File, as_json: AsJson = False) -> None:  # noqa: FBT002 - a command's flag
    """Estimate the states, time, calls and dollars of a run: at best, usually, and at worst."""
    text, atoms = read_text(file), get_atoms()
    compiled = compile_workflow(text, file.as_posix(), atoms)
    print_diagnostics(compiled.diagnostics, {file.as_posix(): text})
    model = validate(compiled.source, WorkflowFile)[0] if compiled.source is not None else None
    if compiled.definition is None or compiled.workflow is None or model is None:
        raise typer.Exit(Exit.WRONG)
    found = estimate_workflow(compiled.workflow, model, read_machine(compiled.definition, atoms))
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
