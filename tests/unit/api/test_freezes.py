import itertools
import json
from typing import Any

import pytest

from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.records import dispatch_key
from tests.builders import HOST
from tests.unit.api.world import ANA, FakeCore, Gateway, Reply

TYPE = {"Content-Type": "application/json"}
KEYS = itertools.count()


def freeze(api: Gateway, **body: Any) -> Reply:
    sent = {"reason": "peak sale", "seconds": 3600, **body}
    return api.send("POST", "/v1/freezes", json.dumps(sent).encode(), {**TYPE, "Idempotency-Key": f"k{next(KEYS)}"})


def test_a_freeze_holds_a_start_and_says_who_froze_and_why(core: FakeCore, api: Gateway) -> None:
    core.label(HOST, service="checkout")
    made = freeze(api, scope={"service": "checkout"}, exempt_tiers=["P0"])
    assert made.status == 201
    assert made.body["scope"] == {"service": "checkout"}
    assert (made.body["owner"], made.body["until"]) == (ANA, "2026-01-01T01:00:00.000Z")
    refused = api.start("host_reboot", "one-key", host="i-0a")
    assert refused.status == 409
    again = api.start("host_reboot", "one-key", host="i-0a")
    assert {**again.body, "instance": ""} == {**refused.body, "instance": ""}, "a repeat is answered alike"
    assert "service checkout is frozen until" in refused.body["detail"]
    row = core.store.rows[dispatch_key(refused.body["dispatch"])]
    assert row["state"] == DispatchState.HELD
    assert api.start("host_reboot", host="i-0b").status == 201


def test_freezes_are_listed_and_ended(api: Gateway) -> None:
    made = freeze(api).body
    assert api.get("/v1/freezes").body == {"freezes": [made]}
    assert api.send("DELETE", f"/v1/freezes/{made['id']}").body == made
    assert api.get("/v1/freezes").body == {"freezes": []}
    assert api.send("DELETE", f"/v1/freezes/{made['id']}").status == 404
    assert api.start("host_reboot", host="i-0a").status == 201


def test_an_object_is_frozen_by_its_short_id(api: Gateway) -> None:
    assert freeze(api, scope={"object": "host/i-0a"}).body["scope"] == {"object": str(HOST)}
    assert api.start("host_reboot", host="i-0a").status == 409


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"scope": {"service": "chekout"}}, "there is no service 'chekout'"),
        ({"scope": {"tier": "P9"}}, "there is no tier 'P9'"),
        ({"scope": {"workflow": "nothing"}}, "there is no workflow 'nothing'"),
        ({"scope": {"object": "i-0a"}}, "is not an object id"),
        ({"scope": {"planet": "earth"}}, "planet"),
        ({"exempt_tiers": ["P9"]}, "there is no tier 'P9'"),
        ({"seconds": 0}, "seconds"),
        ({"seconds": 31 * 24 * 3600}, "seconds"),
        ({"reason": ""}, "reason"),
    ],
)
def test_a_freeze_that_would_hold_nothing_or_never_end_is_refused(
    api: Gateway, body: dict[str, Any], fault: str
) -> None:
    reply = freeze(api, **body)
    assert reply.status == 422
    assert fault in json.dumps(reply.body)
    assert api.get("/v1/freezes").body == {"freezes": []}
