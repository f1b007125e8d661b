"""Who may do what: the grants of `policies/access.yaml` against the principal that API Gateway authenticated. Pure."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from chalicelib.api.problems import NoRole, OutOfScope, RoleTooLow
from chalicelib.catalog.model import Access, Grant, Intent, Role
from chalicelib.identity import Home


class Target(NamedTuple):
    """Something that a request would change, as far as a grant can limit it. None is what no grant with limits names."""

    name: str
    """As people read it: `host/i-0ab`, or what else it is."""
    intent: Intent
    tier: str | None
    service: str | None
    kind: str | None


class Permit(NamedTuple):
    """What a principal may change by one route: the grants whose role reaches the route's own."""

    principal: str
    role: Role | None
    """The highest of all that the principal has; None on routes that need none."""
    grants: tuple[Grant, ...] = ()

    @property
    def unlimited(self) -> bool:
        """Whether nothing needs to be judged."""
        return any(not limits_services(one) and one.up_to is Intent.DESTROY for one in self.grants)

    def require(self, targets: Iterable[Target]) -> None:
        """Let the change pass if some grant covers each of its targets. Raises OutOfScope for the first that none does."""
        for target in targets:
            if not any(_covers(grant, target) for grant in self.grants):
                raise OutOfScope(
                    principal=self.principal,
                    intent=target.intent,
                    name=target.name,
                    service=target.service or "no service",
                    tier=target.tier or "every tier",
                )


def find_permit(access: Access, home: Home, principal: str, least: Role | None, what: str) -> Permit:
    """Give what a principal may change by a route that needs `least`. Raises NoRole and RoleTooLow."""
    grants = find_grants(access, home, principal)
    role = max((one.role for one in grants), key=lambda one: one.rank, default=None)
    if least is None:
        return Permit(principal, role, grants)
    if role is None:
        raise NoRole(principal=principal)
    if role.rank < least.rank:
        raise RoleTooLow(what=what, least=least, principal=principal, role=role)
    return Permit(principal, role, tuple(one for one in grants if one.role.rank >= least.rank))


def find_grants(access: Access, home: Home, principal: str) -> tuple[Grant, ...]:
    """Give the grants that fit a principal, in the order of the file."""
    return tuple(
        grant
        for grant in access.grants
        if any(_read_pattern(text, home.account).fullmatch(principal) for text in grant.principals)
    )


def limits_services(grant: Grant) -> bool:
    """Whether a grant holds for some objects only."""
    return bool(grant.services or grant.tiers or grant.kinds)


@lru_cache(maxsize=1024)
def _read_pattern(text: str, account: str) -> re.Pattern[str]:
    escaped = re.escape(text.replace("{account}", account))
    return re.compile(escaped.replace(r"\*", "[^:]*"))


def _covers(grant: Grant, target: Target) -> bool:
    return (
        (not grant.services or target.service in grant.services)
        and (not grant.tiers or target.tier in grant.tiers)
        and (not grant.kinds or target.kind in grant.kinds)
        and target.intent.rank <= grant.up_to.rank
    )
