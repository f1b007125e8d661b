"""Doing again what ended badly: a new dispatch with a new name, through the same reservation as any start.

An execution begins at its first state, and the values of its steps live in the variables of the execution that is over, so
there is no way into the middle of a machine but Step Functions' redrive, which would run past control (docs/adr/0013).
"""

from chalicelib.api.core import Core
from chalicelib.api.judging import judge_dispatch
from chalicelib.api.problems import NothingToDo, WouldRepeat
from chalicelib.api.route import Asked, Nothing
from chalicelib.api.rows import find_row, read_row
from chalicelib.api.schemas import RetryRequest, RetryResult, StartRequest
from chalicelib.api.starts import Asker, start_dispatch
from chalicelib.api.timelines import read_visits
from chalicelib.control.lifecycle import LIVE, DispatchState
from chalicelib.control.timeline import find_failed, list_finished
from chalicelib.control.transaction import Item

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


def retry_dispatch(core: Core, asked: Asked[Nothing, RetryRequest], dispatch: str) -> RetryResult:
    """Start the same workflow with the same input again.

    Raises UnknownId, NothingToDo for what is live or went well, WouldRepeat where steps were done that nothing took
    back and the request does not allow to do them again, and what a start raises.
    """
    judge_dispatch(core, asked.permit, dispatch)
    row = read_row(core, dispatch)
    _check(row)
    visits = read_visits(core, row) or ()
    workflow = core.bundle.workflows.get(row["workflow"])
    undone = workflow is not None and workflow.undoes
    repeats = () if undone else list_finished(visits)
    asker = Asker(asked.principal, asked.key, asked.permit, retries=dispatch)
    if repeats and not asked.body.repeat and find_row(core, asker.dispatch) is None:
        extra = {"dispatch": dispatch, "repeats": list(repeats)}
        raise WouldRepeat(dispatch=dispatch, steps=", ".join(repeats), extra=extra)
    request = StartRequest(
        name=row["workflow"],
        input=dict(row["execution_input"]["input"]),
        reason=asked.body.reason,
        object=row["object"] or None,
    )
    admitted = start_dispatch(core, asker, request)
    return RetryResult(
        **admitted.model_dump(), retries=dispatch, failed_step=find_failed(visits), repeats=list(repeats)
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
