"""What does not fit into what AWS takes, and what this version of the compiler cannot do yet."""

from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic, Span
from dsl.history import count_events, is_distributed
from dsl.lower.contained import holds_undo
from dsl.model import ForeachStep, LoopStep, ParallelStep, RolloutStep
from dsl.model.steps import MAX_ITEMS
from dsl.places import Placed

MAX_EVENTS = 25_000
"""How long the history of an execution may get."""


def check_limits(analysis: Analysis) -> Iterator[Diagnostic]:
    """E512: too many items. E511: not in this version. E602: too long a history."""
    default = analysis.workflow.defaults.retry
    for placed in analysis.layout.steps:
        step = placed.step
        if isinstance(step, LoopStep) and step.loop.max_items > MAX_ITEMS:
            message = f"a list of {step.loop.max_items:,} items does not fit into what a state may be given (256 KiB)"
            span = analysis.span((*placed.inside.path, step.kind, "max_items"))
            yield Diagnostic("E512", message, span, f"lower `max_items` to {MAX_ITEMS} or less")
        if isinstance(step, RolloutStep):
            yield from _check_rollout(analysis, placed, step)
        if isinstance(step, ParallelStep | ForeachStep):
            yield from _check_contained(analysis, placed, step)
        if isinstance(step, LoopStep) and is_distributed(step, default):
            events = count_events(step.loop.steps, default)
            yield from _check_events(events, "an item", analysis.key_span((*placed.inside.path, step.kind)))
    workflow = analysis.workflow
    events = count_events((*workflow.steps, *workflow.handler, *workflow.notifier), default)
    yield from _check_events(events, "a run", analysis.span(("name",)))


def _check_events(events: int, of: str, span: Span) -> Iterator[Diagnostic]:
    if events > MAX_EVENTS:
        message = f"{of} may write {events:,} events, and Step Functions ends an execution at {MAX_EVENTS:,}"
        hint = "make the largest loop distributed (more than 40 `max_items`), poll less often, or split the workflow"
        yield Diagnostic("E602", message, span, hint)


def _check_contained(analysis: Analysis, placed: Placed, step: ParallelStep | ForeachStep) -> Iterator[Diagnostic]:
    tolerates = isinstance(step, ForeachStep) and step.foreach.tolerate is not None
    if not tolerates and not (analysis.workflow.undoes and holds_undo(step)):
        return
    for field, is_set in (("retry", step.retry), ("continue_on_error", step.continue_on_error)):
        if is_set:
            why = "that tolerates failures" if tolerates else "with an `undo` inside it"
            message = f"`{field}` on a step {why} is not supported yet"
            hint = "put it on the steps inside, which take themselves back"
            yield Diagnostic("E511", message, analysis.key_span((*placed.inside.path, field)), hint)


def _check_rollout(analysis: Analysis, placed: Placed, step: RolloutStep) -> Iterator[Diagnostic]:
    path = placed.inside.path
    is_tried = any("[" in token and token.endswith("[try]") for token in placed.inside.conditions)
    if is_tried and analysis.workflow.undoes and holds_undo(step):
        span = analysis.key_span((*path, "rollout"))
        message = "a rollout with an `undo` inside it cannot stand in a `try` yet"
        yield Diagnostic("E511", message, span, "take it out of the `try`")
