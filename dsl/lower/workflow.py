"""The whole machine: the steps, what a failure leads to, and how it ends."""

import json
from collections.abc import Mapping
from typing import Any

from dsl.analysis import Analysis
from dsl.expressions import wrap
from dsl.ir import Fail, Machine, State
from dsl.lower.block import lower_scope
from dsl.lower.context import Here, Recovery, entry_name
from dsl.lower.frame import Frame, to_jsonata
from dsl.lower.guard import CONTEXT, GUARD_CATCH_TARGET, retired_error
from dsl.lower.recovery import FAILED, GoTo, Keep
from dsl.lower.sequence import lower_steps
from dsl.lower.undo import Undoing
from dsl.model.workflow import NOTIFY, PerStage
from dsl.names import Origin
from dsl.places import Section

DONE = "done"
"""The last state of a flow that can end on a Choice or a Catch."""


def lower_workflow(analysis: Analysis) -> Machine:
    """Lower a file that has no errors."""
    workflow = analysis.workflow
    bindings = {"constants": write_constants(workflow.constants)} if workflow.constants else {}
    frame = Frame(entry_name(workflow.steps[0]), CONTEXT, bindings, guarded=True)
    recovery = _choose_recovery(analysis)
    output = workflow.output if workflow.output is not None else {}
    here = Here(analysis, frame, recovery, None, output)
    lower_scope(workflow.steps, here, DONE)
    if isinstance(recovery, Undoing):
        recovery.lower(here)
    end = _end(analysis)
    if workflow.handler:
        lower_steps(workflow.handler, Here(analysis, frame, GoTo(end, remember=False), end))
    for step in workflow.notifier:
        lower_steps((step,), Here(analysis, frame, GoTo(FAILED, remember=False), FAILED))
    frame.states += [_failed(frame, undoes=workflow.undoes), _retired(frame)]
    return Machine(workflow.description, workflow.timeout, frame.close())


def _choose_recovery(analysis: Analysis) -> Recovery:
    workflow = analysis.workflow
    if workflow.undoes:
        return Undoing(analysis.layout.by_scopes.get((), ()), 0, _end(analysis))
    first = entry_name(workflow.handler[0]) if workflow.handler else _end(analysis)
    if first != FAILED:
        starts = {one.step.id: one.inside.tick for one in analysis.layout.steps}
        ends = {one.step.id: one.end for one in analysis.layout.steps}
        ticks = _read_by_handler(analysis)
        return GoTo(first, remember=True, ticks=ticks, starts=starts, ends=ends)
    return Keep()


def _end(analysis: Analysis) -> str:
    """Name the state that a failure ends with: the one that tells of it, if there is one."""
    return NOTIFY if analysis.workflow.notify is not None else FAILED


def write_constants(constants: Mapping[str, Any]) -> str:
    """Write the constants as JSONata; `${stage}` is filled in when the stack is deployed."""
    fields = (f"{json.dumps(name)}: {_write_constant(value)}" for name, value in constants.items())
    return "{" + ", ".join(fields) + "}"


def _write_constant(value: Any) -> str:
    if not isinstance(value, PerStage):
        return to_jsonata(value)
    cases = "".join(f'"${{stage}}" = "{stage}" ? {to_jsonata(one)} : ' for stage, one in value.stages.items())
    return f"({cases}{to_jsonata(value.default)})"


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
