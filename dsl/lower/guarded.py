"""What the first state needs besides the guard's expression: nothing may retry a retirement or take it for a failure."""

from collections.abc import Mapping
from typing import Any

from dsl.ir import Catcher, Choice, Retrier, Rule
from dsl.lower.context import Here
from dsl.lower.frame import Frame
from dsl.lower.guard import GUARD_CATCH_TARGET, GUARD_ERROR, alive_condition
from dsl.lower.recovery import CAUGHT
from dsl.model import Step

NEVER_RETRY = Retrier((GUARD_ERROR,), 0)


def guard_retriers(frame: Frame, state: str, retriers: tuple[Retrier, ...]) -> tuple[Retrier, ...]:
    """Put the guard's retrier first where the state carries the guard."""
    return (NEVER_RETRY, *retriers) if frame.guarded and frame.is_entry(state) else retriers


def guard_catchers(step: Step, here: Here, catchers: tuple[Catcher, ...], *, asks: bool) -> tuple[Catcher, ...]:
    """Put the guard's catcher first where the state carries the guard.

    `asks` says that the same error may also come out of the state after it has acted. Then it is told from a
    retirement by asking the guard's question again (`<id>.retired`), if an ordinary failure would be caught at all.
    """
    frame = here.frame
    if not (frame.guarded and frame.is_entry(step.id)):
        return catchers
    assign = {**frame.entry_assign(step.id), frame.failure: CAUGHT}
    if not (asks and catchers):
        return (Catcher((GUARD_ERROR,), GUARD_CATCH_TARGET, assign), *catchers)
    return (_ask(step, here, catchers[-1], assign), *catchers)


def _ask(step: Step, here: Here, ordinary: Catcher, assign: Mapping[str, Any]) -> Catcher:
    name = f"{step.id}.retired"
    comment = "Whether this execution was retired, or failed by itself"
    rule = Rule(alive_condition(), ordinary.next)
    here.frame.states.append(Choice(name=name, comment=comment, rules=(rule,), next=GUARD_CATCH_TARGET))
    return Catcher((GUARD_ERROR,), name, {**ordinary.assign, **assign})
