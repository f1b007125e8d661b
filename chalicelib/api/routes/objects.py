"""`/v1/objects`."""

from urllib.parse import unquote

from chalicelib.api.core import Core
from chalicelib.api.inventory import ObjectDetail, ObjectQuery, Objects, UnknownObject, describe_object, list_objects
from chalicelib.api.problems import InvalidQuery
from chalicelib.api.route import Answer, Asked, Nothing, Route, give
from chalicelib.catalog.model import Role


def _get_objects(core: Core, asked: Asked[ObjectQuery, Nothing]) -> Answer:
    return give(list_objects(core, asked.query))


def _get_object(core: Core, asked: Asked[Nothing, Nothing]) -> Answer:
    return give(describe_object(core, unquote(asked.path["object"])))


ROUTES = (
    Route(
        "GET", "/v1/objects", _get_objects, Role.VIEWER, "List known objects of a kind",
        {200: Objects}, ObjectQuery, Nothing,
    ),
    Route(
        "GET", "/v1/objects/{object}", _get_object, Role.VIEWER, "Give everything that is kept of one object",
        {200: ObjectDetail}, Nothing, Nothing, (InvalidQuery, UnknownObject),
    ),
)  # fmt: skip
