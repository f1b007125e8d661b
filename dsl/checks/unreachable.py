"""Nothing comes after the end, and nothing stands under a condition that never holds."""

from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic
from dsl.model import FailStep, Step, SucceedStep, SwitchStep, TryStep
from dsl.model.step_base import Path

_NEVER, _ALWAYS = "false", "true"


def check_unreachable(analysis: Analysis) -> Iterator[Diagnostic]:
    """E510: a step after one that always ends the workflow; a step or case whose condition never gets its turn."""
    for placed in analysis.layout.steps:
        step, path = placed.step, placed.inside.path
        rest = placed.siblings[placed.index + 1 :]
        if rest and always_ends(step):
            message = f"`{rest[0].id}` can never run: `{step.id}` always ends the workflow"
            span = analysis.span((*path[:-1], placed.index + 1, "id"))
            yield Diagnostic("E510", message, span, "give the earlier step a `when`, or remove this one")
        if step.when is not None and step.when.strip() == _NEVER:
            message = f"`{step.id}` can never run: its `when` is false"
            yield Diagnostic("E510", message, analysis.span((*path, "when")), "write a condition, or remove the step")
        if isinstance(step, SwitchStep):
            yield from _check_cases(analysis, step, path)


def _check_cases(analysis: Analysis, step: SwitchStep, path: Path) -> Iterator[Diagnostic]:
    asked: dict[str, int] = {}
    for index, case in enumerate(step.switch):
        text = " ".join(case.when.split())
        span = analysis.span((*path, "switch", index, "when"))
        why = f"case {asked[_ALWAYS]} is always taken" if _ALWAYS in asked else None
        if text == _NEVER:
            why = "its condition is false"
        elif text in asked and why is None:
            why = f"case {asked[text]} asks the same before it"
        if why is not None:
            yield Diagnostic("E510", f"this case of `{step.id}` can never be taken: {why}", span, "change or remove it")
        asked.setdefault(text, index + 1)
    if step.default and _ALWAYS in asked:
        message = f"the default of `{step.id}` can never be taken: case {asked[_ALWAYS]} always is"
        yield Diagnostic("E510", message, analysis.key_span((*path, "default")), "remove it, or that case's condition")


def always_ends(step: Step) -> bool:
    """Whether nothing that comes after the step in its list can run."""
    if step.when is not None:
        return False
    if isinstance(step, SwitchStep):
        return all(block.steps and any(always_ends(one) for one in block.steps) for block in step.blocks())
    if isinstance(step, TryStep):
        return any(always_ends(one) for one in step.finally_)
    return isinstance(step, FailStep | SucceedStep)
