"""What the catalog and control have to know of a compiled workflow."""

from collections.abc import Iterable

from chalicelib.catalog.model import ApiCall, Resumption, Touch, Workflow
from dsl.analysis import Analysis, AnyAtom, Use
from dsl.checks.approvals import list_questions
from dsl.inline import nested_workflows
from dsl.lower.approve import ERRORS
from dsl.lower.guard import RETIRED
from dsl.lower.resumption import Resuming
from dsl.model import ApproveStep, AwsStep, input_schema
from dsl.places import Section
from dsl.sdk_services import iam_actions

_EXPECTED_SHARE = 3
_LEAST_EXPECTED_S = 60


def describe_workflow(analysis: Analysis, workflow_hash: str) -> Workflow:
    """Give the catalog's entry."""
    workflow = analysis.workflow
    mutating = [atom for atom in _atoms(analysis, analysis.uses) if atom.mutating]
    return Workflow(
        name=workflow.name,
        description=workflow.description,
        hash=workflow_hash,
        input_schema=input_schema(workflow.input),
        touches=tuple(Touch(one.object, one.intent) for one in workflow.touches),
        excludes=_excludes(analysis),
        timeout_s=workflow.timeout,
        expected_s=expected_seconds(workflow.timeout, workflow.expected),
        effect_timeout_s=max((*(atom.effect_timeout_s for atom in mutating), *_call_effects(analysis)), default=0),
        final_errors=(*_final_errors(analysis), RETIRED),
        undoes=workflow.undoes,
        logical_steps=sum(one.inside.section is Section.MAIN for one in analysis.layout.steps),
        atoms=tuple(sorted({use.atom for use in analysis.uses})),
        calls=_calls(analysis),
    )


def describe_resumption(resuming: Resuming, machine_hash: str) -> Resumption:
    """Give what control has to know of the machine that goes on from a failed step."""
    return Resumption(
        machine_hash, resuming.steps, resuming.entries, resuming.carried, resuming.asks, resuming.handlers
    )


def _aws_steps(analysis: Analysis) -> list[AwsStep]:
    return [placed.step for placed in analysis.layout.steps if isinstance(placed.step, AwsStep)]


def _call_effects(analysis: Analysis) -> list[int]:
    return [step.effect_timeout or 0 for step in _aws_steps(analysis)]


def _calls(analysis: Analysis) -> tuple[ApiCall, ...]:
    """Give the rights that the machine itself needs, each once."""
    found: dict[ApiCall, None] = {}
    for step in _aws_steps(analysis):
        resources = step.resources if isinstance(step.resources, tuple) else ("*",)
        found[ApiCall(iam_actions(step.service, step.action), resources)] = None
    return tuple(sorted(found, key=lambda one: (one.actions, one.resources)))


def _excludes(analysis: Analysis) -> tuple[str, ...]:
    """Name what the workflow and those inside it exclude."""
    files = (analysis.workflow, *nested_workflows(analysis.workflow))
    named = dict.fromkeys(name for one in files for name in one.excludes)
    return tuple(name for name in named if name != analysis.workflow.name)


def expected_seconds(timeout: int, declared: int | None = None) -> int:
    """Give how long a run usually takes: as declared, else a third of the timeout and at least a minute."""
    return declared if declared is not None else min(timeout, max(_LEAST_EXPECTED_S, timeout // _EXPECTED_SHARE))


def _final_errors(analysis: Analysis) -> tuple[str, ...]:
    """Name the errors after which no effect of the whole workflow can still be under way.

    Only the error's name is known then, not the step. So every step that raises it must vouch for it: the error says
    that nothing was done, nothing runs beside the step, and no effect from before it, or from an undo after it, lasts.
    """
    after = [use for use in analysis.uses if use.is_undo or use.placed.inside.section is Section.HANDLER]
    if any(_lasts(atom) for atom in _atoms(analysis, after)):
        return ()
    if any(step.effect_timeout for step in _aws_steps(analysis)):
        return ()
    good: dict[str, None] = {}
    bad: set[str] = set()
    lasting = False
    for use in analysis.uses:
        if use in after:
            continue
        atom = analysis.atoms[use.atom]
        for error in atom.raises:
            is_retried = atom.mutating and error.transient and _lasts(atom)
            vouches = error.nothing_done and not use.placed.inside.scopes and not lasting and not is_retried
            if vouches:
                good[error.__name__] = None
            else:
                bad.add(error.__name__)
        lasting = lasting or _lasts(atom)
    answers = ERRORS if _asks_before_anything_lasts(analysis) else ()
    return (*(name for name in good if name not in bad), *answers)


def _asks_before_anything_lasts(analysis: Analysis) -> bool:
    """Whether people are asked, and nowhere beside or after something whose effect may go on when they say no."""
    asking = [placed for placed in analysis.layout.steps if list_questions(placed.step)]
    lasting = (use.placed.inside.tick for use in analysis.uses if _lasts(analysis.atoms[use.atom]))
    first = min(lasting, default=None)
    return bool(asking) and all(
        isinstance(one.step, ApproveStep) and not one.inside.scopes and (first is None or one.inside.tick < first)
        for one in asking
    )


def _lasts(atom: AnyAtom) -> bool:
    return atom.mutating and atom.effect_timeout_s > 0


def _atoms(analysis: Analysis, uses: Iterable[Use]) -> list[AnyAtom]:
    return [analysis.atoms[use.atom] for use in uses]
