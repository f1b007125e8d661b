import json
from dataclasses import replace

import pytest

from chalicelib.catalog.model import Correlate, Storm
from chalicelib.control.intake import handle_event
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ExecutionStatus
from chalicelib.control.records import dispatch_key
from tests.builders import make_event
from tests.unit.api.world import ANA, FakeCore, Gateway, Reply


def act(api: Gateway, verb: str, dispatch: str, **body: object) -> Reply:
    raw = json.dumps(body or {"reason": "wrong host"}).encode()
    return api.send("POST", f"/v1/dispatches/{dispatch}/{verb}", raw, {"Content-Type": "application/json"})


def test_a_waiter_is_cancelled_and_the_record_says_who_and_why(core: FakeCore, api: Gateway) -> None:
    api.start("host_reboot", host="i-0a")
    waiter = api.start("host_reboot", host="i-0a").body["id"]
    reply = act(api, "cancel", waiter)
    assert (reply.status, reply.body) == (200, {"id": waiter, "was": "queued", "action": "left the queue"})
    row = core.store.rows[dispatch_key(waiter)]
    assert row["reason"] == f"cancelled by {ANA}: wrong host"


def test_a_running_dispatch_is_broken_and_keeps_its_lock_until_it_is_over(core: FakeCore, api: Gateway) -> None:
    running = api.start("host_reboot", host="i-0a").body["id"]
    assert act(api, "break", running).body == {"id": running, "was": "reserved", "action": "stopped its execution"}
    assert core.executions.executions[running].status is ExecutionStatus.ABORTED
    assert api.get("/v1/locks?object=host/i-0a").body["locks"][0]["holders"][0]["dispatch"] == running
    assert core.store.rows[dispatch_key(running)]["broken"] == f"broken by {ANA}: wrong host"


@pytest.mark.parametrize("verb", ["cancel", "break", "release"])
def test_what_is_over_is_left_alone(core: FakeCore, api: Gateway, verb: str) -> None:
    ended = api.start("host_reboot", host="i-0a").body["id"]
    core.end(ended)
    reply = act(api, verb, ended)
    assert (reply.status, reply.body["state"]) == (409, "succeeded")
    assert core.store.rows[dispatch_key(ended)]["state"] == DispatchState.SUCCEEDED


@pytest.mark.parametrize("verb", ["cancel", "break", "release"])
@pytest.mark.parametrize("dispatch", ["0" * 20 + "-" + "0" * 20, "nobody"])
def test_an_unknown_dispatch_is_said_to_be_unknown(api: Gateway, verb: str, dispatch: str) -> None:
    assert act(api, verb, dispatch).status == 404


@pytest.mark.parametrize("body", [{"reason": ""}, {"reason": 7}, {"reason": "x", "force": True}, {"why": "x"}])
def test_a_bad_body_changes_nothing(core: FakeCore, api: Gateway, body: dict[str, object]) -> None:
    running = api.start("host_reboot", host="i-0a").body["id"]
    assert act(api, "break", running, **body).status == 422
    assert core.executions.executions[running].status is ExecutionStatus.RUNNING


def test_what_a_storm_held_is_released_and_the_record_says_by_whom(core: FakeCore, api: Gateway) -> None:
    storm = Correlate(storm=Storm("all", 1, 600, "sre"))
    core.bundle = replace(core.bundle, rules=(core.bundle.rules[0]._replace(correlate=storm),), index=None)
    for host in ("i-0a", "i-0b"):
        handle_event(make_event(f"e-{host}", host=host), core.bundle, core.home, core.ports)
    (held,) = api.get("/v1/dispatches?state=held").body["dispatches"]
    reply = act(api, "release", held["id"])
    assert (reply.status, reply.body["was"]) == (200, "held")
    assert reply.body["action"].startswith("reserved: ")
    assert f"released by {ANA}: wrong host" in core.store.rows[dispatch_key(held["id"])]["reason"]
    assert act(api, "release", held["id"]).status == 409
