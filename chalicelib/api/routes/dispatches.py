"""`/v1/dispatches`."""

from chalicelib.api.cancellations import cancel_dispatch, release_held, stop_dispatch
from chalicelib.api.core import Core
from chalicelib.api.pages import list_dispatches
from chalicelib.api.problems import BadCursor, NothingToDo, OutOfScope, Rejected, UnknownId, UnknownName, WouldRepeat
from chalicelib.api.retries import retry_dispatch
from chalicelib.api.route import Answer, Asked, Nothing, Route, give
from chalicelib.api.rows import show_dispatch
from chalicelib.api.schemas.control import Why
from chalicelib.api.schemas.dispatches import (
    Admission,
    CancelRequest,
    CancelResult,
    DispatchDetail,
    DispatchPage,
    DispatchQuery,
    RetryRequest,
    RetryResult,
    StartRequest,
    Timeline,
    TimelineQuery,
)
from chalicelib.api.starts import Asker, start_dispatch
from chalicelib.api.timelines import show_timeline
from chalicelib.api.why import explain_dispatch
from chalicelib.catalog.model import Role
from chalicelib.control.model import VerdictKind


def _post_dispatch(core: Core, asked: Asked[Nothing, StartRequest]) -> Answer:
    return _show_admission(start_dispatch(core, Asker(asked.principal, asked.key, asked.permit), asked.body))


def _show_admission(admitted: Admission) -> Answer:
    status = 200 if admitted.repeated else 201 if admitted.verdict is VerdictKind.START else 202
    return give(admitted, status, {"Location": f"/v1/dispatches/{admitted.id}"})


def _post_retry(core: Core, asked: Asked[Nothing, RetryRequest]) -> Answer:
    return _show_admission(retry_dispatch(core, asked, asked.path["id"]))


def _get_timeline(core: Core, asked: Asked[TimelineQuery, Nothing]) -> Answer:
    return give(show_timeline(core, asked.path["id"], asked.query))


def _get_why(core: Core, asked: Asked[Nothing, Nothing]) -> Answer:
    return give(explain_dispatch(core, asked.path["id"]))


def _get_dispatches(core: Core, asked: Asked[DispatchQuery, Nothing]) -> Answer:
    return give(list_dispatches(core, asked.query))


def _get_dispatch(core: Core, asked: Asked[Nothing, Nothing]) -> Answer:
    return give(show_dispatch(core, asked.path["id"]))


def _post_cancel(core: Core, asked: Asked[Nothing, CancelRequest]) -> Answer:
    return give(cancel_dispatch(core, asked.permit, asked.path["id"], asked.body))


def _post_break(core: Core, asked: Asked[Nothing, CancelRequest]) -> Answer:
    return give(stop_dispatch(core, asked.permit, asked.path["id"], asked.body))


def _post_release(core: Core, asked: Asked[Nothing, CancelRequest]) -> Answer:
    return give(release_held(core, asked.permit, asked.path["id"], asked.body))


ROUTES = (
    Route(
        "POST", "/v1/dispatches", _post_dispatch, Role.OPERATOR, "Start something, or have it wait its turn",
        {200: Admission, 201: Admission, 202: Admission}, Nothing, StartRequest,
        (UnknownName, OutOfScope, Rejected), keyed=True, judged=True, recorded=True,
    ),
    Route(
        "GET", "/v1/dispatches", _get_dispatches, Role.VIEWER, "List dispatches, live ones first",
        {200: DispatchPage}, DispatchQuery, Nothing, (BadCursor,),
    ),
    Route(
        "GET", "/v1/dispatches/{id}", _get_dispatch, Role.VIEWER, "Give everything recorded of one dispatch",
        {200: DispatchDetail}, Nothing, Nothing, (UnknownId,),
    ),
    Route(
        "GET", "/v1/dispatches/{id}/timeline", _get_timeline, Role.VIEWER, "Give every state of its execution",
        {200: Timeline}, TimelineQuery, Nothing, (UnknownId,),
    ),
    Route(
        "GET", "/v1/dispatches/{id}/why", _get_why, Role.VIEWER, "Give the arithmetic of its verdict",
        {200: Why}, Nothing, Nothing, (UnknownId,),
    ),
    Route(
        "POST", "/v1/dispatches/{id}/retry", _post_retry, Role.OPERATOR, "Do again what ended badly, as a new dispatch",
        {200: RetryResult, 201: RetryResult, 202: RetryResult}, Nothing, RetryRequest,
        (UnknownId, UnknownName, OutOfScope, NothingToDo, WouldRepeat, Rejected),
        keyed=True, judged=True, recorded=True,
    ),
    Route(
        "POST", "/v1/dispatches/{id}/cancel", _post_cancel, Role.OPERATOR, "Take back one that has not started",
        {200: CancelResult}, Nothing, CancelRequest, (UnknownId, OutOfScope, NothingToDo), judged=True,
    ),
    Route(
        "POST", "/v1/dispatches/{id}/break", _post_break, Role.OPERATOR, "Stop the execution of one that runs",
        {200: CancelResult}, Nothing, CancelRequest, (UnknownId, OutOfScope, NothingToDo), judged=True,
    ),
    Route(
        "POST", "/v1/dispatches/{id}/release", _post_release, Role.OPERATOR, "Have what a storm or freeze held go on",
        {200: CancelResult}, Nothing, CancelRequest, (UnknownId, OutOfScope, NothingToDo), judged=True,
    ),
)  # fmt: skip
