"""`/v1/audit`."""

from chalicelib.api.audit import list_audit
from chalicelib.api.core import Core
from chalicelib.api.problems import BadCursor
from chalicelib.api.route import Answer, Asked, Nothing, Route, give
from chalicelib.api.schemas.people import AuditPage, AuditQuery
from chalicelib.catalog.model import Role


def _get_audit(core: Core, asked: Asked[AuditQuery, Nothing]) -> Answer:
    return give(list_audit(core, asked.query))


ROUTES = (
    Route(
        "GET", "/v1/audit", _get_audit, Role.ADMIN, "List who changed what, and who was refused",
        {200: AuditPage}, AuditQuery, Nothing, (BadCursor,),
    ),
)  # fmt: skip
