"""`/v1/health`."""

from chalicelib.api.core import Core
from chalicelib.api.entries import report_health
from chalicelib.api.route import Answer, Asked, Nothing, Route, give
from chalicelib.api.schemas.base import Health


def _get_health(core: Core, _: Asked[Nothing, Nothing]) -> Answer:
    return give(report_health(core))


ROUTES = (
    Route(
        "GET", "/v1/health", _get_health, None, "Say that the API answers", {200: Health}, Nothing, Nothing, open=True
    ),
)
