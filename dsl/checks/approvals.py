"""People are asked once, and there is time for them to answer."""

from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic
from dsl.durations import format_duration
from dsl.lower.approve import GRACE_S
from dsl.model import ApproveStep, RolloutStep, Step
from dsl.model.approving import Approvers
from dsl.model.step_base import Path


def check_approvals(analysis: Analysis) -> Iterator[Diagnostic]:
    """E540: an approval inside a retried step. E509: one that outlasts the workflow."""
    whole = analysis.workflow.timeout
    for placed in analysis.layout.steps:
        for asked, path in list_questions(placed.step):
            at = (*placed.inside.path, *path)
            longest = asked.expires + GRACE_S
            if longest > whole:
                message = (
                    f"it may wait {format_duration(asked.expires)} for an answer, and {format_duration(GRACE_S)} to be sure, "
                    f"the whole workflow {format_duration(whole)}"
                )
                yield Diagnostic("E509", message, analysis.span((*at, "expires")), "raise the workflow's `timeout`")
        if getattr(placed.step, "retry", None) and any(_asks(one) for one in _inner_steps(placed.step)):
            message = "people inside it would be asked again with each retry, and their first answer would stand"
            hint = "take the `approve` out, or put the `retry` on the steps that need it"
            yield Diagnostic("E540", message, analysis.key_span((*placed.inside.path, "retry")), hint)


def list_questions(step: Step) -> list[tuple[Approvers, Path]]:
    """Give what a step itself asks people, each with its path from the step."""
    if isinstance(step, ApproveStep):
        return [(step.approve, ("approve",))]
    if isinstance(step, RolloutStep) and step.rollout.approval is not None:
        return [(step.rollout.approval, ("rollout", "approval"))]
    return []


def _asks(step: Step) -> bool:
    return bool(list_questions(step)) or any(_asks(one) for one in _inner_steps(step))


def _inner_steps(step: Step) -> list[Step]:
    return [one for block in step.blocks() for one in block.steps]
