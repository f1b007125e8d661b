"""What lowering a step needs to know: the whole file, the scope, and where things go from here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from dsl.analysis import Analysis, AnyAtom
from dsl.ir import Assign, Catcher
from dsl.lower.frame import Frame
from dsl.model import ForeachStep, Step, StepBase, TryStep, UntilStep


@dataclass(frozen=True, slots=True)
class Effect:
    """What a task may leave behind when it fails."""

    seconds: int = 0
    """How long it may go on."""
    nothing_done: tuple[str, ...] = ()
    """Errors after which there is none."""


class Recovery(Protocol):
    """What a scope does about failures.

    `inside` says that what failed is a step's own end, so that all that is in it may have run.
    """

    def catch_task(self, step: Step, effect: Effect, here: "Here") -> tuple[Catcher, ...]:
        """Give the catchers of a task, adding the states they lead to."""

    def catch_container(self, step: Step, here: "Here") -> tuple[Catcher, ...]:
        """Give the catchers of a parallel or foreach, adding the states they lead to."""

    def assign_on_failure(self, step: Step, here: "Here", *, inside: bool = False) -> Assign:
        """Give what an explicit failure assigns besides the failure itself."""

    def contains(self, step: Step) -> bool:
        """Whether a container's branches or iterations take themselves back and never fail."""

    def target_of_fail(self, step: Step, *, inside: bool = False) -> str | None:
        """Name the state that an explicit failure goes to, None if it may simply end the scope."""

    def target_of_check(self, step: Step, here: "Here") -> str | None:
        """Name the state that takes a contained container back, adding what it leads to; None as above."""

    def take_back(self, step: Step, here: "Here", after: str) -> str:
        """Name the state that takes one step back at once and goes on to `after`, adding it; or `after`."""

    def through(self, target: str) -> "Recovery":
        """Send failures through a state that goes on to where they went, if it was not what `target_of_check` named."""

    def failure(self, here: "Here") -> str:
        """Name the variable that holds what failed."""


@dataclass(frozen=True, slots=True)
class Here:
    """Where a step is lowered. `next` None means that it ends its scope with `output`."""

    analysis: Analysis
    frame: Frame
    recovery: Recovery
    next: str | None
    output: Any = None

    def atom(self, name: str) -> AnyAtom:
        """Give an atom; the checks have made sure that it exists."""
        return self.analysis.atoms[name]

    def render_output(self, state: str, own: Mapping[str, str] | None = None) -> Any:
        """Write the scope's output for its last state, None where the state does not end it."""
        return self.frame.render(self.output, state, own) if self.next is None else None

    @property
    def continuation(self) -> str:
        """Name the next state of a step that cannot end its scope."""
        if self.next is None:
            message = "only a step that can end a scope is lowered without a next state"
            raise AssertionError(message)
        return self.next


def effect_of(atom: AnyAtom) -> Effect:
    """Give what an atom may leave behind."""
    nothing_done = tuple(error.__name__ for error in atom.raises if error.nothing_done)
    return Effect(atom.effect_timeout_s if atom.mutating else 0, nothing_done)


def entry_name(step: Step) -> str:
    """Name the state that a step is entered by."""
    return f"{step.id}.when" if step.when is not None else start_name(step)


def start_name(step: Step) -> str:
    """Name the state that a step begins with once its `when` holds: a `try` has none of its own."""
    return entry_name(step.try_[0]) if isinstance(step, TryStep) else step.id


def results_of(step: Step) -> tuple[str, ...]:
    """Name the variables that are null in this scope when the step is skipped."""
    inner = [name for block in step.blocks() if block.scope is None for one in block.steps for name in results_of(one)]
    return (step.id, *inner) if step.has_result else tuple(inner)


def can_end(step: StepBase) -> bool:
    """Whether the step's one state can end its scope: what may leave through a Choice or a Catch cannot."""
    if step.when is not None or getattr(step, "continue_on_error", False):
        return False
    if isinstance(step, UntilStep) and step.wait.until is not None:
        return False
    if isinstance(step, ForeachStep) and step.foreach.tolerate is not None:
        return False
    return step.kind in {"atom", "parallel", "foreach", "wait", "fail", "succeed", "set", "emit", "aws", "approve"}
