"""`/v1/objects`."""

from urllib.parse import unquote

from chalicelib.api.core import Core
from chalicelib.api.inventory import (
    ObjectDetail,
    ObjectPlace,
    ObjectQuery,
    Objects,
    UnknownObject,
    describe_object,
    list_objects,
)
from chalicelib.api.route import Answer, Asked, Nothing, Route, give
from chalicelib.catalog.model import Role
from chalicelib.identity import Home


def _get_objects(core: Core, asked: Asked[ObjectQuery, Nothing]) -> Answer:
    return give(list_objects(core, asked.query))


def _get_object(core: Core, asked: Asked[ObjectPlace, Nothing]) -> Answer:
    home = Home(asked.query.account or core.home.account, asked.query.region or core.home.region)
    kind, name = unquote(asked.path["kind"]), unquote(asked.path["name"])
    return give(describe_object(core, f"{home.account}/{home.region}/{kind}/{name}"))


ROUTES = (
    Route(
        "GET", "/v1/objects", _get_objects, Role.VIEWER, "List known objects of a kind",
        {200: Objects}, ObjectQuery, Nothing,
    ),
    Route(
        "GET", "/v1/objects/{kind}/{name}", _get_object, Role.VIEWER, "Give everything that is kept of one object",
        {200: ObjectDetail}, ObjectPlace, Nothing, (UnknownObject,),
    ),
)  # fmt: skip
