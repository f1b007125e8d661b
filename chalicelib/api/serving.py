"""The one way through for every request: who asks, may they, what do they ask, do it, write it down."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.api import audit, repeats
from chalicelib.api.access import Permit, Target, find_permit
from chalicelib.api.audit import Entry
from chalicelib.api.body import read_body
from chalicelib.api.core import Core
from chalicelib.api.problems import (
    Internal,
    MatchMissing,
    NoPrincipal,
    NoRole,
    Problem,
    RoleTooLow,
    Unavailable,
    describe_problem,
)
from chalicelib.api.route import NOTHING, Answer, AnyRoute, Asked, Call, Nothing
from chalicelib.api.validation import read_query, read_request
from chalicelib.catalog.model import Intent, Role
from chalicelib.control.transaction import Committed, Operation, Transaction
from chalicelib.errors import Contended, StoreUnavailable

_LOG = logging.getLogger(__name__)
PROBLEM = "application/problem+json"


def answer(route: AnyRoute, get_core: Callable[[], Core], call: Call) -> Answer:
    """Serve a request. Never raises: what goes wrong is a problem document, without any inner detail."""
    try:
        return _serve(route, get_core, call)
    except Problem as problem:
        return _refuse(problem, call)
    except (Contended, StoreUnavailable) as error:
        return _refuse(Unavailable(cause=str(error).rstrip(".")), call, {"Retry-After": "1"})
    except Exception:  # noqa: BLE001 - nothing of it may reach the caller; the log has all of it
        _LOG.exception("%s failed: %s", route.name, call.instance)
        return _refuse(Internal(), call)


def _refuse(problem: Problem, call: Call, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(problem.status, describe_problem(problem, call.instance), PROBLEM, headers or {})


def _serve(route: AnyRoute, get_core: Callable[[], Core], call: Call) -> Answer:
    if route.open:
        return route.handle(get_core(), _read(route, call, Permit("", None)))
    if call.principal is None:
        raise NoPrincipal
    core = get_core()
    permit = _authorize(route, core, call, call.principal)
    asked = _read(route, call, permit)
    return _change(route, core, asked) if route.changes else route.handle(core, asked)


def _authorize(route: AnyRoute, core: Core, call: Call, principal: str) -> Permit:
    """Judge the role, before anything of the request is read. Raises NoRole and RoleTooLow."""
    try:
        return find_permit(core.bundle.access, core.home, principal, route.role, route.name)
    except (NoRole, RoleTooLow) as problem:
        role = problem.facts.get("role")
        entry = audit.make_entry(core, route, call, role if isinstance(role, Role) else None, None)
        audit.append(core, entry, problem.status, problem.slug)
        raise


def _read(route: AnyRoute, call: Call, permit: Permit) -> Asked[Any, Any]:
    query = read_query(route.query, call.query)
    key = repeats.read_key(call.headers.get("idempotency-key")) if route.keyed else ""
    body = NOTHING
    if route.body is not Nothing and not route.raw:
        body = read_request(route.body, read_body(call.body, call.headers.get("content-type")))
    match = call.headers.get("if-match", "")
    if route.matched and not match:
        raise MatchMissing
    return Asked(call, permit, query, body, key, match)


def _change(route: AnyRoute, core: Core, asked: Asked[Any, Any]) -> Answer:
    """Write down what is asked, do it, and write down how it ended."""
    entry = audit.make_entry(core, route, asked.call, asked.permit.role, asked)
    memory = repeats.find_memory(route, asked) if route.keyed and not route.recorded else None
    if not route.recorded:
        repeated = _begin(core, entry, memory)
        if repeated is not None:
            return repeated
    try:
        if not route.judged and not asked.permit.unlimited:
            asked.permit.require([Target(f"use {route.name}", Intent.DESTROY, None, None, None)])
        given = route.handle(core, asked)
    except Problem as problem:
        _end(core, route, entry, problem)
        if memory:
            # Apart from the audit's row: no transaction that touches one may delete or update anything (see infra.iam).
            core.ports.store.commit(Transaction((repeats.forget(memory),)))
        raise
    _end(core, route, entry, given, (repeats.remember(memory, given, core.ports.clock.now()),) if memory else ())
    return given


def _begin(core: Core, entry: Entry, memory: repeats.Memory | None) -> Answer | None:
    """Write the entry, and take the key; give the first answer if that is there already. Raises KeyReused."""
    claims = (repeats.claim(memory, core.ports.clock.now()),) if memory else ()
    if isinstance(core.ports.store.commit(Transaction((audit.begin(entry), *claims))), Committed):
        return None
    repeated = repeats.recall(core, memory) if memory else None
    # A request of the same key that was cut off is done again under the same name.
    if repeated is None and not isinstance(core.ports.store.commit(Transaction((audit.begin(entry),))), Committed):
        raise StoreUnavailable(cause="the request is in the audit already")
    return repeated


def _end(core: Core, route: AnyRoute, entry: Entry, given: Answer | Problem, more: tuple[Operation, ...] = ()) -> None:
    slug = given.slug if isinstance(given, Problem) else ""
    about = audit.find_about(given)
    if route.recorded:
        audit.append(core, entry, given.status, slug, about)
    else:
        audit.commit(core, (audit.complete(entry, given.status, slug, about), *more), entry)
