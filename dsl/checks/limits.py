"""What this version of the compiler cannot do yet is said, not compiled into something else."""

from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic
from dsl.lower.contained import holds_undo
from dsl.model import ForeachStep, ParallelStep
from dsl.model.steps import MAX_INLINE_ITEMS


def check_limits(analysis: Analysis) -> Iterator[Diagnostic]:
    """E512: a `foreach` too large to run inline. E511: retry or continue_on_error around an undo."""
    for placed in analysis.layout.steps:
        step = placed.step
        if isinstance(step, ForeachStep) and step.foreach.max_items > MAX_INLINE_ITEMS:
            message = f"a foreach over {step.foreach.max_items} items would have to be distributed: not in this version"
            span = analysis.span((*placed.inside.path, "foreach", "max_items"))
            yield Diagnostic("E512", message, span, f"lower `max_items` to {MAX_INLINE_ITEMS} or less")
        if isinstance(step, ParallelStep | ForeachStep) and analysis.workflow.undoes and holds_undo(step):
            for field, is_set in (("retry", step.retry), ("continue_on_error", step.continue_on_error)):
                if is_set:
                    message = f"`{field}` on a step with an `undo` inside it is not supported yet"
                    hint = "put it on the steps inside, which take themselves back"
                    yield Diagnostic("E511", message, analysis.key_span((*placed.inside.path, field)), hint)
