from chalicelib.control.intake import handle_event
from tests.builders import make_event
from tests.unit.api.world import FakeCore, Gateway


def test_goals_are_listed_by_object_with_how_they_stand(core: FakeCore, api: Gateway) -> None:
    for number, host in enumerate(("i-0a", "i-0b", "i-0c"), 1):
        handle_event(make_event(f"e{number}", host=host), core.bundle, core.home, core.ports)
    up = make_event("up", host="i-0b", state="running", time="2026-01-01T00:05:00Z")
    handle_event(up, core.bundle, core.home, core.ports)
    found = api.get("/v1/goals").body["goals"]
    assert [(one["object"], one["status"]) for one in found] == [
        ("host/i-0a", "pursuing"), ("host/i-0b", "met"), ("host/i-0c", "pursuing"),
    ]  # fmt: skip
    first = found[0]
    assert (first["rule"], first["rung"], first["attempt"], first["event_id"]) == ("host_stopped", 0, 1, "e1")
    assert (first["since"], first["deadline"]) == ("2026-01-01T00:00:00.000Z", "2026-01-01T00:30:00.000Z")
    assert [one["object"] for one in api.get("/v1/goals?status=met").body["goals"]] == ["host/i-0b"]
    assert api.get("/v1/goals?rule=other").body == {"goals": [], "next": None}
    assert api.get("/v1/goals?status=happy").status == 400


def test_pages_of_goals_join_to_the_whole_list(core: FakeCore, api: Gateway) -> None:
    for number, host in enumerate(("i-0a", "i-0b", "i-0c"), 1):
        handle_event(make_event(f"e{number}", host=host), core.bundle, core.home, core.ports)
    first = api.get("/v1/goals?limit=2").body
    second = api.get(f"/v1/goals?limit=2&after={first['next']}").body
    names = [one["object"] for one in (*first["goals"], *second["goals"])]
    assert (names, second["next"]) == (["host/i-0a", "host/i-0b", "host/i-0c"], None)
