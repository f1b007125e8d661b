"""What lowering a step needs to know: the whole file, the scope, and where things go from here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from dsl.analysis import Analysis, AnyAtom
from dsl.ir import Assign, Catcher
from dsl.lower.frame import Frame
from dsl.model import Step, StepBase


class Recovery(Protocol):
    """What a scope does about failures."""

    def catch_atom(self, step: Step, atom: AnyAtom, here: "Here") -> tuple[Catcher, ...]:
        """Give the catchers of an atom's task, adding the states they lead to."""

    def catch_container(self, step: Step, here: "Here") -> tuple[Catcher, ...]:
        """Give the catchers of a parallel or foreach, adding the states they lead to."""

    def assign_on_failure(self, step: Step, here: "Here") -> Assign:
        """Give what an explicit `fail` assigns besides the failure itself."""

    def contains(self, step: Step) -> bool:
        """Whether a container's branches or iterations take themselves back and never fail."""

    def target_of_fail(self, step: Step) -> str | None:
        """Name the state that an explicit `fail` goes to, None if it may simply end the execution."""


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


def entry_name(step: Step) -> str:
    """Name the state that a step is entered by."""
    return f"{step.id}.when" if step.when is not None else step.id


def results_of(step: Step) -> tuple[str, ...]:
    """Name the variables that are null in this scope when the step is skipped."""
    inner = [name for block in step.blocks() if block.scope is None for one in block.steps for name in results_of(one)]
    return (step.id, *inner) if step.has_result else tuple(inner)


def can_end(step: StepBase) -> bool:
    """Whether the step's one state can end its scope: what may leave through a Choice or a Catch cannot."""
    if step.when is not None or getattr(step, "continue_on_error", False):
        return False
    return step.kind in {"atom", "parallel", "foreach", "wait", "fail"}
