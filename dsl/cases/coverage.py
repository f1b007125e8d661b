"""Which branches, catches and undos the cases of a workflow have reached."""

from collections.abc import Iterable
from dataclasses import dataclass

from dsl.cases.machine import Machine, State, find_undone
from dsl.rehearse import Run, Way

_SHOWN = 3
"""How many error names of a catcher are spelled out."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many ways there are, and those that no case took, in words."""

    total: int
    missed: tuple[str, ...]

    @property
    def reached(self) -> int:
        """How many ways were taken."""
        return self.total - len(self.missed)


def measure_coverage(machine: Machine, runs: Iterable[Run]) -> Coverage:
    """Count every rule and default of a switch or guard, every catcher and every undo."""
    runs = list(runs)
    taken = {way for run in runs for way in run.ways}
    entered = {state for run in runs for state in run.path}
    ways = list(machine.ways())
    undos = [name for name in machine.states if find_undone(name) is not None]
    missed = [describe_way(machine.states[way.state], way, target) for way, target in ways if way not in taken]
    missed += [f"{name} is never entered" for name in undos if name not in entered]
    return Coverage(len(ways) + len(undos), tuple(missed))


def describe_way(state: State, way: Way, target: str) -> str:
    """Say a way out of a state in words."""
    if way.kind == "default":
        return f"{way.state} takes no rule > {target}"
    if way.kind == "rule":
        return f"{way.state} takes rule {way.index + 1} > {target}"
    names = state["Catch"][way.index]["ErrorEquals"]
    shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    return f"{way.state} fails with {shown} > {target}"
