"""Every route as data: method, path, who may call it, and the function that answers."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from pydantic import BaseModel

from chalicelib.api.body import read_body
from chalicelib.api.cancellations import cancel_dispatch, stop_dispatch
from chalicelib.api.core import Core
from chalicelib.api.dead import DeadQuery, RedeliverRequest, list_dead, redeliver
from chalicelib.api.decisions import explain_event
from chalicelib.api.entries import describe_entry, list_entries, report_health
from chalicelib.api.freezes import add_freeze, end_freeze, list_freezes
from chalicelib.api.inventory import ObjectQuery, describe_object, list_objects
from chalicelib.api.locks import list_locks
from chalicelib.api.pages import list_dispatches
from chalicelib.api.problems import Internal, NoPrincipal, Problem, Unavailable, describe_problem
from chalicelib.api.rows import show_dispatch
from chalicelib.api.schemas import CancelRequest, DispatchQuery, FreezeRequest, LockQuery, Schema, StartRequest
from chalicelib.api.starts import Asker, read_key, start_dispatch
from chalicelib.api.validation import read_query, read_request
from chalicelib.api.webhooks import take_webhook
from chalicelib.control.model import VerdictKind
from chalicelib.errors import Contended, StoreUnavailable

_LOG = logging.getLogger(__name__)
PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request, as far as the routes need it. Header names are lower case."""

    instance: str
    """Names this one request, for problem documents and the log."""
    principal: str | None = None
    """The ARN that API Gateway authenticated."""
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP response; `body` holds JSON values."""

    status: int
    body: Mapping[str, Any]
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


class Nothing(Schema):
    """A route without query parameters."""


@dataclass(frozen=True, slots=True)
class Route:
    """One of them. `open` needs no signature."""

    method: str
    path: str
    handle: Callable[[Core, Call], Answer]
    open: bool = False


def answer(route: Route, get_core: Callable[[], Core], call: Call) -> Answer:
    """Serve a request. Never raises: what goes wrong is a problem document, without any inner detail."""
    try:
        if call.principal is None and not route.open:
            raise NoPrincipal  # noqa: TRY301 - the one place that turns problems into answers
        return route.handle(get_core(), call)
    except Problem as problem:
        return _refuse(problem, call)
    except (Contended, StoreUnavailable) as error:
        return _refuse(Unavailable(cause=str(error).rstrip(".")), call, {"Retry-After": "1"})
    except Exception:  # noqa: BLE001 - nothing of it may reach the caller; the log has all of it
        _LOG.exception("%s %s failed: %s", route.method, route.path, call.instance)
        return _refuse(Internal(), call)


def _refuse(problem: Problem, call: Call, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(problem.status, describe_problem(problem, call.instance), PROBLEM, headers or {})


def _give(body: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, body.model_dump(mode="json"), headers=headers or {})


def _get_health(core: Core, call: Call) -> Answer:
    read_query(Nothing, call.query)
    return _give(report_health(core))


def _get_catalog(core: Core, call: Call) -> Answer:
    read_query(Nothing, call.query)
    return _give(list_entries(core))


def _get_entry(core: Core, call: Call) -> Answer:
    read_query(Nothing, call.query)
    return _give(describe_entry(core, call.path["name"]))


def _post_dispatch(core: Core, call: Call) -> Answer:
    read_query(Nothing, call.query)
    key = read_key(call.headers.get("idempotency-key"))
    request = read_request(StartRequest, read_body(call.body, call.headers.get("content-type")))
    admitted = start_dispatch(core, Asker(call.principal or "", key), request)
    status = 200 if admitted.repeated else 201 if admitted.verdict is VerdictKind.START else 202
    return _give(admitted, status, {"Location": f"/v1/dispatches/{admitted.id}"})


def _get_dispatches(core: Core, call: Call) -> Answer:
    return _give(list_dispatches(core, read_query(DispatchQuery, call.query)))


def _get_dispatch(core: Core, call: Call) -> Answer:
    read_query(Nothing, call.query)
    return _give(show_dispatch(core, call.path["id"]))


def _post_cancel(core: Core, call: Call) -> Answer:
    return _give(cancel_dispatch(core, call.principal or "", call.path["id"], _read_cancel(call)))


def _post_break(core: Core, call: Call) -> Answer:
    return _give(stop_dispatch(core, call.principal or "", call.path["id"], _read_cancel(call)))


def _read_cancel(call: Call) -> CancelRequest:
    read_query(Nothing, call.query)
    return read_request(CancelRequest, read_body(call.body, call.headers.get("content-type")))


def _get_freezes(core: Core, call: Call) -> Answer:
    read_query(Nothing, call.query)
    return _give(list_freezes(core))


def _post_freeze(core: Core, call: Call) -> Answer:
    read_query(Nothing, call.query)
    request = read_request(FreezeRequest, read_body(call.body, call.headers.get("content-type")))
    return _give(add_freeze(core, call.principal or "", request), 201)


def _delete_freeze(core: Core, call: Call) -> Answer:
    read_query(Nothing, call.query)
    return _give(end_freeze(core, call.path["id"]))


def _get_decisions(core: Core, call: Call) -> Answer:
    read_query(Nothing, call.query)
    return _give(explain_event(core, unquote(call.path["event"])))


def _get_locks(core: Core, call: Call) -> Answer:
    return _give(list_locks(core, read_query(LockQuery, call.query)))


def _get_objects(core: Core, call: Call) -> Answer:
    return _give(list_objects(core, read_query(ObjectQuery, call.query)))


def _get_object(core: Core, call: Call) -> Answer:
    read_query(Nothing, call.query)
    return _give(describe_object(core, unquote(call.path["object"])))


def _get_dead_letters(core: Core, call: Call) -> Answer:
    return _give(list_dead(core, read_query(DeadQuery, call.query)))


def _post_redelivery(core: Core, call: Call) -> Answer:
    read_query(Nothing, call.query)
    request = read_request(RedeliverRequest, read_body(call.body, call.headers.get("content-type")))
    return _give(redeliver(core, request.event))


def _post_event(core: Core, call: Call) -> Answer:
    read_query(Nothing, call.query)
    return Answer(202, {"events": take_webhook(core, call.path["source"], call.headers, call.body)})


ROUTES = (
    Route("GET", "/v1/health", _get_health, open=True),
    Route("GET", "/v1/catalog", _get_catalog),
    Route("GET", "/v1/catalog/{name}", _get_entry),
    Route("POST", "/v1/dispatches", _post_dispatch),
    Route("GET", "/v1/dispatches", _get_dispatches),
    Route("GET", "/v1/dispatches/{id}", _get_dispatch),
    Route("POST", "/v1/dispatches/{id}/cancel", _post_cancel),
    Route("POST", "/v1/dispatches/{id}/break", _post_break),
    Route("GET", "/v1/freezes", _get_freezes),
    Route("POST", "/v1/freezes", _post_freeze),
    Route("DELETE", "/v1/freezes/{id}", _delete_freeze),
    Route("GET", "/v1/decisions/{event}", _get_decisions),
    Route("GET", "/v1/locks", _get_locks),
    Route("GET", "/v1/objects", _get_objects),
    Route("GET", "/v1/objects/{object}", _get_object),
    Route("GET", "/v1/dead-letters", _get_dead_letters),
    Route("POST", "/v1/dead-letters/redeliver", _post_redelivery),
    Route("POST", "/v1/events/{source}", _post_event, open=True),
)
