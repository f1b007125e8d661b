"""Where each step stands: its path in the file, its scope, and the conditions under which it runs.

One walk over the file gives everything a tick; visibility is then a comparison of numbers and prefixes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dsl.model import Block, Step, WorkflowFile
from dsl.model.step_base import Path


class Section(StrEnum):
    """Which part of the file a step belongs to."""

    MAIN = "main"
    HANDLER = "handler"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands."""

    path: Path
    tick: int
    """Grows through the file; a result can be read by what has a later tick than its step's end."""
    scopes: tuple[str, ...]
    """The parallel branches and loops around it, outermost first: `par.left`, `each`."""
    conditions: tuple[str, ...]
    """Tokens of the conditions it runs under, outermost first: `sanity?` for a `when`, `kernel[0]` for a case."""
    section: Section


@dataclass(frozen=True, slots=True)
class Placed:
    """A step and where it stands: `outside` its own `when`, or `inside`."""

    step: Step
    outside: Place
    inside: Place
    end: int
    """The tick at which the step, with all that is in it, is done."""
    siblings: tuple[Step, ...]
    """The list it is an item of."""
    index: int
    """Its position in that list."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a block that gives a value."""

    block: Block
    place: Place
    value: Any


@dataclass(frozen=True, slots=True)
class Layout:
    """Every step in the order it is written, containers before what they contain, and every end of a block."""

    steps: tuple[Placed, ...]
    endings: tuple[Ending, ...]
    end: Place
    """Where the workflow's own output is evaluated."""
    by_id: Mapping[str, Placed]
    """The first step of each id."""
    by_scopes: Mapping[tuple[str, ...], tuple[Placed, ...]]
    """The steps of each scope, in the order they are written."""


def place_steps(workflow: WorkflowFile) -> Layout:
    """Walk the whole file once."""
    walker = _Walker()
    walker.walk(workflow.steps, Place(("steps",), 0, (), (), Section.MAIN))
    end = Place(("output",), walker.next_tick(), (), (), Section.MAIN)
    walker.walk(workflow.handler, Place(("on_failure",), 0, (), (), Section.HANDLER))
    walker.walk(workflow.notifier, Place(("notify",), 0, (), (), Section.HANDLER))
    by_id: dict[str, Placed] = {}
    by_scopes: dict[tuple[str, ...], list[Placed]] = {}
    for placed in walker.steps:
        by_id.setdefault(placed.step.id, placed)
        by_scopes.setdefault(placed.inside.scopes, []).append(placed)
    scoped = {scopes: tuple(found) for scopes, found in by_scopes.items()}
    return Layout(tuple(walker.steps), tuple(walker.endings), end, by_id, scoped)


class _Walker:
    def __init__(self) -> None:
        self.steps: list[Placed] = []
        self.endings: list[Ending] = []
        self._tick = 0

    def next_tick(self) -> int:
        self._tick += 1
        return self._tick

    def walk(self, steps: tuple[Step, ...], around: Place) -> None:
        """Walk one list. Recursion is as deep as the file nests, which the source limits."""
        for index, step in enumerate(steps):
            tick = self.next_tick()
            path = (*around.path, index)
            outside = Place(path, tick, around.scopes, around.conditions, around.section)
            conditions = (*around.conditions, f"{step.id}?") if step.when is not None else around.conditions
            inside = Place(path, tick, around.scopes, conditions, around.section)
            at = len(self.steps)
            blocks = step.blocks()
            for block in blocks:
                self._walk_block(block, inside)
            end = self.next_tick() if blocks else tick
            self.steps.insert(at, Placed(step, outside, inside, end, steps, index))

    def _walk_block(self, block: Block, inside: Place) -> None:
        scopes = (*inside.scopes, block.scope) if block.scope is not None else inside.scopes
        conditions = (*inside.conditions, block.condition) if block.condition is not None else inside.conditions
        self.walk(block.steps, Place((*inside.path, *block.path), 0, scopes, conditions, inside.section))
        if block.output is not None:
            path, value = block.output
            place = Place((*inside.path, *path), self.next_tick(), scopes, conditions, inside.section)
            self.endings.append(Ending(block, place, value))
