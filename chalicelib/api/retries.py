"""Doing again what ended badly: a new dispatch with a new name, through the same reservation as any start.

From the start, or from the step that failed: then the new execution is of a machine that begins there with what the
finished steps had made (docs/adr/0019). Step Functions' redrive would run past control, and is never used.
"""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.api.core import Core
from chalicelib.api.judging import judge_dispatch
from chalicelib.api.objects import show_object
from chalicelib.api.problems import CannotResume, NothingToDo, UnknownName, WouldRepeat
from chalicelib.api.route import Asked, Nothing
from chalicelib.api.rows import find_row, read_row
from chalicelib.api.schemas.dispatches import Resumed, RetryRequest, RetryResult, StartRequest
from chalicelib.api.starts import Asker, start_dispatch
from chalicelib.api.timelines import read_visits
from chalicelib.catalog.model import Workflow
from chalicelib.control.intake import read_records
from chalicelib.control.lifecycle import LIVE, DispatchState
from chalicelib.control.resumption import (
    explain_taken,
    find_machine,
    find_resume,
    find_taken,
    read_resume,
    rule_out,
)
from chalicelib.control.timeline import Visit, find_failed, list_finished
from chalicelib.control.transaction import Item
from chalicelib.decision.model import Resume
from chalicelib.identity import parse_object_id

ENDED_BADLY = frozenset(
    {
        DispatchState.FAILED,
        DispatchState.TIMED_OUT,
        DispatchState.ABORTED,
        DispatchState.RETIRED,
        DispatchState.CANCELLED,
        DispatchState.EXPIRED,
        DispatchState.REJECTED,
        DispatchState.HELD,
    }
)
BEGAN = frozenset({DispatchState.FAILED, DispatchState.TIMED_OUT, DispatchState.ABORTED})
"""Of those, the ones whose execution did something, and may have failed in the middle of it."""


def retry_dispatch(core: Core, asked: Asked[Nothing, RetryRequest], dispatch: str) -> RetryResult:
    """Start the same workflow with the same input again, from its first step or from the one that failed.

    Raises UnknownId, NothingToDo for what is live or went well, WouldRepeat where steps were done that nothing took
    back and the request does not allow to do them again, CannotResume, and what a start raises.
    """
    judge_dispatch(core, asked.permit, dispatch)
    row = read_row(core, dispatch)
    _check(row)
    visits = read_visits(core, row) or ()
    goes_on = asked.body.from_ == "failed"
    asker = Asker(asked.principal, asked.key, asked.permit, retries=dispatch, goes_on=goes_on)
    recorded = find_row(core, asker.dispatch)
    resume = None
    if goes_on:
        resume = read_resume(recorded) if recorded is not None else _find_resume(core, row, visits)
    repeats = _list_repeats(core, row, visits, resume)
    if repeats and not asked.body.repeat and recorded is None:
        raise _refuse_repeats(core, row, repeats, resume)
    request = StartRequest(
        name=row["workflow"],
        input=dict(row["execution_input"]["input"]),
        reason=asked.body.reason,
        object=row["object"] or None,
    )
    admitted = start_dispatch(core, replace(asker, resume=resume), request)
    return RetryResult(
        **admitted.model_dump(),
        retries=dispatch,
        failed_step=find_failed(visits),
        resumes=Resumed(dispatch=dispatch, step=resume.step, done=list(resume.done)) if resume is not None else None,
        repeats=list(repeats),
    )


def _check(row: Item) -> None:
    state = DispatchState(row["state"])
    if state in LIVE:
        cause = "it is not over"
    elif state not in ENDED_BADLY or not row.get("execution_input"):
        cause = "there is nothing to do again"
    else:
        return
    raise NothingToDo(dispatch=row["id"], state=state, cause=cause, extra={"state": str(state)})


def _find_resume(core: Core, row: Item, visits: Sequence[Visit]) -> Resume | None:
    """Say where a dispatch goes on; None if it failed at its first step. Raises CannotResume and UnknownName."""
    workflow = core.bundle.workflows.get(row["workflow"])
    if workflow is None:
        raise UnknownName(name=row["workflow"])
    if why := _rule_out(row, workflow, visits):
        raise CannotResume(dispatch=row["id"], cause=why, extra={"dispatch": row["id"]})
    found = find_resume(row, workflow, core.ports.executions.read_history(find_machine(row), row["id"]))
    if isinstance(found, str):
        raise CannotResume(dispatch=row["id"], cause=found, extra={"dispatch": row["id"]})
    if not found.done:
        return None
    records = read_records({parse_object_id(one, core.home) for one in found.fences}, core.ports)
    taken = find_taken(found, [records[one] for one in sorted(records)])
    if taken:
        listed = [{**one._asdict(), "object": show_object(one.object, core.home)} for one in taken]
        extra = {"dispatch": row["id"], "taken": listed}
        raise CannotResume(dispatch=row["id"], cause=explain_taken(taken), extra=extra)
    return found


def _rule_out(row: Item, workflow: Workflow, visits: Sequence[Visit]) -> str:
    if row["state"] not in BEGAN:
        return f"it is {row['state']}, so no step of it has run"
    return rule_out(row, workflow) or ("" if visits else "its history is gone")


def _list_repeats(core: Core, row: Item, visits: Sequence[Visit], resume: Resume | None) -> tuple[str, ...]:
    """Name the steps that were done, are not taken back, and are done again."""
    workflow = core.bundle.workflows.get(row["workflow"])
    if workflow is None or workflow.undoes:
        return () if workflow is not None else list_finished(visits)
    before = read_resume(row)
    if resume is None:
        return (*(before.done if before is not None else ()), *list_finished(visits))
    resumption = workflow.resumption
    entry = resumption.entries[resumption.steps.index(resume.step)] if resumption is not None else ""
    at = max((index for index, one in enumerate(visits) if one.state == entry), default=0)
    return list_finished(visits[at:])


def _refuse_repeats(core: Core, row: Item, repeats: Sequence[str], resume: Resume | None) -> WouldRepeat:
    workflow = core.bundle.workflows.get(row["workflow"])
    offered = resume is None and workflow is not None and row["state"] in BEGAN and not rule_out(row, workflow)
    return WouldRepeat(
        dispatch=row["id"],
        begins=f"{resume.step}, which it repeats as a whole" if resume is not None else "the first step",
        steps=", ".join(repeats),
        otherwise=', or `"from": "failed"` to go on from the step that failed' if offered else "",
        extra={"dispatch": row["id"], "repeats": list(repeats)},
    )
