"""The whole machine: the steps, what a failure leads to, and how it ends."""

from dsl.analysis import Analysis
from dsl.expressions import wrap
from dsl.ir import Fail, Machine, State
from dsl.lower.block import lower_scope
from dsl.lower.context import Here, Recovery, entry_name
from dsl.lower.frame import Frame
from dsl.lower.guard import CONTEXT, GUARD_CATCH_TARGET, retired_error
from dsl.lower.recovery import FAILED, GoTo, Keep
from dsl.lower.sequence import lower_steps
from dsl.lower.undo import Undoing
from dsl.names import Origin
from dsl.places import Section

DONE = "done"
"""The last state of a flow that can end on a Choice or a Catch."""


def lower_workflow(analysis: Analysis) -> Machine:
    """Lower a file that has no errors."""
    workflow = analysis.workflow
    frame = Frame(entry_name(workflow.steps[0]), CONTEXT, guarded=True)
    recovery = _choose_recovery(analysis)
    output = workflow.output if workflow.output is not None else {}
    here = Here(analysis, frame, recovery, None, output)
    lower_scope(workflow.steps, here, DONE)
    if isinstance(recovery, Undoing):
        recovery.lower(here)
    if workflow.handler:
        lower_steps(workflow.handler, Here(analysis, frame, GoTo(FAILED, remember=False), FAILED))
    frame.states += [_failed(frame, undoes=workflow.undoes), _retired(frame)]
    return Machine(workflow.description, workflow.timeout, frame.close())


def _choose_recovery(analysis: Analysis) -> Recovery:
    workflow = analysis.workflow
    if workflow.undoes:
        return Undoing(analysis.layout.by_scopes.get((), ()), 0, FAILED)
    if workflow.handler:
        starts = {one.step.id: one.inside.tick for one in analysis.layout.steps}
        ends = {one.step.id: one.end for one in analysis.layout.steps}
        ticks = _read_by_handler(analysis)
        return GoTo(entry_name(workflow.handler[0]), remember=True, ticks=ticks, starts=starts, ends=ends)
    return Keep()


def _read_by_handler(analysis: Analysis) -> dict[str, int]:
    """Give the results of main steps that the handler reads, with the tick from which on each is assigned."""
    found: dict[str, int] = {}
    for site, expression in analysis.parsed_sites():
        if site.place.section is not Section.HANDLER:
            continue
        for name in sorted(expression.names):
            one = analysis.names.declared.get(name)
            if one is not None and one.origin is Origin.STEP and one.section is Section.MAIN and not one.scopes:
                found[name] = one.since
    return found


def _failed(frame: Frame, *, undoes: bool) -> State:
    cause = f'"" & ${frame.failure}.Cause'
    if undoes:
        failed = f'" (the undo of " & $join(${frame.undo_failures}.step, ", ") & " failed too)"'
        cause += f' & ($count(${frame.undo_failures}) > 0 ? {failed} : "")'
    comment = "The original error, after everything that follows from it is done"
    return Fail(name=FAILED, comment=comment, error=wrap(f"${frame.failure}.Error"), cause=wrap(cause))


def _retired(frame: Frame) -> State:
    comment = "This execution was not meant to run: nothing was done"
    return Fail(
        name=GUARD_CATCH_TARGET, comment=comment, error=retired_error(), cause=wrap(f'"" & ${frame.failure}.Cause')
    )
