"""A list of steps: each leads to the next, and a `when` puts a Choice in front."""

from dataclasses import replace

from dsl.expressions import wrap
from dsl.ir import Choice, Rule
from dsl.lower.context import Here, entry_name, results_of, start_name
from dsl.model import Step


def lower_steps(steps: tuple[Step, ...], here: Here) -> None:
    """Add the states of a list; the last step goes where `here` says."""
    from dsl.lower.kinds import LOWER  # noqa: PLC0415 - a kind that contains steps comes back here

    following = [entry_name(step) for step in steps[1:]]
    for step, next_name in zip(steps, [*following, None], strict=True):
        at = here if next_name is None else replace(here, next=next_name)
        if step.when is not None:
            _lower_when(step, step.when, at)
        LOWER[type(step)](step, at)


def _lower_when(step: Step, when: str, here: Here) -> None:
    name = entry_name(step)
    entry = here.frame.entry_assign(name)
    condition = wrap(here.frame.express(when.strip(), name, guarded=True))
    choice = Choice(
        name=name,
        comment=f"Whether {step.id} runs",
        rules=(Rule(condition, start_name(step), entry),),
        next=here.continuation,
        assign={**entry, **dict.fromkeys(results_of(step))},
    )
    here.frame.states.append(choice)
