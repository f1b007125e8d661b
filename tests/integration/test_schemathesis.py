"""Schemathesis against the API over fakes: what the OpenAPI document says is what is taken and given."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation.case import Case

from tests.builders import HOST
from tests.unit.api.world import FakeCore
from tests.unit.api.wsgi import Wsgi

EXAMPLES = 20
AUTHORIZED = {"Authorization": "any"}
SKIPPED = (
    "unsupported_method",  # API Gateway answers 403 where no route is
    "missing_required_header",  # it expects 400, 401, 403, 406 or 422; a missing If-Match is a 428
    "positive_data_acceptance",  # a body can fit its schema and name what does not exist
    "ignored_auth",  # IAM's: tested on the local AWS
)

load_all_checks()
SKIP: Any = CHECKS.get_by_names([*SKIPPED])


def open_schema() -> Any:
    """Read the document of an API with a world of its own."""
    core = FakeCore()
    core.label(HOST, service="checkout")
    return schemathesis.openapi.from_wsgi("/v1/openapi.json", Wsgi(core), headers=AUTHORIZED)


fuzzed, told = open_schema(), open_schema()


@fuzzed.parametrize()  # type: ignore[untyped-decorator]
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_api_is_what_its_document_says(case: Case[Any]) -> None:
    case.call_and_validate(excluded_checks=SKIP)


def ask(method: str, path: str, *, key: str = "k", **parts: Any) -> Any:
    """Make one request that is right, and check its answer against the document."""
    headers = {**AUTHORIZED, "Idempotency-Key": key, **parts.pop("headers", {})}
    return told[path][method].Case(headers=headers, **parts).call_and_validate(excluded_checks=SKIP)


def start(key: str, name: str, **given: str) -> Any:
    return ask("POST", "/v1/dispatches", key=key, body={"name": name, "input": given}, media_type="application/json")


def test_a_story_of_requests_that_are_right_is_what_the_document_says() -> None:
    first, second, refused = (
        start("s1", "host_reboot", host="i-0f"),
        start("s2", "host_reboot", host="i-0f"),
        start("s3", "host_stop", host="i-0f"),
    )
    assert (first.status_code, second.status_code, refused.status_code) == (201, 202, 409)
    assert start("s1", "host_reboot", host="i-0f").status_code == 200
    dispatch = first.json()["id"]
    for path, hole in (("/v1/dispatches/{id}", "id"), ("/v1/decisions/{event}", "event")):
        assert ask("GET", path, path_parameters={hole: dispatch}).status_code == 200
    for path in (
        "/v1/dispatches",
        "/v1/locks",
        "/v1/budgets",
        "/v1/objects",
        "/v1/audit",
        "/v1/catalog",
        "/v1/me",
        "/v1/freezes",
    ):
        assert ask("GET", path).status_code == 200
    assert ask("GET", "/v1/catalog/{name}", path_parameters={"name": "host_reboot"}).status_code == 200
    reason, kind = {"reason": "because"}, "application/json"
    path = "/v1/dispatches/{id}"
    broken = ask("POST", f"{path}/break", path_parameters={"id": dispatch}, body=reason, media_type=kind)
    cancelled = ask("POST", f"{path}/cancel", path_parameters={"id": second.json()["id"]}, body=reason, media_type=kind)
    assert (broken.status_code, cancelled.status_code) == (200, 200)


def test_a_freeze_is_made_read_edited_and_ended_as_the_document_says() -> None:
    body = {"scope": {"object": "host/i-0f"}, "reason": "sale", "seconds": 60}
    made = ask("POST", "/v1/freezes", body=body, media_type="application/json")
    assert made.status_code == 201
    holes = {"id": made.json()["id"]}
    etag = ask("GET", "/v1/freezes/{id}", path_parameters=holes).headers["etag"][0]

    def edit(match: str, **change: Any) -> Any:
        return ask(
            "PATCH", "/v1/freezes/{id}", path_parameters=holes, body=change, media_type="application/json",
            headers={"If-Match": match},
        )  # fmt: skip

    edited = edit(etag, reason="longer sale", seconds=600)
    assert (edited.status_code, edited.json()["reason"]) == (200, "longer sale")
    assert edit(etag, reason="mine").status_code == 412
    assert edit("*", exempt_tiers=["P0"]).json()["exempt_tiers"] == ["P0"]
    late = ask("DELETE", "/v1/freezes/{id}", path_parameters=holes, headers={"If-Match": etag})
    ended = ask("DELETE", "/v1/freezes/{id}", path_parameters=holes)
    assert (late.status_code, ended.status_code) == (412, 200)


def test_the_checks_that_are_left_out_exist() -> None:
    assert set(SKIPPED) <= set(CHECKS.get_all_names())
