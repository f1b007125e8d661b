"""`wait` until an atom says so.

An atom that raises NotYet is polled by its task's own Retry: one state. A condition on its answer takes `<id>.until`
after each answer and `<id>.wait` before the next question, which `<id>.again` asks.
"""

from dsl.expressions import wrap
from dsl.ir import Choice, Retrier, Rule, Task, Wait
from dsl.lower.atom import RESULT, TIMEOUT_MARGIN_S, invoke
from dsl.lower.context import Here, effect_of
from dsl.lower.guarded import guard_catchers, guard_retriers
from dsl.lower.recovery import throw
from dsl.lower.retry import atom_retriers
from dsl.model import UntilStep

TOO_LATE = "DeadlineExceeded"
"""What the step fails with when the condition still does not hold."""


def lower_until(step: UntilStep, here: Here) -> None:
    """Add the task, and its loop if it has a condition."""
    if step.wait.until is None:
        _add_question(step, here, step.id, here.next)
        return
    _add_question(step, here, step.id, f"{step.id}.until", {_polls(step): 0})
    _add_loop(step, step.wait.until, here)


def _add_question(
    step: UntilStep, here: Here, name: str, following: str | None, assign: dict[str, int | str] | None = None
) -> None:
    frame, poll = here.frame, step.wait
    atom = here.atom(poll.atom)
    retriers = atom_retriers(atom, poll.retry, here.analysis.workflow.defaults.retry)
    if any(error.__name__ == "NotYet" for error in atom.raises):
        rest = tuple(one for one in retriers if "NotYet" not in one.errors)
        retriers = (Retrier(("NotYet",), poll.polls, poll.interval, 1), *rest)
    is_first = name == step.id
    catchers = here.recovery.catch_task(step, effect_of(atom), here) if is_first else _catchers_of(step, here)
    task = Task(
        name=name,
        comment=step.description if is_first else f"Ask again for {step.id}",
        next=following,
        arguments=invoke(atom, poll.with_, step.id, frame, name),
        timeout_s=poll.timeout or atom.timeout_s + TIMEOUT_MARGIN_S,
        retriers=guard_retriers(frame, name, retriers),
        assign={**frame.entry_assign(name), step.id: wrap(RESULT), **(assign or {})},
        output=here.render_output(name, {step.id: RESULT}) if following is None else None,
        catchers=guard_catchers(step, here, catchers, asks=False) if is_first else catchers,
    )
    frame.states.append(task)


def _catchers_of(step: UntilStep, here: Here) -> tuple:  # type: ignore[type-arg]
    first = next(state for state in reversed(here.frame.states) if state.name == step.id)
    return tuple(one for one in getattr(first, "catchers", ()) if "States.QueryEvaluationError" not in one.errors)


def _polls(step: UntilStep) -> str:
    return f"{step.id}Polls"


def _add_loop(step: UntilStep, until: str, here: Here) -> None:
    name, polls = step.id, _polls(step)
    frame, poll = here.frame, step.wait
    cause = f"{name} was not so within {poll.deadline} seconds"
    out = throw(step, here, {"Error": TOO_LATE, "Cause": cause})
    rules = (
        Rule(wrap(frame.express(until.strip(), f"{name}.until")), here.continuation),
        Rule(wrap(f"${polls} >= {poll.polls}"), out.target, out.assign),
    )
    ask = Choice(name=f"{name}.until", comment=f"Whether {name} is so", rules=rules, next=f"{name}.wait")
    wait = Wait(
        name=f"{name}.wait", comment=f"Before {name} is asked again", next=f"{name}.again", seconds=poll.interval
    )
    frame.states += [ask, wait]
    _add_question(step, here, f"{name}.again", f"{name}.until", {polls: wrap(f"${polls} + 1")})
