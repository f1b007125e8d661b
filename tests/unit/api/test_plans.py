import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.catalog.model import ApprovalLine, Intent
from chalicelib.control.approvals.approve import Ask, ask
from chalicelib.control.freeze import freeze
from tests.builders import HOST
from tests.unit.api.world import ANA, BEN, FakeCore, Gateway, Reply


def plan(api: Gateway, name: str = "host_reboot", **body: Any) -> Reply:
    sent = {"name": name, "input": {"host": "i-0a"}, **body}
    return api.send("POST", "/v1/plans", json.dumps(sent).encode(), {"Content-Type": "application/json"})


def test_a_plan_says_what_a_start_would_be_told_and_writes_nothing(core: FakeCore, api: Gateway) -> None:
    core.label(HOST, service="checkout")
    before = dict(core.changed)
    found = plan(api).body
    assert (found["verdict"], found["state"], found["approval"]) == ("start", "reserved", None)
    assert found["locks"] == [{"object": "host/i-0a", "intent": "disrupt"}]
    assert (found["object"], found["service"], found["input"]) == ("host/i-0a", "checkout", {"host": "i-0a"})
    assert core.changed == before
    assert core.executions.calls == []
    started = api.start("host_reboot", host="i-0a").body
    assert api.get(f"/v1/dispatches/{started['id']}").body["plan_hash"] == found["hash"]


def test_a_plan_names_who_is_in_the_way(api: Gateway) -> None:
    holder = api.start("host_reboot", host="i-0a").body["id"]
    found = plan(api).body
    assert (found["verdict"], [one["dispatch"] for one in found["blockers"]]) == ("queue", [holder])


def test_a_plan_says_whom_it_would_ask(core: FakeCore, api: Gateway) -> None:
    line = ApprovalLine((), (Intent.DISRUPT,), (), (), ("ana", "ben"), 2, 3600)
    core.bundle = replace(core.bundle, control=core.bundle.control._replace(approvals=(line,)))
    found = plan(api).body
    assert found["verdict"] == "await_approval"
    assert found["approval"] == {
        "approvers": ["ana", "ben"], "need": 2, "expires_s": 3600, "on_expiry": "reject",
    }  # fmt: skip
    assert api.get("/v1/approvals").body == {"approvals": []}


def test_a_plan_that_is_frozen_would_be_held(core: FakeCore, api: Gateway) -> None:
    freeze({}, "sale", "ops", core.clock.now() + timedelta(hours=1), (), core.ports)
    found = plan(api).body
    assert (found["verdict"], found["state"], found["hash"]) == ("record", "held", None)
    assert "sale" in found["reason"]


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        ({"name": "none"}, 404, "unknown-name"),
        ({"input": {}}, 422, "invalid-request"),
        ({"input": {"host": 5}}, 422, "invalid-request"),
        ({"object": "host/i-0b"}, 422, "invalid-request"),
        ({"dry": True}, 422, "invalid-request"),
    ],
)
def test_a_plan_that_cannot_be_made_is_refused_as_the_start_would(
    api: Gateway, body: dict[str, Any], status: int, slug: str
) -> None:
    refused = plan(api, **body)
    assert (refused.status, refused.body["type"]) == (status, f"urn:interlock:problem:{slug}")


def wait_for_people(core: FakeCore, api: Gateway) -> dict[str, Any]:
    """Have ana start what people must approve; give its plan."""
    line = ApprovalLine((), (Intent.DISRUPT,), (), (), ("ana", "ben"), 1, 3600)
    core.bundle = replace(core.bundle, control=core.bundle.control._replace(approvals=(line,)))
    found = api.get(f"/v1/plans/{api.start('host_reboot', host='i-0a').body['id']}")
    assert found.status == 200, found.body
    return dict(found.body)


def answer(api: Gateway, plan_id: str, reply: str, who: str, **body: Any) -> Reply:
    sent = json.dumps({"reason": "looked", **body}).encode()
    return api.send("POST", f"/v1/plans/{plan_id}/{reply}", sent, {"Content-Type": "application/json"}, who)


def test_a_waiting_plan_shows_what_is_asked_and_what_it_would_lock(core: FakeCore, api: Gateway) -> None:
    found = wait_for_people(core, api)
    assert (found["state"], found["workflow"], found["input"]) == ("awaiting", "host_reboot", {"host": "i-0a"})
    assert found["locks"] == [{"object": "host/i-0a", "intent": "disrupt"}]
    assert found["hash"] == plan(api).body["hash"], "what the dry run said is what people are asked about"
    assert found["approval"] == api.get(f"/v1/approvals/{found['id']}").body
    assert found["approval"]["requested_by"] == ANA


@pytest.mark.parametrize(
    ("reply", "state", "approval"), [("approve", "reserved", "approved"), ("reject", "rejected", "rejected")]
)
def test_an_answer_to_a_plan_decides_its_dispatch(
    core: FakeCore, api: Gateway, reply: str, state: str, approval: str
) -> None:
    asked = wait_for_people(core, api)
    done = answer(api, asked["id"], reply, BEN, hash=asked["hash"])
    assert (done.status, done.body["changed"], done.body["approval"]["state"]) == (200, True, approval)
    after = api.get(f"/v1/plans/{asked['id']}").body
    assert (after["state"], after["approval"]["state"]) == (state, approval)
    assert list(core.executions.started) == ([asked["id"]] if reply == "approve" else [])


@pytest.mark.parametrize(
    ("who", "given", "status", "slug"),
    [(ANA, None, 403, "own-request"), (BEN, "another", 409, "other-plan")],
)
def test_an_answer_to_a_plan_that_does_not_count_changes_nothing(
    core: FakeCore, api: Gateway, who: str, given: str | None, status: int, slug: str
) -> None:
    asked = wait_for_people(core, api)
    before = dict(core.changed)
    refused = answer(api, asked["id"], "approve", who, hash=given or asked["hash"])
    assert (refused.status, refused.body["type"]) == (status, f"urn:interlock:problem:{slug}")
    assert core.changed == before


def test_what_nobody_was_asked_about_is_no_plan(core: FakeCore, api: Gateway) -> None:
    started = api.start("host_reboot", host="i-0a").body["id"]
    question = {"from": ["ben"], "need": 1, "reason": "Go?", "expires_s": 60, "on_expiry": "fail", "on_reject": "fail"}
    ask(Ask(started, "sign", "token", question), core.ports)
    for plan_id in (started, f"{started}.sign", "0" * 20 + "-" + "0" * 20, "%2e%2e"):
        for reply in (api.get(f"/v1/plans/{plan_id}"), answer(api, plan_id, "approve", BEN, hash="h")):
            assert (reply.status, reply.body["type"]) == (404, "urn:interlock:problem:unknown-plan")
