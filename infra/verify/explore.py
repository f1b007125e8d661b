"""Breadth first through every state, so that the first violation found has the shortest story."""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from infra.verify.changes import find_wrong_change
from infra.verify.invariants import check_progress, find_broken
from infra.verify.scenario import Scenario
from infra.verify.steps import What, list_steps
from infra.verify.world import World


class Violation(NamedTuple):
    """A broken promise, and the steps that lead to it."""

    promise: str
    story: tuple[What, ...]


class Explored(NamedTuple):
    """What was found."""

    scenario: str
    states: int
    steps: int
    rests: int
    """States at rest, from each of which progress was checked."""
    complete: bool
    """Whether every reachable state was seen; False if a limit stopped it."""
    violation: Violation | None


def explore(scenario: Scenario, limit: int = 10_000_000) -> Explored:
    """Explore a scenario up to a number of states, or to the first violation."""
    stage, first = scenario.make_stage(), scenario.world
    parents: dict[World, tuple[World, What] | None] = {first: None}
    queue, steps, rests = deque([first]), 0, 0
    while queue:
        world = queue.popleft()
        if not world.workers and not world.messages:
            rests += 1
            if wrong := check_progress(world, stage):
                return Explored(scenario.name, len(parents), steps, rests, False, _tell(wrong, parents, world))
        for what, after in list_steps(world, stage):
            steps += 1
            if wrong := find_wrong_change(world, after, stage):
                # The state may be one that is known: what is wrong is how it came about.
                return Explored(scenario.name, len(parents), steps, rests, False, _tell(wrong, parents, world, what))
            if after in parents:
                continue
            parents[after] = (world, what)
            if wrong := find_broken(after, stage):
                return Explored(scenario.name, len(parents), steps, rests, False, _tell(wrong, parents, after))
            queue.append(after)
        if len(parents) > limit:
            return Explored(scenario.name, len(parents), steps, rests, False, None)
    return Explored(scenario.name, len(parents), steps, rests, True, None)


def _tell(wrong: str, parents: dict[World, tuple[World, What] | None], world: World, *last: What) -> Violation:
    def walk() -> Iterator[What]:
        at = parents[world]
        while at is not None:
            yield at[1]
            at = parents[at[0]]

    return Violation(wrong, (*reversed(list(walk())), *last))
