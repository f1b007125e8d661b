"""The Lambda behind API Gateway: translates between Chalice's requests and the routes of `chalicelib.api`."""

import json
from collections.abc import Callable
from typing import Any

from chalice.app import Blueprint, IAMAuthorizer, Request, Response

from chalicelib.api.core import Core
from chalicelib.api.route import Answer, AnyRoute, Call
from chalicelib.api.routes import ROUTES
from chalicelib.api.serving import answer
from chalicelib.wiring.api import get_api_core


def build_routes(find_core: Callable[[], Core]) -> Blueprint:
    """Make the blueprint; `find_core` is called with each request, since a cold start must not depend on a route."""
    blueprint = Blueprint(__name__)
    for route in ROUTES:
        _add_route(blueprint, route, find_core)
    return blueprint


def _add_route(blueprint: Blueprint, route: AnyRoute, find_core: Callable[[], Core]) -> None:
    def view(**path: str) -> Response:
        return _write_response(answer(route, find_core, _read_call(blueprint.current_request, path)))

    # Chalice's own check of content types answers without a problem document, so it is told to take any.
    options: dict[str, Any] = {"methods": [route.method], "content_types": []}
    if not route.open:
        options["authorizer"] = IAMAuthorizer()
    blueprint.route(route.path, **options)(view)


def _read_call(request: Request, path: dict[str, str]) -> Call:
    context = request.context
    query = request.query_params
    body = request.raw_body
    return Call(
        instance=f"urn:interlock:request:{context.get('requestId', 'unknown')}",
        principal=context.get("identity", {}).get("userArn"),
        path=path,
        query={name: query.getlist(name) for name in query} if query else {},
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body.encode() if isinstance(body, str) else body,
    )


def _write_response(given: Answer) -> Response:
    headers: dict[str, str | list[str]] = {
        "Content-Type": given.content_type,
        "Cache-Control": "no-store",
        **given.headers,
    }
    if given.content_type.startswith("text/html"):
        return Response(given.body["html"], headers, given.status)
    return Response(json.dumps(given.body, separators=(",", ":")), headers, given.status)


bp = build_routes(get_api_core)
