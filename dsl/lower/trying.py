"""`try`: its steps, the clauses that catch, and what follows in any case.

All of it lives in the scope around it, so a `try` costs no state; a failure goes to the first step of its clause, through
`<id>.catch` if there is something to tell apart. A `finally` ends in `<id>.check`, which knows whether it was entered by
a failure (`<id>Pending`) that has to go on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dsl.expressions import wrap
from dsl.ir import Assign, Catcher, Choice, Rule
from dsl.lower.contained import LateUndo, flatten
from dsl.lower.context import Effect, Here, Recovery, entry_name, results_of
from dsl.lower.entering import assign_on_entry
from dsl.lower.recovery import CAUGHT, catch_abandoned, split_catchers, throw
from dsl.lower.sequence import lower_steps
from dsl.model import Clause, Step, TryStep


@dataclass(frozen=True, slots=True)
class Trying:
    """Send every failure of some steps to one state, with null for what had not run."""

    outer: Recovery
    target: str
    variable: str
    starts: Mapping[str, int]
    ends: Mapping[str, int]
    results: Mapping[str, int]
    """Of each result of these steps: the tick after which it holds something."""
    others: Assign = field(default_factory=dict)
    """What else is assigned."""

    def catch_task(self, step: Step, effect: Effect, here: Here) -> tuple[Catcher, ...]:
        """Catch everything; what may have been done half is taken back first."""
        if getattr(step, "continue_on_error", False):
            return self.outer.catch_task(step, effect, here)
        unknown = self.outer.take_back(step, here, self.target)
        return split_catchers(step, effect, here, self._assign(step, here), self.target, unknown)

    def catch_container(self, step: Step, here: Here) -> tuple[Catcher, ...]:
        """Catch everything."""
        if getattr(step, "continue_on_error", False):
            return self.outer.catch_container(step, here)
        return (catch_abandoned(step, here, self._assign(step, here), self.target),)

    def contains(self, step: Step) -> bool:
        """Contain what the scope around contains."""
        return self.outer.contains(step)

    def target_of_fail(self, step: Step, *, inside: bool = False) -> str | None:
        """Go there."""
        del step, inside
        return self.target

    def target_of_check(self, step: Step, here: Here) -> str | None:
        """Take back what finished inside the container, and go there."""
        if not self.outer.contains(step):
            return self.target
        name = f"{step.id}.undo_now"
        LateUndo(here, tag="_now").lower(step, name, self.target)
        return name

    def take_back(self, step: Step, here: Here, after: str) -> str:
        """Do as the scope around does."""
        return self.outer.take_back(step, here, after)

    def through(self, target: str) -> Recovery:
        """Go there first: what a container did is taken back at once."""
        return replace(self, target=target)

    def failure(self, here: Here) -> str:
        """Use the variable of this `try`."""
        del here
        return self.variable

    def assign_on_failure(self, step: Step, here: Here, *, inside: bool = False) -> Assign:
        """Give null to every result that the step's failure kept from being there."""
        now = (self.ends if inside else self.starts)[step.id]
        nulls = {name: None for name, tick in self.results.items() if tick >= now}
        begun: Assign = {here.frame.undo_failures: []} if here.analysis.workflow.undoes and not inside else {}
        return {**nulls, **self.others, **begun}

    def _assign(self, step: Step, here: Here) -> Assign:
        return {**here.frame.entry_assign(step.id), **self.assign_on_failure(step, here), self.variable: CAUGHT}


def lower_try(step: TryStep, here: Here) -> None:
    """Add the states of everything in it."""
    caught = f"{step.id}Caught"
    clauses: dict[str, Any] = {name: None for clause in step.catch for one in clause.steps for name in results_of(one)}
    pending: dict[str, Any] = {f"{step.id}Pending": None} if step.finally_ else {}
    beginning = {**clauses, **pending}
    after = entry_name(step.finally_[0]) if step.finally_ else here.continuation
    variable = caught if step.catch else f"{step.id}Pending"
    body = _watch(step.try_, here, _first_handler(step), variable, beginning)
    lower_steps(step.try_, replace(here, recovery=body, next=after, output=None))
    assign_on_entry(here.frame, entry_name(step.try_[0]), beginning)
    if step.catch and not _catches_all_at_once(step):
        _add_dispatch(step, here)
    for clause in step.catch:
        _lower_clause(step, clause, here, after)
    if step.finally_:
        lower_steps(step.finally_, replace(here, next=f"{step.id}.check", output=None))
        _add_check(step, here)


def _watch(steps: tuple[Step, ...], here: Here, target: str, variable: str, others: Assign) -> Trying:
    placed = here.analysis.layout.by_id
    inner = flatten(steps)
    starts = {one.id: placed[one.id].inside.tick for one in inner}
    ends = {one.id: placed[one.id].end for one in inner}
    results = {one.id: ends[one.id] for one in inner if one.has_result}
    return Trying(here.recovery, target, variable, starts, ends, results, others)


def _catches_all_at_once(step: TryStep) -> bool:
    return len(step.catch) == 1 and step.catch[0].catches_all


def _first_handler(step: TryStep) -> str:
    """Name the state that a failure of what is tried leads to."""
    if not step.catch:
        return entry_name(step.finally_[0])
    return entry_name(step.catch[0].steps[0]) if _catches_all_at_once(step) else f"{step.id}.catch"


def _add_dispatch(step: TryStep, here: Here) -> None:
    """Add the state that finds the clause for an error."""
    caught = f"{step.id}Caught"
    rules = [
        Rule(wrap(_names_error(clause, caught)), entry_name(clause.steps[0]))
        for clause in step.catch
        if not clause.catches_all
    ]
    target, assign = _unhandled(step, here)
    comment = f"Which clause of {step.id} is for the error"
    here.frame.states.append(
        Choice(name=f"{step.id}.catch", comment=comment, rules=tuple(rules), next=target, assign=assign)
    )


def _unhandled(step: TryStep, here: Here) -> tuple[str, Assign]:
    """Say where an error goes that no clause names."""
    last = step.catch[-1]
    if last.catches_all:
        return entry_name(last.steps[0]), {}
    caught = wrap(f"${step.id}Caught")
    if step.finally_:
        return entry_name(step.finally_[0]), {f"{step.id}Pending": caught}
    out = throw(step, here, caught, inside=True)
    return out.target, out.assign


def _names_error(clause: Clause, caught: str) -> str:
    """Match as AWS's Catch does: States.TaskFailed is any error but States.Timeout, which a missing heartbeat is, too."""
    names = [name for name in clause.errors or () if name != "States.TaskFailed"]
    if "States.Timeout" in names and "States.HeartbeatTimeout" not in names:
        names.append("States.HeartbeatTimeout")
    terms = [f"${caught}.Error in [{', '.join(_quote(name) for name in names)}]"] if names else []
    if "States.TaskFailed" in (clause.errors or ()):
        terms.append(f'${caught}.Error != "States.Timeout"')
    return " or ".join(terms)


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _lower_clause(step: TryStep, clause: Clause, here: Here, after: str) -> None:
    """Add a clause's steps, for which `$failure` is what was caught."""
    frame = replace(here.frame, bindings={**here.frame.bindings, "failure": f"${step.id}Caught"})
    inner = replace(here, frame=frame, next=after, output=None)
    if step.finally_:
        target = entry_name(step.finally_[0])
        inner = replace(inner, recovery=_watch(clause.steps, here, target, f"{step.id}Pending", {}))
    lower_steps(clause.steps, inner)


def _add_check(step: TryStep, here: Here) -> None:
    pending = f"{step.id}Pending"
    out = throw(step, here, wrap(f"${pending}"), inside=True)
    rule = Rule(wrap(f"${pending} = null"), here.continuation)
    comment = f"Whether {step.id} ended well, or with an error that has to go on"
    here.frame.states.append(
        Choice(name=f"{step.id}.check", comment=comment, rules=(rule,), next=out.target, assign=out.assign)
    )
