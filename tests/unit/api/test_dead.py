"""Dead letters over the API: listed, and delivered again."""

import json
from typing import Any

import pytest

from chalicelib.control.intake import handle_event
from chalicelib.control.records import dead_key
from tests.builders import HOME
from tests.builders import make_event as make_raw
from tests.unit.api.world import FakeCore, Gateway, Reply, make_gateway


@pytest.fixture
def core() -> FakeCore:
    return FakeCore()


@pytest.fixture
def gateway(core: FakeCore) -> Gateway:
    return make_gateway(core)


def deliver(core: FakeCore, raw: Any) -> str:
    return handle_event(raw, core.bundle, HOME, core.ports).event_id


def redeliver(gateway: Gateway, event: str) -> Reply:
    body = json.dumps({"event": event}).encode()
    return gateway.send("POST", "/v1/dead-letters/redeliver", body, {"Content-Type": "application/json"})


def test_dead_letters_are_listed_the_latest_first(core: FakeCore, gateway: Gateway) -> None:
    first = deliver(core, "no event")
    core.clock.advance(2 * 24 * 3600)
    second = deliver(core, {"id": "e-2"})
    listed = gateway.get("/v1/dead-letters").body
    assert [one["event"] for one in listed["dead_letters"]] == [second, first]
    assert listed["dead_letters"][0]["cause"] == "The event cannot be understood: source is missing."
    assert listed["complete"] is True


def test_a_list_is_bounded_in_days_and_number(core: FakeCore, gateway: Gateway) -> None:
    for number in range(5):
        deliver(core, {"id": f"e-{number}"})
    page = gateway.send("GET", "/v1/dead-letters?limit=3").body
    assert (len(page["dead_letters"]), page["complete"]) == (3, False)
    core.clock.advance(3 * 24 * 3600)
    assert gateway.send("GET", "/v1/dead-letters?days=2").body == {"dead_letters": [], "complete": True}


def test_one_that_still_cannot_be_understood_stays(core: FakeCore, gateway: Gateway) -> None:
    event = deliver(core, {"id": "e-1"})
    reply = redeliver(gateway, event)
    assert reply.status == 200
    assert [one["outcome"] for one in reply.body["redeliveries"]] == ["dead letter"]
    assert len(gateway.get("/v1/dead-letters").body["dead_letters"]) == 1


def test_one_that_is_understood_now_is_decided_and_leaves_the_list(core: FakeCore, gateway: Gateway) -> None:
    event = deliver(core, {"id": "e-1"})
    key = dead_key(event, json.dumps({"id": "e-1"}))
    core.store.rows[key]["raw"] = json.dumps(make_raw("e-1"))
    (one,) = redeliver(gateway, event).body["redeliveries"]
    assert one["outcome"] == "verdicts"
    assert gateway.get(f"/v1/dispatches/{one['dispatches'][0]}").status == 200
    assert gateway.get("/v1/dead-letters").body["dead_letters"] == []
    assert core.store.rows[key]["redelivered_at"]


def test_an_event_without_a_dead_letter_is_unknown(gateway: Gateway) -> None:
    assert redeliver(gateway, "e-9").status == 404
