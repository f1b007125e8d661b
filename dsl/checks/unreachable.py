"""Nothing comes after the end."""

from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic
from dsl.model import FailStep, Step, SucceedStep, SwitchStep, TryStep


def check_unreachable(analysis: Analysis) -> Iterator[Diagnostic]:
    """E510: a step after one that always ends the workflow."""
    for placed in analysis.layout.steps:
        rest = placed.siblings[placed.index + 1 :]
        if rest and always_ends(placed.step):
            path = (*placed.inside.path[:-1], placed.index + 1, "id")
            message = f"`{rest[0].id}` can never run: `{placed.step.id}` always ends the workflow"
            yield Diagnostic("E510", message, analysis.span(path), "give the earlier step a `when`, or remove this one")


def always_ends(step: Step) -> bool:
    """Whether nothing that comes after the step in its list can run."""
    if step.when is not None:
        return False
    if isinstance(step, SwitchStep):
        return all(block.steps and any(always_ends(one) for one in block.steps) for block in step.blocks())
    if isinstance(step, TryStep):
        return any(always_ends(one) for one in step.finally_)
    return isinstance(step, FailStep | SucceedStep)
