"""`/v1/openapi.json`: the API about itself."""

from functools import cache
from typing import Any

from chalicelib.api.core import Core
from chalicelib.api.openapi import make_openapi
from chalicelib.api.route import Answer, Asked, Nothing, Route
from chalicelib.api.schemas.base import OpenApi


def _get_openapi(_core: Core, _asked: Asked[Nothing, Nothing]) -> Answer:
    return Answer(200, _make())


@cache
def _make() -> dict[str, Any]:
    # Here, because the list of all routes holds this one.
    from chalicelib.api.routes import ROUTES  # noqa: PLC0415

    return make_openapi(ROUTES)


ROUTES = (
    Route(
        "GET", "/v1/openapi.json", _get_openapi, None, "Describe this API as OpenAPI 3.1",
        {200: OpenApi}, Nothing, Nothing,
    ),
)  # fmt: skip
