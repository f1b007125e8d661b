"""A switch: one Choice. On the way into a case the results of all other cases become null."""

from typing import TYPE_CHECKING

from dsl.expressions import wrap
from dsl.ir import Choice, Rule
from dsl.lower.context import Here, entry_name, results_of
from dsl.lower.sequence import lower_steps
from dsl.model import SwitchStep

if TYPE_CHECKING:
    from dsl.model import Step


def lower_switch(step: SwitchStep, here: Here) -> None:
    """Add the choice, then the states of every case."""
    frame, after = here.frame, here.continuation
    entry = frame.entry_assign(step.id)
    rules = []
    for index, case in enumerate(step.switch):
        condition = wrap(frame.express(case.when.strip(), step.id, guarded=index == 0))
        assign = {**entry, **_skipped(step, case.steps)}
        rules.append(Rule(condition, entry_name(case.steps[0]), assign))
    default = entry_name(step.default[0]) if step.default else after
    choice = Choice(
        name=step.id,
        comment=step.description,
        rules=tuple(rules),
        next=default,
        assign={**entry, **_skipped(step, step.default)},
    )
    frame.states.append(choice)
    for block in step.blocks():
        if block.steps:
            lower_steps(block.steps, here)


def _skipped(step: SwitchStep, taken: "tuple[Step, ...]") -> dict[str, None]:
    blocks = (block for block in step.blocks() if block.steps is not taken)
    return {name: None for block in blocks for one in block.steps for name in results_of(one)}
