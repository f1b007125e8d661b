from typing import Any

import pytest

from chalicelib.control.intake import handle_event
from tests.builders import HOME, make_event
from tests.unit.api.world import FakeCore, Gateway


def see(core: FakeCore, host: str, state: str = "running", **labels: str) -> None:
    detail: dict[str, Any] = {
        "object": f"host/{host}", "state": state, "labels": labels, "at": "2026-01-01T00:00:00Z",
        "root_id": "r", "hops": 1,
    }  # fmt: skip
    raw = make_event(f"see-{host}") | {"source": "interlock", "detail-type": "Object State Changed", "detail": detail}
    handle_event(raw, core.bundle, core.home, core.ports)


@pytest.fixture
def fleet(core: FakeCore) -> FakeCore:
    see(core, "i-0a", service="checkout", zone="a")
    see(core, "i-0b", state="stopped", service="checkout", zone="b")
    see(core, "i-0c", service="ledger", zone="a")
    return core


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["i-0a", "i-0b", "i-0c"]),
        ("?service=checkout", ["i-0a", "i-0b"]),
        ("?state=running&zone=a", ["i-0a", "i-0c"]),
        ("?kind=certificate", []),
    ],
)
def test_what_was_observed_is_known_and_can_be_asked_for(
    fleet: FakeCore, api: Gateway, query: str, expected: list[str]
) -> None:
    found = api.get(f"/v1/objects{query}").body
    assert [one["object"] for one in found["objects"]] == [f"host/{name}" for name in expected]
    assert found["next"] is None


def test_pages_join_to_the_whole_list(fleet: FakeCore, api: Gateway) -> None:
    first = api.get("/v1/objects?limit=2").body
    second = api.get(f"/v1/objects?limit=2&after={first['next']}").body
    assert [one["object"] for one in (*first["objects"], *second["objects"])] == ["host/i-0a", "host/i-0b", "host/i-0c"]
    assert second["next"] is None


def test_an_object_shows_service_tier_history_and_goal(fleet: FakeCore, api: Gateway) -> None:
    (verdict,) = handle_event(
        make_event("e1", host="i-0b", time="2026-01-01T00:01:00Z"), fleet.bundle, HOME, fleet.ports
    ).verdicts
    found = api.get("/v1/objects/host/i-0b").body
    assert (found["state"], found["service"], found["tier"], found["zone"]) == ("stopped", "checkout", "P1", "b")
    assert [one["workflow"] for one in found["starts"]] == ["host_reboot"]
    assert (found["fence"], found["holders"][0]["dispatch"]) == (1, verdict.dispatch)
    assert (found["goal"]["rule"], found["goal"]["status"]) == ("host_stopped", "pursuing")


def test_an_unknown_object_is_a_404_and_no_object_id_a_400(api: Gateway) -> None:
    assert api.get("/v1/objects/host/i-none").status == 404
    elsewhere = api.get("/v1/objects/host/i-0b?account=999900001111&region=eu-west-1")
    assert elsewhere.body["type"] == "urn:interlock:problem:unknown-object"
    assert api.get("/v1/objects/host/i-0b?account=x").status == 400
