"""Undo of a scope: one chain of states in reverse order, entered where the failure was.

The chain of steps a, b, c is `c.undo`, `b.undo`, `a.undo`, end. A failure enters it at the failing step's own undo if
its effect is unknown, else one further on. A step that may have been skipped gets a Choice in front
(`<id>.undo_when`): its result is null then.
"""

from bisect import bisect_left
from dataclasses import dataclass

from dsl.expressions import wrap
from dsl.ir import Assign, Catcher, Choice, Rule
from dsl.lower.contained import LateUndo, holds_undo
from dsl.lower.context import Effect, Here, Recovery
from dsl.lower.recovery import CAUGHT, FAILED, catch_abandoned, catch_lenient_container, nothing_of, split_catchers
from dsl.lower.undo_task import add_undo_task, get_undo
from dsl.model import Step
from dsl.places import Placed


@dataclass(frozen=True, slots=True)
class Element:
    """One step of a chain."""

    step: Step
    tick: int
    conditional: bool

    @property
    def first(self) -> str:
        """The state it is entered by once it is known to have something to undo."""
        return f"{self.step.id}.undo"

    @property
    def entry(self) -> str:
        """The state it is entered by from later elements."""
        return f"{self.step.id}.undo_when" if self.conditional else self.first


class Undoing:
    """Takes back what finished in one scope, then goes to `end`."""

    def __init__(self, placed: tuple[Placed, ...], base: int, end: str, *, active: bool = True) -> None:
        """Take the steps of the scope; `base` is how many conditions hold for all of it.

        If it is not active nothing is taken back, and a failure goes straight to `end`.
        """
        self.end = end
        self._starts = {one.step.id: one.inside.tick for one in placed}
        self._ends = {one.step.id: one.end for one in placed}
        self.elements = tuple(
            Element(one.step, one.inside.tick, _is_conditional(one, base))
            for one in placed
            if active and (get_undo(one.step) is not None or holds_undo(one.step))
        )
        self._ticks = [one.tick for one in self.elements]
        self._undoable = {one.step.id for one in self.elements}

    def catch_task(self, step: Step, effect: Effect, here: Here) -> tuple[Catcher, ...]:
        """Enter the chain, or take the step back and go on if the flow may do without it."""
        undo = get_undo(step) if step.id in self._undoable else None
        if getattr(step, "continue_on_error", False):
            after = here.continuation
            unknown = self.take_back(step, here, after)
            assign = {**here.frame.entry_assign(step.id), **nothing_of(step), here.frame.undo_failures: []}
            return split_catchers(step, effect, here, assign, after, unknown)
        before = self._entry_before(step)
        own = f"{step.id}.undo" if undo is not None else before
        if own == FAILED:
            # Nothing to take back: the error ends the execution by itself.
            return ()
        null = {step.id: None} if undo is not None else {}
        return split_catchers(step, effect, here, {**null, **self._assign(step, here)}, before, own)

    def catch_container(self, step: Step, here: Here) -> tuple[Catcher, ...]:
        """Enter the chain before the container: nothing inside it can be taken back, or it has been."""
        lenient = catch_lenient_container(step, here)
        before = self._entry_before(step)
        if lenient or before == FAILED:
            return lenient
        return (catch_abandoned(step, here, self._assign(step, here), before),)

    def contains(self, step: Step) -> bool:
        """Contain what holds something to take back: its variables would die with it."""
        return step.id in self._undoable and get_undo(step) is None

    def target_of_fail(self, step: Step, *, inside: bool = False) -> str | None:
        """Enter the chain; with nothing before it the machine may simply end."""
        target = self._entry_before(step, inside=inside)
        return None if target == FAILED else target

    def target_of_check(self, step: Step, here: Here) -> str | None:
        """Enter the chain at the container's own undo."""
        del here
        return f"{step.id}.undo" if self.contains(step) else self.target_of_fail(step)

    def take_back(self, step: Step, here: Here, after: str) -> str:
        """Undo the step at once, if it says how."""
        undo = get_undo(step) if step.id in self._undoable else None
        if undo is None:
            return after
        name = f"{step.id}.undo_now"
        add_undo_task(name, undo, undo.with_, here, after)
        return name

    def through(self, target: str) -> Recovery:
        """Enter the chain as ever: the container is an element of it."""
        del target
        return self

    def failure(self, here: Here) -> str:
        """Use the scope's own."""
        return here.frame.failure

    def assign_on_failure(self, step: Step, here: Here, *, inside: bool = False) -> Assign:
        """Start the record of failed undos; what failed inside a step may have begun it."""
        del step
        return {} if inside else {here.frame.undo_failures: []}

    def lower(self, here: Here) -> None:
        """Add the chain."""
        for at in range(len(self.elements) - 1, -1, -1):
            one = self.elements[at]
            following = self.elements[at - 1].entry if at else self.end
            if one.conditional:
                here.frame.states.append(_ask(one, following))
            undo = get_undo(one.step)
            if undo is not None:
                add_undo_task(one.first, undo, undo.with_, here, following)
            else:
                LateUndo(here).lower(one.step, one.first, following)

    def _entry_before(self, step: Step, *, inside: bool = False) -> str:
        at = bisect_left(self._ticks, (self._ends if inside else self._starts)[step.id])
        return self.elements[at - 1].entry if at else self.end

    def _assign(self, step: Step, here: Here) -> Assign:
        return {**here.frame.entry_assign(step.id), here.frame.failure: CAUGHT, here.frame.undo_failures: []}


def _is_conditional(placed: Placed, base: int) -> bool:
    return len(placed.inside.conditions) > base or getattr(placed.step, "continue_on_error", False)


def _ask(one: Element, following: str) -> Choice:
    rule = Rule(wrap(f"${one.step.id} != null"), one.first)
    return Choice(name=one.entry, comment=f"Whether {one.step.id} ran", rules=(rule,), next=following)
