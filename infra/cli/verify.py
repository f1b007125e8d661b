"""`interlock verify`: explore control exhaustively, with every fault, and show that known mistakes are found."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from enum import StrEnum
from typing import Annotated, NamedTuple, TypeVar

import typer
from rich.table import Table

from infra.cli.exits import Exit
from infra.cli.screen import err, out
from infra.verify.explore import Explored, explore
from infra.verify.mutants import planted
from infra.verify.registry import MUTANTS
from infra.verify.scenario import Scenario
from infra.verify.story import tell
from infra.verify.worlds import FULL, SCENARIOS


class Size(StrEnum):
    """How much is explored."""

    DEFAULT = "default"
    FULL = "full"


WantedSize = Annotated[
    Size, typer.Option("--size", help="`full` explores the large worlds too: many minutes, and gigabytes of memory.")
]
Mutants = Annotated[bool, typer.Option("--mutants", help="Also plant each known mistake, and see it found.")]
Wanted = TypeVar("Wanted")
Result = TypeVar("Result")


class Told(NamedTuple):
    """What an exploration found, as another process can say it."""

    found: Explored
    """Without the story."""
    story: tuple[str, ...]


def run(size: WantedSize = Size.DEFAULT, mutants: Mutants = False) -> None:  # noqa: FBT002
    """Try every interleaving of a few dispatches, with crashes, lost and doubled messages; exit with 1 on a violation."""
    began = time.monotonic()
    scenarios = (*SCENARIOS, *(FULL if size is Size.FULL else ()))
    table = Table("", "objects wanted: faults", "states", "steps", "at rest", box=None, header_style="bold")
    states = 0
    for scenario, told in zip(scenarios, _spread(_explore, scenarios), strict=True):
        one = told.found
        _stop_if_broken(scenario, told)
        table.add_row("[green]ok[/green]", one.scenario, f"{one.states:,}", f"{one.steps:,}", f"{one.rests:,}")
        states += one.states
    out.print(table)
    missed = _plant_mutants() if mutants else []
    out.print(
        f"{states:,} states in {time.monotonic() - began:.0f} s. Each keeps exclusion, whole sets of locks, growing"
    )
    out.print(
        "fences, right counts, budgets and rates; no step passes a freeze, an approval or a ladder's order; and from"
    )
    out.print("each at rest everything comes to an end.")
    if missed:
        raise typer.Exit(Exit.WRONG)


def _explore(scenario: Scenario) -> Told:
    found = explore(scenario)
    if found.violation is None:
        return Told(found, ())
    story = tuple(tell(scenario, found.violation.story))
    return Told(found._replace(violation=found.violation._replace(story=())), story)


def _stop_if_broken(scenario: Scenario, told: Told) -> None:
    if told.found.violation is None:
        return
    err.print(f"{scenario.name}: {told.found.violation.promise}", style="bold red", markup=False)
    for line in told.story:
        err.print(line, markup=False)
    raise typer.Exit(Exit.WRONG)


def _plant_mutants() -> list[str]:
    missed = []
    names = [mutant.name for mutant in MUTANTS]
    for mutant, steps in zip(MUTANTS, _spread(_plant, names), strict=True):
        if not steps:
            missed.append(mutant.name)
        found = f"found after {steps} steps" if steps else "NOT FOUND"
        out.print(f"{mutant.name:<26} {found:<22} {mutant.mistake}", markup=False)
    return missed


def _plant(name: str) -> int:
    """Plant a mistake; give how many steps lead to what it breaks, 0 if it is not found."""
    mutant = next(one for one in MUTANTS if one.name == name)
    with planted(mutant):
        violation = explore(mutant.scenario).violation
    return len(violation.story) if violation is not None else 0


def _spread(work: Callable[[Wanted], Result], wanted: Sequence[Wanted]) -> Iterator[Result]:
    """Do the same about each, in as many processes as there are processors; give the results in order."""
    with ProcessPoolExecutor(os.cpu_count()) as pool, err.status("exploring"):
        yield from pool.map(work, wanted)
