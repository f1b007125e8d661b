import base64
import subprocess
import sys

import pytest
from chalice.app import IAMAuthorizer
from chalice.test import Client

from app import app
from chalicelib.entry.api import build_routes
from tests.unit.api.world import FakeCore, make_app

IMPORTED = """
import sys
import {module}
print(sorted(name for name in sys.modules if name.startswith("chalicelib.api")))
"""


def test_every_route_but_health_webhooks_and_signed_links_needs_an_iam_signature() -> None:
    routes = make_app(build_routes(FakeCore)).routes
    signed = {
        f"{method} {path}": isinstance(entry.authorizer, IAMAuthorizer)
        for path, methods in routes.items()
        for method, entry in methods.items()
    }
    links = {"GET /v1/approval-links/{token}", "POST /v1/approval-links/{token}"}
    assert {route for route, by_iam in signed.items() if not by_iam} == {
        "GET /v1/health",
        "POST /v1/events/{source}",
        *links,
    }


def test_the_deployed_app_has_the_same_routes() -> None:
    assert app.routes.keys() == make_app(build_routes(FakeCore)).routes.keys()


def test_health_answers_through_chalices_own_client() -> None:
    with Client(make_app(build_routes(FakeCore))) as client:
        reply = client.http.get("/v1/health")
    assert (reply.status_code, reply.json_body) == (200, {"status": "ok", "bundle_version": "bundle-1"})


@pytest.mark.parametrize("encoded", [True, False])
def test_a_body_is_read_as_api_gateway_sends_it(*, encoded: bool) -> None:
    core = FakeCore()
    body = '{"name": "host_reboot", "input": {"host": "i-0a"}}'
    event = {
        "requestContext": {
            "httpMethod": "POST",
            "resourcePath": "/v1/dispatches",
            "requestId": "r",
            "identity": {"userArn": "arn:aws:iam::111122223333:user/a"},
        },
        "headers": {"CONTENT-TYPE": "application/json", "idempotency-KEY": "k"},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "body": base64.b64encode(body.encode()).decode() if encoded else body,
        "isBase64Encoded": encoded,
    }
    answered = make_app(build_routes(lambda: core))(event, None)
    assert answered["statusCode"] == 201
    assert len(core.executions.started) == 1


@pytest.mark.parametrize("module", ["chalicelib.entry.decide", "chalicelib.entry.settle", "chalicelib.entry.reconcile"])
def test_the_other_functions_do_not_load_the_api_and_its_schemas(module: str) -> None:
    code = IMPORTED.format(module=module)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
