"""What this version of the compiler cannot do yet is said, not compiled into something else."""

from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic
from dsl.model import ForeachStep
from dsl.model.steps import MAX_INLINE_ITEMS


def check_limits(analysis: Analysis) -> Iterator[Diagnostic]:
    """E512: a `foreach` too large to run inline."""
    for placed in analysis.layout.steps:
        step = placed.step
        if isinstance(step, ForeachStep) and step.foreach.max_items > MAX_INLINE_ITEMS:
            message = f"a foreach over {step.foreach.max_items} items would have to be distributed: not in this version"
            span = analysis.span((*placed.inside.path, "foreach", "max_items"))
            yield Diagnostic("E512", message, span, f"lower `max_items` to {MAX_INLINE_ITEMS} or less")
