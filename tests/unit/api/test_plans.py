import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.catalog.model import ApprovalLine, Intent
from chalicelib.control.freeze import freeze
from tests.builders import HOST
from tests.unit.api.world import FakeCore, Gateway, Reply


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
    core.bundle = replace(core.bundle, control=replace(core.bundle.control, approvals=(line,)))
    found = plan(api).body
    assert found["verdict"] == "await_approval"
    assert found["approval"] == {"approvers": ["ana", "ben"], "need": 2, "expires_s": 3600}
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
