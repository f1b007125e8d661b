"""What does not fit into what AWS takes, and what would not be taken back as undo promises."""

from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic, Span
from dsl.history import count_events, is_distributed
from dsl.lower.contained import flatten, holds_undo
from dsl.lower.undo_task import get_undo
from dsl.model import ForeachStep, LoopStep, ParallelStep, RolloutStep, TryStep
from dsl.model.steps import MAX_ITEMS
from dsl.places import Placed

MAX_EVENTS = 25_000
"""How long the history of an execution may get."""


def check_limits(analysis: Analysis) -> Iterator[Diagnostic]:
    """E512: too many items. E511: what could not be taken back. E602: too long a history."""
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
    inside = "iterations" if isinstance(step, ForeachStep) else "branches"
    why = f"its {inside} never fail: " + ("as many may as it says" if tolerates else "each takes itself back and tells")
    ways = {
        "retry": "put `retry` on the steps inside",
        "continue_on_error": "put the step into a `try` with a `catch`, which goes on once all of it is taken back",
    }
    for field, hint in ways.items():
        if getattr(step, field):
            message = f"`{field}` would never come about here, since {why}"
            yield Diagnostic("E511", message, analysis.key_span((*placed.inside.path, field)), hint)


def _check_rollout(analysis: Analysis, placed: Placed, step: RolloutStep) -> Iterator[Diagnostic]:
    if not analysis.workflow.undoes or not any(get_undo(one) or holds_undo(one) for one in flatten(step.rollout.gate)):
        return
    if any(_is_watched(token, analysis) for token in placed.inside.conditions):
        span = analysis.key_span((*placed.inside.path, "rollout", "gate"))
        message = "the gate of a rollout inside a `try` cannot have an `undo`: only its last round would be taken back"
        hint = "let the gate only look, and act in `steps` or after the rollout"
        yield Diagnostic("E511", message, span, hint)


def _is_watched(token: str, analysis: Analysis) -> bool:
    """Whether a condition stands for steps whose failure a `try` handles before the workflow does."""
    name, bracket, rest = token.partition("[")
    around = analysis.layout.by_id.get(name)
    step = around.step if around is not None and bracket else None
    return isinstance(step, TryStep) and (rest == "try]" or bool(step.finally_))
