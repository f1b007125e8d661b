import logging
from collections.abc import Callable
from typing import Any, Never

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.api.route import AnyRoute, Call
from chalicelib.api.routes import ROUTES
from chalicelib.api.serving import answer
from chalicelib.errors import Contended, InterlockError, StoreUnavailable
from tests.unit.api.world import ANA, FakeCore, Gateway, make_gateway


def find_route(name: str) -> AnyRoute:
    return next(route for route in ROUTES if route.name == name)


def test_health_says_ok_and_the_bundle_and_nothing_else(core: FakeCore) -> None:
    reply = make_gateway(core, principal=None).get("/v1/health")
    assert (reply.status, reply.body) == (200, {"status": "ok", "bundle_version": "bundle-1"})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/catalog"),
        ("GET", "/v1/catalog/look"),
        ("GET", "/v1/dispatches"),
        ("POST", "/v1/dispatches"),
        ("GET", "/v1/dispatches/x"),
        ("GET", "/v1/locks"),
        ("GET", "/v1/budgets"),
    ],
)
def test_nothing_else_is_given_to_nobody(core: FakeCore, method: str, path: str) -> None:
    reply = make_gateway(core, principal=None).send(method, path)
    assert (reply.status, reply.body["type"]) == (403, "urn:interlock:problem:no-principal")


@pytest.mark.parametrize("path", ["/v1/health", "/v1/catalog", "/v1/catalog/look"])
def test_an_unknown_query_parameter_is_never_ignored(api: Gateway, path: str) -> None:
    reply = api.get(f"{path}?verbose=1")
    assert (reply.status, reply.body["faults"]) == (400, ["verbose is not known"])


def test_a_problem_names_its_request_and_is_not_cached(api: Gateway) -> None:
    reply = api.get("/v1/catalog/nope")
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.body["instance"] == "urn:interlock:request:r-1"


@pytest.mark.parametrize(
    ("raw", "headers", "status", "slug"),
    [
        (b"{", {}, 400, "malformed-json"),
        (None, {}, 400, "malformed-json"),
        (b'"' + b"x" * 70_000 + b'"', {}, 413, "too-large"),
        (b"{}", {"Content-Type": "text/plain"}, 415, "content-type"),
        (b"name=look", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "content-type"),
        (b"{}", {"Idempotency-Key": ""}, 400, "idempotency-key"),
        (b"{}", {}, 422, "invalid-request"),
    ],
)
def test_a_bad_body_is_a_precise_4xx_and_changes_nothing(
    core: FakeCore, api: Gateway, raw: bytes | None, headers: dict[str, str], status: int, slug: str
) -> None:
    given = {"Content-Type": "application/json", "Idempotency-Key": "k", **headers}
    reply = api.send("POST", "/v1/dispatches", raw, given)
    assert (reply.status, reply.body["type"]) == (status, f"urn:interlock:problem:{slug}")
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert core.changed == {}


def find_core_but(error: Exception) -> Callable[[], Any]:
    def fail() -> Never:
        raise error

    return fail


@pytest.mark.parametrize("error", [StoreUnavailable(cause="3 keys stayed unread"), Contended(what="it", attempts=12)])
def test_a_store_that_does_not_answer_is_a_503_to_be_sent_again(error: InterlockError) -> None:
    given = answer(find_route("GET /v1/catalog"), find_core_but(error), Call("i", ANA))
    assert (given.status, given.body["type"]) == (503, "urn:interlock:problem:unavailable")
    assert given.headers["Retry-After"] == "1"


def test_an_unexpected_failure_shows_nothing_of_itself_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        given = answer(
            find_route("GET /v1/catalog"), find_core_but(KeyError("secret")), Call("urn:interlock:request:r-9", ANA)
        )
    assert (given.status, given.body["type"]) == (500, "urn:interlock:problem:internal")
    assert "secret" not in str(given.body)
    assert "r-9" in caplog.text
    assert "secret" in caplog.text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["look", "host_reboot", "host_swap", "nope"])
BODIES = st.fixed_dictionaries(
    {"name": NAMES},
    optional={
        "input": st.dictionaries(st.sampled_from(["host", "a", "b", "x"]), JSON, max_size=3),
        "object": st.text(max_size=12) | st.sampled_from(["host/i-0a", "a/b/c/d"]),
        "reason": JSON,
        "other": JSON,
    },
)


@given(BODIES | JSON)
def test_no_body_is_more_than_a_precise_answer(body: Any) -> None:
    core = FakeCore()
    reply = make_gateway(core).post(body)
    assert reply.status in {201, 400, 404, 422}
    assert bool(core.executions.started) is (reply.status == 201)
    assert bool(core.changed) is (reply.status == 201)


@given(st.binary(max_size=200))
def test_no_bytes_are_more_than_a_problem(raw: bytes) -> None:
    call = Call("i", ANA, headers={"content-type": "application/json", "idempotency-key": "k"}, body=raw)
    given_back = answer(find_route("POST /v1/dispatches"), FakeCore, call)
    assert given_back.status in {400, 422}
    assert given_back.content_type == "application/problem+json"
