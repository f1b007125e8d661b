"""Freezes over HTTP: hold every start in a scope, for a stated reason and time."""

from datetime import timedelta

from chalicelib.api.core import Core
from chalicelib.api.problems import InvalidRequest, UnknownFreeze, refuse
from chalicelib.api.schemas import FreezeList, FreezeRequest, FreezeView
from chalicelib.control import freeze
from chalicelib.control.model import Freeze
from chalicelib.errors import MalformedObjectId
from chalicelib.identity import parse_object_id


def list_freezes(core: Core) -> FreezeList:
    """Give what is in force."""
    return FreezeList(freezes=[_view(one) for one in freeze.list_freezes(core.ports)])


def add_freeze(core: Core, principal: str, request: FreezeRequest) -> FreezeView:
    """Freeze a scope; no start that is reserved after this passes it. Raises InvalidRequest."""
    scope = {kind: value for kind, value in request.scope.model_dump().items() if value is not None}
    faults = _check_scope(core, scope, request.exempt_tiers)
    if faults:
        raise refuse(InvalidRequest, faults)
    if "object" in scope:
        scope["object"] = str(parse_object_id(scope["object"], core.home))
    until = core.ports.clock.now() + timedelta(seconds=request.seconds)
    exempt = tuple(request.exempt_tiers)
    try:
        return _view(freeze.freeze(scope, request.reason, principal, until, exempt, core.ports))
    except freeze.TooManyFreezes as error:
        raise refuse(InvalidRequest, [str(error)]) from None


def end_freeze(core: Core, name: str) -> FreezeView:
    """End a freeze now. Raises UnknownFreeze."""
    try:
        return _view(freeze.unfreeze(name, core.ports))
    except freeze.UnknownFreeze:
        raise UnknownFreeze(freeze=name) from None


def _check_scope(core: Core, scope: dict[str, str], exempt_tiers: list[str]) -> list[str]:
    """A freeze that names what does not exist would hold nothing, and nobody would notice."""
    known = {
        "service": {service.name for service in core.bundle.services},
        "tier": {tier.name for tier in core.bundle.tiers},
        "workflow": set(core.bundle.workflows),
    }
    faults = [
        f"scope.{kind}: there is no {kind} {scope[kind]!r}"
        for kind, names in known.items()
        if kind in scope and scope[kind] not in names
    ]
    faults += [f"exempt_tiers: there is no tier {tier!r}" for tier in exempt_tiers if tier not in known["tier"]]
    if "object" in scope:
        try:
            parse_object_id(scope["object"], core.home)
        except MalformedObjectId as error:
            faults.append(f"scope.object: {error}")
    return faults


def _view(one: Freeze) -> FreezeView:
    return FreezeView(
        id=one.id,
        scope=dict(one.scope),
        reason=one.reason,
        owner=one.owner,
        since=one.since,
        until=one.until,
        exempt_tiers=list(one.exempt_tiers),
    )
