from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.api.schemas.dispatches import StartRequest
from chalicelib.api.starts import Asker, start_dispatch
from chalicelib.catalog.model import Intent
from chalicelib.control.model import ExecutionStatus
from chalicelib.control.ports import Start
from chalicelib.control.records import dispatch_key, object_key
from tests.builders import HOME, HOST, OTHER, make_workflow
from tests.unit.api.world import ANA, BEN, FakeCore, Gateway

REBOOT = {"name": "host_reboot", "input": {"host": "i-0a"}, "reason": "kernel"}


def test_a_start_is_201_and_runs_under_the_dispatchs_name(core: FakeCore, api: Gateway) -> None:
    reply = api.post(REBOOT)
    assert reply.status == 201
    assert reply.headers["Location"] == f"/v1/dispatches/{reply.body['id']}"
    assert reply.body == {
        "id": reply.body["id"],
        "verdict": "start",
        "state": "reserved",
        "reason": f"kernel (asked for by {ANA})",
        "workflow": "host_reboot",
        "object": "host/i-0a",
        "tier": "P2",
        "blockers": [],
        "into": None,
        "repeated": False,
    }
    workflow, execution_input = core.executions.started[reply.body["id"]]
    assert (workflow, execution_input["input"]) == ("host_reboot", {"host": "i-0a"})
    assert execution_input["dispatch"]["fence"] == 1


def test_the_record_says_who_asked_and_why(core: FakeCore, api: Gateway) -> None:
    row = core.store.rows[dispatch_key(api.post(REBOOT, key="k").body["id"])]
    assert row["request"]["principal"] == ANA
    assert row["request"]["reason"] == "kernel"
    assert (row["rule"], row["event_id"]) == ("request", f"request:{ANA}:k")


def test_the_tier_is_that_of_the_locked_object(core: FakeCore, api: Gateway) -> None:
    core.label(HOST, service="ledger")
    assert api.post(REBOOT).body["tier"] == "P0"


def test_a_start_about_several_objects_has_the_tier_of_the_most_important(core: FakeCore, api: Gateway) -> None:
    core.label(HOST, service="checkout")
    core.label(OTHER, service="ledger")
    reply = api.start("host_swap", a="i-0a", b="i-0b")
    assert (reply.body["tier"], reply.body["object"]) == ("P0", None)


def test_the_caller_may_say_which_of_several_objects_it_is_about(core: FakeCore, api: Gateway) -> None:
    core.label(HOST, service="checkout")
    core.label(OTHER, service="ledger")
    body = {"name": "host_swap", "input": {"a": "i-0a", "b": "i-0b"}, "object": f"{HOME.account}/eu-west-1/host/i-0a"}
    reply = api.post(body)
    assert (reply.status, reply.body["tier"], reply.body["object"]) == (201, "P1", "host/i-0a")


def test_an_object_that_the_workflow_does_not_lock_cannot_lend_its_tier(api: Gateway) -> None:
    reply = api.post({**REBOOT, "object": "host/i-0b"})
    assert reply.status == 422
    assert reply.body["faults"] == ["object: host_reboot does not lock host/i-0b, but host/i-0a"]


def test_a_workflow_without_locks_may_be_about_anything_or_nothing(api: Gateway) -> None:
    assert api.start("look").body["object"] is None
    assert api.post({"name": "look", "object": "zone/a"}).body["object"] == "zone/a"


def test_a_busy_object_queues_the_start_with_202_and_names_the_holder(core: FakeCore, api: Gateway) -> None:
    first = api.post(REBOOT).body["id"]
    reply = api.post(REBOOT)
    assert (reply.status, reply.body["verdict"], reply.body["state"]) == (202, "queue", "queued")
    assert [(one["dispatch"], one["workflow"], one["intent"]) for one in reply.body["blockers"]] == [
        (first, "host_reboot", "disrupt")
    ]
    core.end(first)
    assert reply.body["id"] in core.executions.started


def test_a_refusal_is_409_and_lists_who_stands_in_the_way(core: FakeCore, api: Gateway) -> None:
    holder = api.post(REBOOT).body["id"]
    reply = api.start("host_stop", host="i-0a")
    assert (reply.status, reply.body["type"]) == (409, "urn:interlock:problem:rejected")
    assert reply.headers["Content-Type"] == "application/problem+json"
    blocker = reply.body["blockers"][0]
    assert (blocker["dispatch"], blocker["workflow"], blocker["intent"]) == (holder, "host_reboot", "disrupt")
    assert blocker["since"] == "2026-01-01T00:00:00.000Z"
    assert reply.body["dispatch"] not in core.executions.started


def test_the_same_key_gives_the_first_result_and_starts_nothing(core: FakeCore, api: Gateway) -> None:
    first = api.post(REBOOT, key="k")
    core.end(first.body["id"])
    again = api.post(REBOOT, key="k")
    assert again.status == 200
    assert (again.body["id"], again.body["repeated"], again.body["state"]) == (first.body["id"], True, "succeeded")
    assert len(core.executions.started) == 1


def test_a_repeat_is_the_first_result_even_if_the_entry_is_gone(core: FakeCore, api: Gateway) -> None:
    first = api.post(REBOOT, key="k").body["id"]
    core.bundle = replace(core.bundle, workflows={})
    again = api.post(REBOOT, key="k")
    assert (again.status, again.body["id"]) == (200, first)


def test_a_refusal_is_repeated_as_the_refusal_it_was(core: FakeCore, api: Gateway) -> None:
    holder = api.post(REBOOT).body["id"]
    first = api.start("host_stop", key="k", host="i-0a")
    core.end(holder)
    again = api.start("host_stop", key="k", host="i-0a")
    assert again.status == 409
    assert {**again.body, "instance": ""} == {**first.body, "instance": ""}


@pytest.mark.parametrize(
    "other",
    [
        {**REBOOT, "input": {"host": "i-0b"}},
        {**REBOOT, "name": "host_tag"},
        {**REBOOT, "reason": "another"},
        {**REBOOT, "object": "host/i-0a"},
        {**REBOOT, "name": "gone"},
    ],
)
def test_the_same_key_with_another_body_is_422_and_starts_nothing(
    core: FakeCore, api: Gateway, other: dict[str, Any]
) -> None:
    first = api.post(REBOOT, key="k").body["id"]
    reply = api.post(other, key="k")
    assert (reply.status, reply.body["type"]) == (422, "urn:interlock:problem:idempotency-key-reused")
    assert reply.body["dispatch"] == first
    assert list(core.executions.started) == [first]


def test_the_same_key_of_another_person_is_another_request(core: FakeCore, api: Gateway) -> None:
    api.post(REBOOT, key="k")
    other = api.post({"name": "host_reboot", "input": {"host": "i-0b"}}, key="k", principal=BEN)
    assert other.status == 201
    assert len(core.executions.started) == 2


def test_a_repeat_after_a_lost_start_starts_it(core: FakeCore, api: Gateway) -> None:
    core.executions.answer = Start.THROTTLED
    first = api.post(REBOOT, key="k")
    assert (first.status, core.executions.started) == (201, {})
    core.executions.answer = None
    again = api.post(REBOOT, key="k")
    assert (again.status, list(core.executions.started)) == (200, [first.body["id"]])


def test_two_requests_of_one_key_at_once_make_one_dispatch(core: FakeCore) -> None:
    """The second one is decided between the first one's read and its write."""
    asker, request = Asker(ANA, "k"), StartRequest.model_validate(REBOOT)
    inner = core.store.read
    others: list[Callable[[], Any]] = [lambda: start_dispatch(core, asker, request)]

    def read_and_be_overtaken(keys: Any) -> Any:
        rows = inner(keys)
        if others:
            others.pop()()
        return rows

    core.store.read = read_and_be_overtaken  # type: ignore[method-assign]
    admitted = start_dispatch(core, asker, request)
    assert admitted.repeated
    assert list(core.executions.started) == [admitted.id]


def test_every_fault_of_the_input_is_listed(core: FakeCore, api: Gateway) -> None:
    reply = api.post({"name": "host_swap", "input": {"a": 5, "c": "x"}, "object": "host//"})
    assert (reply.status, reply.body["type"]) == (422, "urn:interlock:problem:invalid-request")
    assert reply.body["faults"] == [
        "object: 'host//' is not an object id: a part of it is empty.",
        "input.b is required",
        "input.a must be string, not integer",
        "input.c is not known",
    ]
    assert core.changed == {}


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ([], "the body must be a JSON object"),
        ("x", "the body must be a JSON object"),
        ({"input": {}}, "name is required"),
        ({"name": "look", "inptu": {}}, "inptu is not known"),
        ({"name": 5}, "name: input should be a valid string"),
        ({"name": ""}, "name: string should have at least 1 character"),
        ({"name": "look", "input": []}, "input: input should be a valid dictionary"),
        ({"name": "look", "reason": "x" * 501}, "reason: string should have at most 500 characters"),
        ({"name": "look", "object": ""}, "object: string should have at least 1 character"),
    ],
)
def test_a_body_of_the_wrong_shape_is_422(core: FakeCore, api: Gateway, body: Any, fault: str) -> None:
    reply = api.post(body)
    assert (reply.status, reply.body["faults"]) == (422, [fault])
    assert core.changed == {}


@pytest.mark.parametrize("host", ["", "a/b", "x" * 1100])
def test_an_input_that_names_no_object_is_422(core: FakeCore, api: Gateway, host: str) -> None:
    reply = api.start("host_reboot", host=host)
    assert (reply.status, len(reply.body["faults"])) == (422, 1)
    assert core.changed == {}


def test_more_locks_than_a_transaction_takes_is_422(core: FakeCore, api: Gateway) -> None:
    many = make_workflow("many", *((f"host/h{number}", Intent.DISRUPT) for number in range(91)))
    core.bundle = replace(core.bundle, workflows={"many": many})
    reply = api.start("many")
    assert reply.status == 422
    assert "lock their parent" in reply.body["detail"]


def test_an_unknown_name_is_404(core: FakeCore, api: Gateway) -> None:
    reply = api.start("host_explode")
    assert (reply.status, reply.body["type"]) == (404, "urn:interlock:problem:unknown-name")
    assert core.changed == {}


@pytest.mark.parametrize("key", ["", "two words", "x" * 129, "naïve", "a\tb"])
def test_a_start_needs_a_key_that_can_be_repeated(core: FakeCore, api: Gateway, key: str) -> None:
    reply = api.post(REBOOT, **{"Idempotency-Key": key})
    assert (reply.status, reply.body["type"]) == (400, "urn:interlock:problem:idempotency-key")
    assert core.changed == {}


def test_a_start_passes_the_one_reservation(core: FakeCore, api: Gateway) -> None:
    dispatch = api.post(REBOOT).body["id"]
    held = core.store.rows[object_key(HOST)]
    assert held[f"holder#{dispatch}"]["fence"] == held["fence"] == 1
    core.end(dispatch, ExecutionStatus.FAILED, "NotFound")
    assert f"holder#{dispatch}" not in core.store.rows[object_key(HOST)]
