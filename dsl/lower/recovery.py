"""What a scope does about failures, except for undo, which is a module of its own.

A caught path that abandons an effect waits it out first (`<id>.outlast`): what comes next must not run beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dsl.analysis import AnyAtom
from dsl.expressions import wrap
from dsl.ir import Assign, Catcher, Wait
from dsl.lower.context import Here
from dsl.model import AtomStep, Step

ALL = "States.ALL"
FAILED = "failed"
"""The Fail state that passes the original error on."""

CAUGHT = wrap("$states.errorOutput")


@dataclass(frozen=True, slots=True)
class Keep:
    """Leave everything as it is: errors end the scope."""

    def catch_atom(self, step: Step, atom: AnyAtom, here: Here) -> tuple[Catcher, ...]:
        """Catch only what the step is allowed to survive."""
        return catch_lenient(step, atom, here)

    def catch_container(self, step: Step, here: Here) -> tuple[Catcher, ...]:
        """Catch only what the step is allowed to survive."""
        return catch_lenient_container(step, here)

    def contains(self, step: Step) -> bool:
        """Contain nothing."""
        del step
        return False

    def target_of_fail(self, step: Step) -> str | None:
        """Let it end the execution."""
        del step
        return None

    def assign_on_failure(self, step: Step, here: Here) -> Assign:
        """Need nothing."""
        del step, here
        return {}


@dataclass(frozen=True, slots=True)
class GoTo:
    """Remember the failure and go to a state: the first of `on_failure`, or `failed`."""

    target: str
    remember: bool
    """Whether this failure is the original one; a handler's own does not replace it."""
    ticks: Mapping[str, int] = field(default_factory=dict)
    """Of each result that the handler reads: when it is assigned. Those still to come are set to null."""
    starts: Mapping[str, int] = field(default_factory=dict)
    """When each step starts."""

    def catch_atom(self, step: Step, atom: AnyAtom, here: Here) -> tuple[Catcher, ...]:
        """Catch everything."""
        lenient = catch_lenient(step, atom, here)
        return lenient or split_catchers(step, atom, here, self._assign(step, here), self.target, self.target)

    def catch_container(self, step: Step, here: Here) -> tuple[Catcher, ...]:
        """Catch everything."""
        lenient = catch_lenient_container(step, here)
        return lenient or (catch_abandoned(step, here, self._assign(step, here), self.target),)

    def contains(self, step: Step) -> bool:
        """Contain nothing."""
        del step
        return False

    def target_of_fail(self, step: Step) -> str | None:
        """Go there too, unless the handler itself gives up."""
        del step
        return self.target if self.remember else None

    def assign_on_failure(self, step: Step, here: Here) -> Assign:
        """Give null to what the handler reads and the step's failure kept from running."""
        del here
        now = self.starts.get(step.id, 0)
        return {name: None for name, tick in self.ticks.items() if tick >= now}

    def _assign(self, step: Step, here: Here) -> Assign:
        failure = {here.frame.failure: CAUGHT} if self.remember else {}
        return {**here.frame.entry_assign(step.id), **failure, **self.assign_on_failure(step, here)}


def split_catchers(
    step: Step, atom: AnyAtom, here: Here, assign: Assign, on_nothing: str, on_unknown: str
) -> tuple[Catcher, ...]:
    """Tell errors after which nothing was done from those after which the effect may still come."""
    target = outlast(step, atom.effect_timeout_s if atom.mutating else 0, here, on_unknown)
    nothing_done = tuple(error.__name__ for error in atom.raises if error.nothing_done)
    if target == on_nothing or not nothing_done:
        return (Catcher((ALL,), target, assign),)
    return Catcher(nothing_done, on_nothing, assign), Catcher((ALL,), target, assign)


def catch_abandoned(step: Step, here: Here, assign: Assign, target: str) -> Catcher:
    """Catch a container's failure, which leaves the siblings of what failed running."""
    seconds = max((_abandoned_s(one, here) for one in _inner_steps(step)), default=0)
    return Catcher((ALL,), outlast(step, seconds, here, target), assign)


def outlast(step: Step, seconds: int, here: Here, target: str) -> str:
    """Wait for an abandoned effect before going on. Gives the state to go to."""
    if seconds == 0:
        return target
    name = f"{step.id}.outlast"
    comment = f"What {step.id} set off may still be under way"
    here.frame.states.append(Wait(name=name, comment=comment, next=target, seconds=seconds))
    return name


def catch_lenient(step: Step, atom: AnyAtom, here: Here) -> tuple[Catcher, ...]:
    """Catch for `continue_on_error`: the result is null and the flow goes on."""
    if not getattr(step, "continue_on_error", False):
        return ()
    assign = {**here.frame.entry_assign(step.id), step.id: None}
    return split_catchers(step, atom, here, assign, here.continuation, here.continuation)


def catch_lenient_container(step: Step, here: Here) -> tuple[Catcher, ...]:
    """Catch for `continue_on_error` of a parallel or foreach."""
    if not getattr(step, "continue_on_error", False):
        return ()
    assign = {**here.frame.entry_assign(step.id), step.id: None}
    return (catch_abandoned(step, here, assign, here.continuation),)


def _abandoned_s(step: Step, here: Here) -> int:
    atom = here.atom(step.atom) if isinstance(step, AtomStep) else None
    return atom.timeout_s + atom.effect_timeout_s if atom is not None and atom.mutating else 0


def _inner_steps(step: Step) -> list[Step]:
    inner = [one for block in step.blocks() for one in block.steps]
    return [*inner, *(found for one in inner for found in _inner_steps(one))]
