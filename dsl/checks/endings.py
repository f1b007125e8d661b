"""`succeed` ends the workflow, so it stands where nothing else still has to end."""

from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic
from dsl.model import Step, SucceedStep, TryStep
from dsl.places import Section


def check_endings(analysis: Analysis) -> Iterator[Diagnostic]:
    """E518: a `succeed` inside a branch, a loop, a handler, or a `try` that has a `finally`."""
    cleaned = {one.id for placed in analysis.layout.steps for one in _before_finally(placed.step)}
    for placed in analysis.layout.steps:
        if not isinstance(placed.step, SucceedStep):
            continue
        reason = None
        if placed.inside.scopes:
            reason = "other branches or items may still run"
        elif placed.inside.section is Section.HANDLER:
            reason = "a workflow that failed ends with its error"
        elif placed.step.id in cleaned:
            reason = "the `finally` around it would be left out"
        if reason is not None:
            span = analysis.key_span((*placed.inside.path, "succeed"))
            hint = "let the steps end by themselves, under a `when` or in a `switch`"
            yield Diagnostic("E518", f"`succeed` cannot stand here: {reason}", span, hint)


def _before_finally(step: Step) -> Iterator[Step]:
    if isinstance(step, TryStep) and step.finally_:
        for block in step.blocks()[:-1]:
            yield from _flatten(block.steps)


def _flatten(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        yield step
        for block in step.blocks():
            yield from _flatten(block.steps)
