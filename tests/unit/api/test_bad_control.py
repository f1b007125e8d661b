"""The six kinds of bad input to control, each with a precise answer and nothing changed."""

import json

import pytest

from dsl.policies.control import compile_control
from tests.unit.api.world import FakeCore, Gateway
from tests.unit.dsl_policies.examples import CONTROL, KNOWN

TYPE = {"Content-Type": "application/json"}
LIMITED = CONTROL + "budgets:\n  - {name: few, scope: service, at_most: 10%}\n"


@pytest.mark.parametrize(
    ("right", "wrong", "expected", "says"),
    [
        ("intent: [observe]", "intent: [obsrve]", ("E204", 3, 24), "did you mean 'observe'?"),
        ("  - verb: queue\n", "", ("E912", 2, 1), "the list has no default"),
        ("10%", "0", ("E913", 7, 42), "a budget of 0 would never let anything start"),
    ],
    ids=["unknown intent", "conflicts without a default", "budget of 0"],
)
def test_a_policy_that_makes_no_sense_is_no_policy_and_says_where_and_what_to_write(
    right: str, wrong: str, expected: tuple[str, int, int], says: str
) -> None:
    assert right in LIMITED
    control, (one,) = compile_control(LIMITED.replace(right, wrong, 1), "c.yaml", KNOWN)
    assert control is None
    assert (one.code, one.span.line, one.span.column) == expected
    assert says in f"{one.message} {one.hint}"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("POST", "/v1/freezes", {"reason": "a sale", "scope": {}}, 422, "seconds"),
        ("POST", f"/v1/dispatches/{'0' * 20}-{'0' * 20}/cancel", {"reason": "x"}, 404, "0" * 20),
        ("POST", f"/v1/dispatches/{'0' * 20}-{'0' * 20}/break", {"reason": "x"}, 404, "0" * 20),
        ("GET", f"/v1/dispatches/{'0' * 20}-{'0' * 20}", None, 404, "0" * 20),
    ],
    ids=["freeze without an end", "cancel of nothing", "break of nothing", "look at nothing"],
)
def test_a_request_that_makes_no_sense_is_a_problem_and_changes_nothing(
    core: FakeCore, api: Gateway, method: str, path: str, body: object, status: int, says: str
) -> None:
    before = dict(core.changed)
    sent = json.dumps(body).encode() if body is not None else b""
    reply = api.send(method, path, sent, {**TYPE, "Idempotency-Key": "k"})
    assert reply.status == status
    assert says in json.dumps(reply.body)
    assert {"type", "title", "status", "detail"} <= reply.body.keys()
    assert core.changed == before
