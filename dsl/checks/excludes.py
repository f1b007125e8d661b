"""`excludes` names other workflows."""

from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic


def check_excludes(analysis: Analysis) -> Iterator[Diagnostic]:
    """E515: a workflow that excludes itself; two runs on one object are already kept apart by its locks."""
    for index, name in enumerate(analysis.workflow.excludes):
        if name == analysis.workflow.name:
            hint = "remove it: two runs on one object conflict anyway"
            yield Diagnostic("E515", "a workflow cannot exclude itself", analysis.span(("excludes", index)), hint)
