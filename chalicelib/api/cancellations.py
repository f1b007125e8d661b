"""What a person does to a dispatch, with a reason: cancel what has not started, break what runs, release what is held."""

from collections.abc import Callable

from chalicelib.api.access import Permit
from chalicelib.api.core import Core
from chalicelib.api.judging import judge_dispatch, judge_held
from chalicelib.api.problems import NothingToDo, UnknownId
from chalicelib.api.schemas.dispatches import CancelRequest, CancelResult
from chalicelib.control.cancel import Cancellation, break_dispatch, cancel, release_dispatch
from chalicelib.control.settle import UnknownDispatch


def cancel_dispatch(core: Core, permit: Permit, dispatch: str, request: CancelRequest) -> CancelResult:
    """Take back a dispatch that has not started. Raises UnknownId, OutOfScope and NothingToDo."""
    judge_dispatch(core, permit, dispatch)
    return _act(dispatch, lambda: cancel(dispatch, permit.principal, request.reason, core.ports, core.bundle))


def stop_dispatch(core: Core, permit: Permit, dispatch: str, request: CancelRequest) -> CancelResult:
    """Stop a running dispatch; its locks are freed once it is over. Raises UnknownId, OutOfScope and NothingToDo."""
    judge_dispatch(core, permit, dispatch)
    return _act(dispatch, lambda: break_dispatch(dispatch, permit.principal, request.reason, core.ports, core.bundle))


def release_held(core: Core, permit: Permit, dispatch: str, request: CancelRequest) -> CancelResult:
    """Have what a storm or a freeze held decided anew. Raises UnknownId, OutOfScope and NothingToDo."""
    judge_held(core, permit, dispatch)
    return _act(dispatch, lambda: release_dispatch(dispatch, permit.principal, request.reason, core.ports, core.bundle))


def _act(dispatch: str, act: Callable[[], Cancellation]) -> CancelResult:
    try:
        done = act()
    except UnknownDispatch:
        raise UnknownId(dispatch=dispatch) from None
    if done.action.startswith("nothing"):
        cause = done.action.removeprefix("nothing: ")
        raise NothingToDo(dispatch=dispatch, state=done.state, cause=cause, extra={"state": str(done.state)})
    return CancelResult(id=dispatch, was=done.state, action=done.action)
