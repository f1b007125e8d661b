"""What no state can catch must be sure: a Choice, a Wait and a Pass end the execution if their expression fails."""

from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.defined import is_defined
from dsl.diagnostics import Diagnostic
from dsl.expressions import Expression
from dsl.model import SetStep, WaitStep
from dsl.names import Sight
from dsl.sites import Site, span_of
from dsl.types import Type


def check_uncaught(analysis: Analysis) -> Iterator[Diagnostic]:
    """E408: such an expression where something was to follow a failure: an undo, a handler, a notification, a clause."""
    workflow = analysis.workflow
    follows = workflow.undoes or bool(workflow.handler) or workflow.notify is not None
    quiet = {placed.step.id for placed in analysis.layout.steps if isinstance(placed.step, WaitStep | SetStep)}
    for site in analysis.sites.expressions:
        if not isinstance(site.parsed, Expression) or site.template:
            continue
        is_choice = site.condition is not None
        is_value = site.step in quiet and bool(site.path) and ("wait" in site.path or "set" in site.path)
        is_tried = any("[try]" in token or "[catch " in token for token in site.place.conditions)
        if not (is_choice or is_value) or not (follows or is_tried) or "workflow" in site.path:
            continue
        if not is_defined(site.parsed.ast, lambda name, at=site: _look(analysis, name, at)):  # type: ignore[misc]
            state = "condition" if is_choice else "value"
            message = f"this {state} may give nothing or fail, and then no undo, handler or `catch` would run"
            hint = "make it sure: `$exists(x) ? x : ...`, `$exists(x) and ...`, or compare with `=`"
            yield Diagnostic("E408", message, span_of(site, analysis.root, 0, len(site.text)), hint)


def _look(analysis: Analysis, name: str, site: Site) -> Type | None:
    """Give the type of a name that holds something here. Raises KeyError for one that may be null."""
    if analysis.names.look(name, site) is Sight.MAYBE and not analysis.names.is_guarded(name, site):
        raise KeyError(name)
    return analysis.types.get(name)
