"""Every route as data. A resource is one file here with its `ROUTES`, and one line below."""

from chalicelib.api.route import AnyRoute
from chalicelib.api.routes import (
    approval_links,
    approvals,
    audit,
    catalog,
    dead_letters,
    decisions,
    dispatches,
    events,
    freezes,
    goals,
    health,
    locks,
    me,
    objects,
    openapi,
    plans,
    rules,
    version,
)

ROUTES: tuple[AnyRoute, ...] = (
    *health.ROUTES,
    *version.ROUTES,
    *me.ROUTES,
    *openapi.ROUTES,
    *catalog.ROUTES,
    *rules.ROUTES,
    *dispatches.ROUTES,
    *plans.ROUTES,
    *approvals.ROUTES,
    *approval_links.ROUTES,
    *freezes.ROUTES,
    *decisions.ROUTES,
    *locks.ROUTES,
    *objects.ROUTES,
    *goals.ROUTES,
    *dead_letters.ROUTES,
    *events.ROUTES,
    *audit.ROUTES,
)
