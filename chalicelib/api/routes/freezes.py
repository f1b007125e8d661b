"""`/v1/freezes`."""

from chalicelib.api.core import Core
from chalicelib.api.freezes import add_freeze, end_freeze, list_freezes
from chalicelib.api.problems import OutOfScope, UnknownFreeze
from chalicelib.api.route import Answer, Asked, Nothing, Route, give
from chalicelib.api.schemas import FreezeList, FreezeRequest, FreezeView
from chalicelib.catalog.model import Role


def _get_freezes(core: Core, _: Asked[Nothing, Nothing]) -> Answer:
    return give(list_freezes(core))


def _post_freeze(core: Core, asked: Asked[Nothing, FreezeRequest]) -> Answer:
    return give(add_freeze(core, asked.permit, asked.key, asked.body), 201)


def _delete_freeze(core: Core, asked: Asked[Nothing, Nothing]) -> Answer:
    return give(end_freeze(core, asked.permit, asked.path["id"]))


ROUTES = (
    Route(
        "GET", "/v1/freezes", _get_freezes, Role.VIEWER, "List every freeze in force",
        {200: FreezeList}, Nothing, Nothing,
    ),
    Route(
        "POST", "/v1/freezes", _post_freeze, Role.OPERATOR, "Hold every start in a scope",
        {200: FreezeView, 201: FreezeView}, Nothing, FreezeRequest, (OutOfScope,), keyed=True, judged=True,
    ),
    Route(
        "DELETE", "/v1/freezes/{id}", _delete_freeze, Role.APPROVER, "End a freeze now",
        {200: FreezeView}, Nothing, Nothing, (UnknownFreeze, OutOfScope), judged=True,
    ),
)  # fmt: skip
