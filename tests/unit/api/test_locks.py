from typing import Any

import pytest

from chalicelib.api.locks import MAX_OBJECTS
from chalicelib.control.model import ExecutionStatus
from tests.builders import HOST
from tests.unit.api.world import FakeCore, Gateway

FIRST, SECOND, THIRD = (f"2026-01-01T00:00:0{second}.000Z" for second in range(3))


def show_waiter(position: int, dispatch: str, workflow: str, intent: str, rank: int, since: str) -> dict[str, Any]:
    return {
        "position": position, "dispatch": dispatch, "workflow": workflow, "intent": intent, "rank": rank,
        "since": since,
    }  # fmt: skip


def test_nothing_is_held_at_first(api: Gateway) -> None:
    assert api.get("/v1/locks").body == {"locks": [], "complete": True}
    assert api.get("/v1/locks?object=host/i-0a").body == {"locks": [], "complete": True}


@pytest.mark.parametrize("path", ["/v1/locks", "/v1/locks?object=host/i-0a"])
def test_an_object_shows_its_holder_and_who_waits_in_the_order_of_promotion(
    core: FakeCore, api: Gateway, path: str
) -> None:
    holder = api.start("host_reboot", host="i-0a").body["id"]
    core.clock.advance(1)
    older = api.start("host_reboot", host="i-0a").body["id"]
    core.clock.advance(1)
    core.label(HOST, service="ledger")
    weightier = api.start("host_tag", host="i-0a").body["id"]
    assert api.get(path).body == {
        "complete": True,
        "locks": [
            {
                "object": "host/i-0a",
                "state": None,
                "fence": 1,
                "holders": [
                    {"dispatch": holder, "workflow": "host_reboot", "intent": "disrupt", "fence": 1, "since": FIRST}
                ],
                "waiting": [
                    show_waiter(1, weightier, "host_tag", "configure", 0, THIRD),
                    show_waiter(2, older, "host_reboot", "disrupt", 2, SECOND),
                ],
                "below": [],
            }
        ],
    }


@pytest.mark.parametrize("path", ["/v1/locks", "/v1/locks?object=host/i-0a"])
def test_compatible_holders_are_all_shown(api: Gateway, path: str) -> None:
    both = {api.start("host_tag", host="i-0a").body["id"] for _ in range(2)}
    (lock,) = api.get(path).body["locks"]
    assert {holder["dispatch"] for holder in lock["holders"]} == both
    assert lock["fence"] == 2


def test_a_free_object_that_somebody_waits_for_is_shown_without_a_holder(api: Gateway) -> None:
    api.start("host_reboot", host="i-0a")
    waiting = api.start("host_swap", a="i-0a", b="i-0b").body["id"]
    locks = {lock["object"]: lock for lock in api.get("/v1/locks").body["locks"]}
    assert locks["host/i-0b"]["holders"] == []
    assert [one["dispatch"] for one in locks["host/i-0b"]["waiting"]] == [waiting]


def test_locks_that_outlive_a_bad_end_are_still_held(core: FakeCore, api: Gateway) -> None:
    dispatch = api.start("host_reboot", host="i-0a").body["id"]
    core.end(dispatch, ExecutionStatus.TIMED_OUT)
    (lock,) = api.get("/v1/locks").body["locks"]
    assert lock["holders"][0]["dispatch"] == dispatch


def test_what_is_released_is_gone_from_the_list(core: FakeCore, api: Gateway) -> None:
    core.end(api.start("host_reboot", host="i-0a").body["id"])
    assert api.get("/v1/locks").body["locks"] == []


def test_objects_of_another_account_keep_their_full_id(api: Gateway) -> None:
    api.post({"name": "host_reboot", "input": {"host": "i-0a"}})
    assert api.get("/v1/locks?object=444455556666/eu-west-1/host/i-0a").body["locks"] == []


def test_more_objects_than_one_answer_lists_are_said_to_be_missing(api: Gateway) -> None:
    for number in range(MAX_OBJECTS + 1):
        api.start("host_tag", host=f"i-{number:04d}")
    reply = api.get("/v1/locks")
    assert (len(reply.body["locks"]), reply.body["complete"]) == (MAX_OBJECTS, False)


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("object=host", "object: 'host' is not an object id: write kind/name or account/region/kind/name."),
        ("object=", "object: string should have at least 1 character"),
        ("objct=host/i-0a", "objct is not known"),
        ("object=host/a&object=host/b", "object is given 2 times"),
    ],
)
def test_a_bad_query_is_400_and_says_what_is_wrong(api: Gateway, query: str, fault: str) -> None:
    reply = api.get(f"/v1/locks?{query}")
    assert (reply.status, reply.body["type"]) == (400, "urn:interlock:problem:invalid-query")
    assert reply.body["faults"] == [fault]
