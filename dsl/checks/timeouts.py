"""A step waits longer than its function may run, and the workflow longer than its steps."""

from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic
from dsl.durations import format_duration
from dsl.lower.atom import TIMEOUT_MARGIN_S
from dsl.model import UntilStep


def check_timeouts(analysis: Analysis) -> Iterator[Diagnostic]:
    """E508: a step that gives up while its function still runs. E509: one that outlasts the workflow."""
    whole = analysis.workflow.timeout
    for use in analysis.uses:
        atom = analysis.atoms.get(use.atom)
        if atom is None:
            continue
        if use.timeout is not None and use.timeout <= atom.timeout_s:
            own = format_duration(atom.timeout_s)
            message = f"`{atom.name}` may run for {own}, so the step would give up while it still acts"
            hint = f"write more than {own}, or leave `timeout` out"
            yield Diagnostic("E508", message, analysis.span((*use.path, "timeout")), hint)
        longest = use.timeout or atom.timeout_s + TIMEOUT_MARGIN_S
        if longest > whole:
            message = f"one attempt of `{atom.name}` may take {format_duration(longest)}, the whole workflow {format_duration(whole)}"
            path = (*use.path, "timeout") if use.timeout is not None else ("timeout",)
            yield Diagnostic("E509", message, analysis.span(path), "raise the workflow's `timeout`")
        step = use.placed.step
        if isinstance(step, UntilStep) and step.wait.deadline > whole:
            message = (
                f"it may wait for {format_duration(step.wait.deadline)}, the whole workflow {format_duration(whole)}"
            )
            span = analysis.span((*use.path, "deadline"))
            yield Diagnostic("E509", message, span, "raise the workflow's `timeout`")
