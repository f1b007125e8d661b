"""`kind: access`: who may do what over the API."""

import re
from collections.abc import Iterator

from chalicelib.catalog.model import Access, Grant, Intent, Role
from dsl.diagnostics import Diagnostic, has_errors, suggest
from dsl.policies.model import AccessFile, GrantSpec
from dsl.policies.services import Services
from dsl.shape import Path, locate, locate_key, read_file
from dsl.source import Node

_LIMITS = ("services", "tiers", "kinds", "up_to")
_ARN = re.compile(r"arn:([a-z*-]+):([a-z*]+)::([0-9*]+|\{account\}):(\S+)")
_ROLE = re.compile(r"role/(?:[^*]*/)?([^/]+)")
_RESOURCES = ("user/", "assumed-role/", "federated-user/", "root", "*")
"""How the last part of an ARN begins that API Gateway may give."""


def compile_access(text: str, file: str, services: Services | None) -> tuple[Access | None, tuple[Diagnostic, ...]]:
    """Compile the access file; without `services`, which did not compile, names of services and tiers pass.

    Gives None with at least one error; never raises for a user's text.
    """
    root, spec, found = read_file(text, file, AccessFile)
    if root is None or spec is None:
        return None, found
    checked = (*found, *_check(root, spec, services))
    if has_errors(checked):
        return None, checked
    return Access(tuple(_build(one) for one in spec.grants)), checked


def _build(spec: GrantSpec) -> Grant:
    principals = tuple(pattern for text in spec.principals for pattern in _expand(text))
    limits = (spec.services or (), spec.tiers or (), spec.kinds or (), spec.up_to or Intent.DESTROY)
    return Grant(principals, spec.role, *limits)


def _expand(text: str) -> tuple[str, ...]:
    """A role's ARN means every session of it, and API Gateway names those without the role's path."""
    partition, service, account, resource = text.removeprefix("arn:").replace("::", ":").split(":", 3)
    role = _ROLE.fullmatch(resource)
    if service != "iam" or role is None:
        return (text,)
    return (f"arn:{partition}:sts::{account}:assumed-role/{role[1]}/*",)


def _check(root: Node, spec: AccessFile, services: Services | None) -> Iterator[Diagnostic]:
    for index, grant in enumerate(spec.grants):
        path: Path = ("grants", index)
        for number, text in enumerate(grant.principals):
            if hint := _find_fault(text):
                span = locate(root, (*path, "principals", number))
                yield Diagnostic("E920", f"{text!r} fits no principal", span, hint)
        yield from _check_limits(root, path, grant, services)
    if not any(one.role is Role.ADMIN and not _is_limited(one) for one in spec.grants):
        message = "nobody is an admin without limits"
        yield Diagnostic("E921", message, locate_key(root, ("grants",)), "add a grant with `role: admin` and no limits")


def _check_limits(root: Node, path: Path, grant: GrantSpec, services: Services | None) -> Iterator[Diagnostic]:
    if grant.role is Role.VIEWER and _is_limited(grant):
        named = next(one for one in _LIMITS if getattr(grant, one) is not None)
        yield Diagnostic("E923", "a viewer reads everything", locate_key(root, (*path, named)), f"remove `{named}`")
    if services is None:
        return
    known = {"services": [one.name for one in services.services], "tiers": [one.name for one in services.tiers]}
    for field, names in known.items():
        for number, name in enumerate(getattr(grant, field) or ()):
            if name not in names:
                span = locate(root, (*path, field, number))
                hint = suggest(name, names) or f"there are: {', '.join(names)}"
                code = "E922" if field == "services" else "E901"
                yield Diagnostic(code, f"there is no {field.removesuffix('s')} {name!r}", span, hint)


def _is_limited(grant: GrantSpec) -> bool:
    return any(getattr(grant, one) is not None for one in _LIMITS)


def _find_fault(text: str) -> str | None:
    """Say what is wrong with a pattern, None if it may fit something."""
    match = _ARN.fullmatch(text)
    if match is None:
        return "write an ARN, for example arn:aws:iam::111122223333:user/ana"
    service, resource = match[2], match[4]
    if ":" in resource:
        return "nothing that API Gateway gives has another colon there"
    if resource.startswith("role/"):
        if service != "iam":
            return f"a role is arn:aws:iam::…:{resource}, its sessions are arn:aws:sts::…:assumed-role/…"
        return None if _ROLE.fullmatch(resource) else "write the whole path of the role, or its sessions by pattern"
    if not resource.startswith(_RESOURCES):
        return f"it must be one of: {', '.join(f'{one}…' for one in _RESOURCES[:3])}, root or *"
    return None
