"""The API over fakes as a WSGI app, with API Gateway's own answers where no route is asked."""

import json
import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from chalicelib.api.routes import ROUTES
from tests.unit.api.world import ANA, FakeCore, Gateway, make_gateway

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


OPEN = [route.path for route in ROUTES if route.open]


def fits(route: str, path: str) -> bool:
    """Whether a path is one of a route's."""
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route), path) is not None


class Wsgi:
    """One app over one world."""

    def __init__(self, core: FakeCore, principal: str = ANA) -> None:
        self._gateway = make_gateway(core, principal)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        status, headers, body = self._answer(self._gateway, environ)
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [body]

    @staticmethod
    def _answer(gateway: Gateway, environ: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
        path = environ["REQUEST_URI"] if environ.get("REQUEST_URI") else environ["PATH_INFO"]
        query = f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") and "?" not in path else ""
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").title(): value
            for name, value in environ.items()
            if name.startswith("HTTP_") or name == "CONTENT_TYPE"
        }
        raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        signed = "Authorization" in headers or any(fits(route, environ["PATH_INFO"]) for route in OPEN)
        try:
            if not signed:
                raise ValueError  # noqa: TRY301 - API Gateway answers both alike
            reply = gateway.send(environ["REQUEST_METHOD"], path + query, raw, headers)
        except ValueError:
            refusal = json.dumps({"message": "Missing Authentication Token"}).encode()
            return 403, [("Content-Type", "application/json")], refusal
        return reply.status, list(reply.headers.items()), json.dumps(reply.body).encode()
