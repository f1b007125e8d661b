"""`/v1/freezes`."""

from chalicelib.api.core import Core
from chalicelib.api.freezes import add_freeze, edit_freeze, end_freeze, list_freezes, make_etag, show_freeze
from chalicelib.api.problems import Changed, OutOfScope, UnknownFreeze
from chalicelib.api.route import Answer, Asked, Nothing, Route, give
from chalicelib.api.schemas.control import FreezeEdit, FreezeList, FreezeRequest, FreezeView
from chalicelib.catalog.model import Role


def _get_freezes(core: Core, _: Asked[Nothing, Nothing]) -> Answer:
    return give(list_freezes(core))


def _post_freeze(core: Core, asked: Asked[Nothing, FreezeRequest]) -> Answer:
    return _show(add_freeze(core, asked.permit, asked.key, asked.body), 201)


def _get_freeze(core: Core, asked: Asked[Nothing, Nothing]) -> Answer:
    return _show(show_freeze(core, asked.path["id"]))


def _patch_freeze(core: Core, asked: Asked[Nothing, FreezeEdit]) -> Answer:
    return _show(edit_freeze(core, asked.permit, asked.path["id"], asked.match, asked.body))


def _delete_freeze(core: Core, asked: Asked[Nothing, Nothing]) -> Answer:
    return give(end_freeze(core, asked.permit, asked.path["id"], asked.match))


def _show(view: FreezeView, status: int = 200) -> Answer:
    return give(view, status, {"ETag": make_etag(view), "Location": f"/v1/freezes/{view.id}"})


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
        "GET", "/v1/freezes/{id}", _get_freeze, Role.VIEWER, "Give one freeze with its ETag",
        {200: FreezeView}, Nothing, Nothing, (UnknownFreeze,),
    ),
    Route(
        "PATCH", "/v1/freezes/{id}", _patch_freeze, Role.APPROVER, "Change a freeze, unless somebody else just did",
        {200: FreezeView}, Nothing, FreezeEdit, (UnknownFreeze, OutOfScope), judged=True, matched=True,
    ),
    Route(
        "DELETE", "/v1/freezes/{id}", _delete_freeze, Role.APPROVER, "End a freeze now",
        {200: FreezeView}, Nothing, Nothing, (UnknownFreeze, OutOfScope, Changed), judged=True,
    ),
)  # fmt: skip
