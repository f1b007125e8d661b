import pytest

from chalicelib.control.intake import handle_event
from chalicelib.control.model import ExecutionStatus
from tests.builders import HOME, HOST, make_event
from tests.unit.api.world import ANA, FakeCore, Gateway


def test_a_requested_dispatch_shows_who_asked_what_it_locks_and_its_input(core: FakeCore, api: Gateway) -> None:
    body = {"name": "host_reboot", "input": {"host": "i-0a"}, "reason": "kernel"}
    dispatch = api.post(body, key="k").body["id"]
    reply = api.get(f"/v1/dispatches/{dispatch}")
    assert reply.status == 200
    assert reply.body["requested"] == {"principal": ANA, "reason": "kernel", "retries": None}
    assert reply.body["locks"] == [{"object": "host/i-0a", "intent": "disrupt"}]
    assert reply.body["fences"] == {f"{HOME.account}/eu-west-1/host/i-0a": 1}
    assert reply.body["input"] == {"host": "i-0a"}
    assert (reply.body["event_id"], reply.body["hops"]) == (f"request:{ANA}:k", 0)
    assert (reply.body["verdict"], reply.body["action"], reply.body["bundle_version"]) == ("start", "run", "bundle-1")


def test_a_decided_dispatch_shows_its_event_trials_and_goal(core: FakeCore, api: Gateway) -> None:
    outcome = handle_event(make_event("e7"), core.bundle, core.home, core.ports)
    body = api.get(f"/v1/dispatches/{outcome.verdicts[0].dispatch}").body
    assert (body["event_id"], body["rule"], body["requested"]) == ("e7", "host_stopped", None)
    assert [trial["branch"] for trial in body["trials"]] == [None, 0, 1]
    assert (body["goal"]["until"], body["goal"]["within_s"]) == ('$object.state = "running"', 1800)
    assert (body["goal"]["rung"], body["goal"]["deadline"]) == (0, "2026-01-01T00:30:00.000Z")


def test_a_decision_that_started_nothing_is_shown_too(core: FakeCore, api: Gateway) -> None:
    core.label(HOST, service="ledger")
    outcome = handle_event(make_event("e7"), core.bundle, core.home, core.ports)
    body = api.get(f"/v1/dispatches/{outcome.verdicts[0].dispatch}").body
    assert (body["state"], body["page"], body["workflow"], body["input"], body["locks"]) == (
        "paged", "sre", None, None, [],
    )  # fmt: skip


def test_a_bad_end_shows_its_error_and_cause(core: FakeCore, api: Gateway) -> None:
    dispatch = api.start("host_reboot", host="i-0a").body["id"]
    core.end(dispatch, ExecutionStatus.FAILED, "Boom")
    body = api.get(f"/v1/dispatches/{dispatch}").body
    assert (body["state"], body["outcome"], body["error"]) == ("holding", "failed", "Boom")


def test_a_queued_dispatch_shows_since_when_until_when_and_behind_whom(core: FakeCore, api: Gateway) -> None:
    holder = api.start("host_reboot", host="i-0a").body["id"]
    waiting = api.start("host_reboot", host="i-0a").body["id"]
    body = api.get(f"/v1/dispatches/{waiting}").body
    assert (body["queued_at"], body["expires_at"]) == ("2026-01-01T00:00:00.000Z", "2026-01-01T01:00:00.000Z")
    assert [blocker["dispatch"] for blocker in body["blockers"]] == [holder]


@pytest.mark.parametrize(
    "dispatch", ["0" * 20 + "-" + "1" * 20, "nope", "0" * 41, "0" * 20 + "-" + "G" * 20, "e%2F..%2Fx", "%00"]
)
def test_an_id_that_is_not_there_is_404(api: Gateway, dispatch: str) -> None:
    reply = api.get(f"/v1/dispatches/{dispatch}")
    assert (reply.status, reply.body["type"]) == (404, "urn:interlock:problem:unknown-dispatch")
