"""`/v1/version`."""

from chalicelib.api.core import Core
from chalicelib.api.entries import report_version
from chalicelib.api.route import Answer, Asked, Nothing, Route, give
from chalicelib.api.schemas.base import Version


def _get_version(core: Core, _: Asked[Nothing, Nothing]) -> Answer:
    return give(report_version(core))


ROUTES = (Route("GET", "/v1/version", _get_version, None, "Say what runs here", {200: Version}, Nothing, Nothing),)
