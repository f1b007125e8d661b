"""`interlock demo`: a real incident through the whole loop, on the local AWS."""

import time
from typing import Annotated

import typer
from rich.table import Table

from infra.cli.exits import Exit
from infra.cli.screen import err, out
from infra.demo.outcome import Check
from infra.demo.play import StoryStuck, play
from infra.demo.stage import set_stage
from infra.demo.summary import summarize
from infra.project import find_project

Broken = Annotated[bool, typer.Option("--broken", help="Make the start atom do nothing: the demo must then fail.")]


def run(broken: Broken = False) -> None:  # noqa: FBT002
    """Play an incident from event to desired state, and check the end by reading AWS back."""
    try:
        passed = _play(broken=broken)
    except KeyboardInterrupt:
        err.print("Stopped: the local AWS of the demo and everything in it is gone.")
        raise typer.Exit(Exit.STOPPED) from None
    if not passed:
        raise typer.Exit(Exit.REFUSED)


def _play(*, broken: bool) -> bool:
    began = time.monotonic()
    with set_stage(find_project(), out, broken=broken) as scene:
        try:
            checks = play(scene)
        except StoryStuck as stuck:
            err.print(f"error: {stuck}", style="bold red")
            checks = [Check("the story", "told to its end", str(stuck))]
        out.print()
        out.print("Summary, from the dispatch records", style="bold")
        for line in summarize(scene):
            out.print(scene.timeline.shorten(line), markup=False)
        _print_checks(checks)
    passed = all(check.passed for check in checks)
    verdict = "The desired state is reached." if passed else "The desired state is NOT reached."
    out.print(f"{verdict} ({time.monotonic() - began:.0f} s)", style="bold green" if passed else "bold red")
    return passed


def _print_checks(checks: list[Check]) -> None:
    out.print()
    table = Table("", "read back at the end", "expected", "found", box=None, header_style="bold")
    for check in checks:
        mark = "[green]ok[/green]" if check.passed else "[bold red]NO[/bold red]"
        table.add_row(mark, check.what, check.expected, "the same" if check.passed else check.found)
    out.print(table)
    out.print()
