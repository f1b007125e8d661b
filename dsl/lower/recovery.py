"""What a scope does about failures, except for undo, which is a module of its own.

A caught path that abandons an effect waits it out first (`<id>.outlast`): what comes next must not run beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dsl.expressions import wrap
from dsl.ir import Assign, Catcher, Fail, Json, Wait
from dsl.lower.context import Effect, Here, Recovery
from dsl.lower.frame import Frame
from dsl.model import AtomStep, AwsStep, Step

ALL = "States.ALL"
FAILED = "failed"
"""The Fail state that passes the original error on."""

CAUGHT = wrap("$states.errorOutput")


@dataclass(frozen=True, slots=True)
class Keep:
    """Leave everything as it is: errors end the scope."""

    def catch_task(self, step: Step, effect: Effect, here: Here) -> tuple[Catcher, ...]:
        """Catch only what the step is allowed to survive."""
        return catch_lenient(step, effect, here)

    def catch_container(self, step: Step, here: Here) -> tuple[Catcher, ...]:
        """Catch only what the step is allowed to survive."""
        return catch_lenient_container(step, here)

    def contains(self, step: Step) -> bool:
        """Contain nothing."""
        del step
        return False

    def target_of_fail(self, step: Step, *, inside: bool = False) -> str | None:
        """Let it end the scope."""
        del step, inside
        return None

    def target_of_check(self, step: Step, here: Here) -> str | None:
        """Let it end the scope."""
        del step, here
        return None

    def assign_on_failure(self, step: Step, here: Here, *, inside: bool = False) -> Assign:
        """Need nothing."""
        del step, here, inside
        return {}

    def take_back(self, step: Step, here: Here, after: str) -> str:
        """Take nothing back."""
        del step, here
        return after

    def through(self, target: str) -> Recovery:
        """Have nothing to take back on the way."""
        del target
        return self

    def failure(self, here: Here) -> str:
        """Use the scope's own."""
        return here.frame.failure


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
    ends: Mapping[str, int] = field(default_factory=dict)
    """When each step is over, with all that is in it."""

    def catch_task(self, step: Step, effect: Effect, here: Here) -> tuple[Catcher, ...]:
        """Catch everything."""
        lenient = catch_lenient(step, effect, here)
        return lenient or split_catchers(step, effect, here, self._assign(step, here), self.target, self.target)

    def catch_container(self, step: Step, here: Here) -> tuple[Catcher, ...]:
        """Catch everything."""
        lenient = catch_lenient_container(step, here)
        return lenient or (catch_abandoned(step, here, self._assign(step, here), self.target),)

    def contains(self, step: Step) -> bool:
        """Contain nothing."""
        del step
        return False

    def target_of_fail(self, step: Step, *, inside: bool = False) -> str | None:
        """Go there too, unless the handler itself gives up."""
        del step, inside
        return self.target if self.remember else None

    def target_of_check(self, step: Step, here: Here) -> str | None:
        """Go there too."""
        del here
        return self.target_of_fail(step)

    def take_back(self, step: Step, here: Here, after: str) -> str:
        """Take nothing back."""
        del step, here
        return after

    def through(self, target: str) -> Recovery:
        """Have nothing to take back on the way."""
        del target
        return self

    def failure(self, here: Here) -> str:
        """Use the scope's own."""
        return here.frame.failure

    def assign_on_failure(self, step: Step, here: Here, *, inside: bool = False) -> Assign:
        """Give null to what the handler reads and the step's failure kept from running."""
        del here
        now = (self.ends if inside else self.starts).get(step.id, 0)
        return {name: None for name, tick in self.ticks.items() if tick >= now}

    def _assign(self, step: Step, here: Here) -> Assign:
        failure = {here.frame.failure: CAUGHT} if self.remember else {}
        return {**here.frame.entry_assign(step.id), **failure, **self.assign_on_failure(step, here)}


def split_catchers(
    step: Step, effect: Effect, here: Here, assign: Assign, on_nothing: str, on_unknown: str
) -> tuple[Catcher, ...]:
    """Tell errors after which nothing was done from those after which the effect may still come."""
    target = outlast(step, effect.seconds, here, on_unknown)
    if target == on_nothing or not effect.nothing_done:
        return (Catcher((ALL,), target, assign),)
    return Catcher(effect.nothing_done, on_nothing, assign), Catcher((ALL,), target, assign)


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


def catch_lenient(step: Step, effect: Effect, here: Here) -> tuple[Catcher, ...]:
    """Catch for `continue_on_error`: the result is null and the flow goes on."""
    if not getattr(step, "continue_on_error", False):
        return ()
    assign = {**here.frame.entry_assign(step.id), **nothing_of(step)}
    return split_catchers(step, effect, here, assign, here.continuation, here.continuation)


def nothing_of(step: Step) -> Assign:
    """Give null to the step's result, if it has one."""
    return {step.id: None} if step.has_result else {}


def catch_lenient_container(step: Step, here: Here) -> tuple[Catcher, ...]:
    """Catch for `continue_on_error` of a parallel or foreach."""
    if not getattr(step, "continue_on_error", False):
        return ()
    assign = {**here.frame.entry_assign(step.id), step.id: None}
    return (catch_abandoned(step, here, assign, here.continuation),)


def _abandoned_s(step: Step, here: Here) -> int:
    if isinstance(step, AwsStep):
        return step.effect_timeout or 0
    atom = here.atom(step.atom) if isinstance(step, AtomStep) else None
    return atom.timeout_s + atom.effect_timeout_s if atom is not None and atom.mutating else 0


@dataclass(frozen=True, slots=True)
class Throw:
    """Where an explicit failure goes, and what is assigned on the way."""

    target: str
    assign: Assign


def throw(step: Step, here: Here, failure: Json, *, inside: bool = False) -> Throw:
    """Fail like the step itself would, with a failure of `{Error, Cause}`."""
    recovery = here.recovery
    target = recovery.target_of_fail(step, inside=inside) or add_fail(here.frame)
    assign = recovery.assign_on_failure(step, here, inside=inside)
    return Throw(target, {**assign, recovery.failure(here): failure})


def add_fail(frame: Frame) -> str:
    """Name the state that ends a scope with its failure; only that of the whole machine is there already."""
    name = f"{frame.name}.failed" if frame.name else FAILED
    if frame.name and name not in frame.once:
        frame.once.add(name)
        error, cause = wrap(f"${frame.failure}.Error"), wrap(f'"" & ${frame.failure}.Cause')
        frame.states.append(Fail(name=name, comment="The error that ended it", error=error, cause=cause))
    return name


def _inner_steps(step: Step) -> list[Step]:
    inner = [one for block in step.blocks() for one in block.steps]
    return [*inner, *(found for one in inner for found in _inner_steps(one))]
