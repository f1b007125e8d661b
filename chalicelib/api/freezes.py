"""Freezes over HTTP: hold every start in a scope, for a stated reason and time."""

from collections.abc import Mapping
from datetime import timedelta

from chalicelib.api.access import Permit, Target
from chalicelib.api.core import Core
from chalicelib.api.problems import Changed, InvalidRequest, UnknownFreeze, refuse
from chalicelib.api.schemas.control import FreezeEdit, FreezeList, FreezeRequest, FreezeView
from chalicelib.catalog.model import Intent
from chalicelib.control import freeze
from chalicelib.control.freezes import list_calendar
from chalicelib.control.model import Freeze
from chalicelib.control.records import render_time
from chalicelib.errors import MalformedObjectId
from chalicelib.identity import canonical_json, digest, parse_object_id


def list_freezes(core: Core) -> FreezeList:
    """Give what is in force, also what the calendars of the policy freeze now."""
    planned = list_calendar(core.bundle.control.freezes, core.ports.clock.now())
    return FreezeList(freezes=[_view(one) for one in (*freeze.list_freezes(core.ports), *planned)])


def add_freeze(core: Core, permit: Permit, key: str, request: FreezeRequest) -> FreezeView:
    """Freeze a scope; no start that is reserved after this passes it. Raises InvalidRequest and OutOfScope.

    One key of a principal makes one freeze, however often it is asked.
    """
    scope = {kind: value for kind, value in request.scope.model_dump().items() if value is not None}
    faults = _check_scope(core, scope, request.exempt_tiers)
    if faults:
        raise refuse(InvalidRequest, faults)
    if "object" in scope:
        scope["object"] = str(parse_object_id(scope["object"], core.home))
    permit.require([_aim(scope)])
    until = core.ports.clock.now() + timedelta(seconds=request.seconds)
    exempt = tuple(request.exempt_tiers)
    try:
        made = freeze.freeze(
            scope, request.reason, permit.principal, until, exempt, core.ports, key, tuple(request.exempt_intents),
            request.held,
        )  # fmt: skip
    except freeze.TooManyFreezes as error:
        raise refuse(InvalidRequest, [str(error)]) from None
    return _view(made)


def show_freeze(core: Core, name: str) -> FreezeView:
    """Give one that is in force. Raises UnknownFreeze."""
    return _view(_find(core, name))


def make_etag(view: FreezeView) -> str:
    """Name the content of a freeze: another one after every edit."""
    return f'"{digest([canonical_json(view.model_dump(mode="json"))])}"'


def edit_freeze(core: Core, permit: Permit, name: str, match: str, edit: FreezeEdit) -> FreezeView:
    """Change a freeze that is still what `match` names. Raises UnknownFreeze, OutOfScope, InvalidRequest and Changed."""
    found = _find(core, name)
    permit.require([_aim(found.scope)])
    _match(found, match)
    faults = _check_scope(core, {}, edit.exempt_tiers or [])
    if faults:
        raise refuse(InvalidRequest, faults)
    until = core.ports.clock.now() + timedelta(seconds=edit.seconds) if edit.seconds is not None else None
    wanted = found._replace(
        reason=edit.reason if edit.reason is not None else found.reason,
        until=render_time(until) if until is not None else found.until,
        exempt_tiers=tuple(edit.exempt_tiers) if edit.exempt_tiers is not None else found.exempt_tiers,
    )
    if not freeze.amend(found, wanted, core.ports, permit.principal):
        raise Changed(what=f"The freeze {name}")
    return _view(wanted)


def end_freeze(core: Core, permit: Permit, name: str, match: str) -> FreezeView:
    """End a freeze now. Raises UnknownFreeze, OutOfScope, and Changed if `match` is given and names another content."""
    found = _find(core, name)
    permit.require([_aim(found.scope)])
    if match:
        _match(found, match)
    try:
        return _view(freeze.unfreeze(name, core.ports, permit.principal))
    except freeze.UnknownFreeze:
        raise UnknownFreeze(freeze=name) from None


def _find(core: Core, name: str) -> Freeze:
    found = next((one for one in freeze.list_freezes(core.ports) if one.id == name), None)
    if found is None:
        raise UnknownFreeze(freeze=name)
    return found


def _match(found: Freeze, match: str) -> None:
    if match != "*" and match.removeprefix("W/") != make_etag(_view(found)):
        raise Changed(what=f"The freeze {found.id}")


def _aim(scope: Mapping[str, str]) -> Target:
    """Say what a freeze is about: it must lie wholly within a grant's limits."""
    kind = scope["object"].split("/")[-2] if "object" in scope else None
    what = ", ".join(f"{named} {value}" for named, value in scope.items()) or "everything"
    return Target(f"freeze or thaw {what}", Intent.CONFIGURE, scope.get("tier"), scope.get("service"), kind)


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
        exempt_intents=list(one.exempt_intents),
        held=one.held,
    )
