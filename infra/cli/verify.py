"""`interlock verify`: explore control exhaustively, with every fault, and show that known mistakes are found."""

import time
from typing import Annotated

import typer
from rich.table import Table

from infra.cli.exits import Exit
from infra.cli.screen import err, out
from infra.verify.explore import Explored, explore
from infra.verify.mutants import MUTANTS, planted
from infra.verify.scenario import DEEP, SCENARIOS, Scenario
from infra.verify.story import tell

Deep = Annotated[bool, typer.Option("--deep", help="Explore the large worlds too: minutes, and gigabytes of memory.")]
Mutants = Annotated[bool, typer.Option("--mutants", help="Also plant each known mistake, and see it found.")]


def run(deep: Deep = False, mutants: Mutants = False) -> None:  # noqa: FBT002
    """Try every interleaving of a few dispatches, with crashes, lost and doubled messages; exit with 1 on a violation."""
    began = time.monotonic()
    found = [_explore(scenario) for scenario in (*SCENARIOS, *(DEEP if deep else ()))]
    table = Table("", "objects wanted: faults", "states", "steps", "at rest", box=None, header_style="bold")
    for one in found:
        mark = "[bold red]NO[/bold red]" if one.violation else "[green]ok[/green]"
        table.add_row(mark, one.scenario, f"{one.states:,}", f"{one.steps:,}", f"{one.rests:,}")
    out.print(table)
    missed = _plant_mutants() if mutants else []
    states = sum(one.states for one in found)
    out.print(
        f"{states:,} states in {time.monotonic() - began:.0f} s. Each keeps exclusion, whole sets of locks, growing"
    )
    out.print("fences, right counts and its budgets, and from each at rest everything comes to an end.")
    if missed or any(one.violation for one in found):
        raise typer.Exit(Exit.WRONG)


def _explore(scenario: Scenario) -> Explored:
    with err.status(scenario.name):
        explored = explore(scenario)
    if explored.violation:
        err.print(f"{scenario.name}: {explored.violation.promise}", style="bold red", markup=False)
        for line in tell(scenario, explored.violation.story):
            err.print(line, markup=False)
        raise typer.Exit(Exit.WRONG)
    return explored


def _plant_mutants() -> list[str]:
    missed = []
    for mutant in MUTANTS:
        with err.status(mutant.name), planted(mutant):
            explored = explore(mutant.scenario)
        if explored.violation is None:
            missed.append(mutant.name)
        steps = f"found after {len(explored.violation.story)} steps" if explored.violation else "NOT FOUND"
        out.print(f"{mutant.name:<22} {steps:<22} {mutant.mistake}", markup=False)
    return missed
