"""`GET /v1/dispatches/{id}/why`."""

from dataclasses import replace
from typing import Any

from tests.behaviour_claims import make_budget, make_covering, make_rate
from tests.builders import HOST, OTHER
from tests.unit.api.world import FakeCore, Gateway


def why(api: Gateway, dispatch: str) -> Any:
    return api.get(f"/v1/dispatches/{dispatch}/why").body


def start(api: Gateway, workflow: str, **given: Any) -> str:
    return str(api.start(workflow, **given).body["id"])


def test_what_starts_shows_what_it_wanted_and_nothing_in_the_way(api: Gateway) -> None:
    told = why(api, start(api, "host_reboot", host="i-0a"))
    assert (told["verdict"], told["wanted"]) == ("start", [{"object": "host/i-0a", "intent": "disrupt"}])
    assert (told["blockers"], told["freed"], told["now"]) == ([], None, None)


def test_a_waiter_shows_the_line_that_holds_it_up_and_who_is_ahead(core: FakeCore, api: Gateway) -> None:
    holder = start(api, "host_reboot", host="i-0a")
    core.clock.advance(1)
    ahead = start(api, "host_reboot", host="i-0a")
    core.clock.advance(1)
    told = why(api, start(api, "host_reboot", host="i-0a"))
    (queue,) = told["now"]["queues"]
    assert (queue["name"], queue["position"], queue["length"]) == ("host/i-0a", 2, 2)
    assert [one["dispatch"] for one in queue["ahead"]] == [ahead]
    (claim,) = told["now"]["claims"]
    (blocker,) = claim["blockers"]
    assert (claim["kind"], blocker["dispatch"], blocker["verb"]) == ("lock", holder, "queue")
    assert (blocker["decides"], blocker["state"]) == (True, "reserved")
    assert blocker["by"] == "running anything; incoming anything: queue"


def test_what_is_refused_names_the_line_and_says_which_blocker_decided(core: FakeCore, api: Gateway) -> None:
    start(api, "host_reboot", host="i-0a")
    core.clock.advance(1)
    start(api, "host_reboot", host="i-0a")
    refused = api.start("host_stop", host="i-0a").body["dispatch"]
    told = why(api, refused)
    first, second = told["blockers"]
    assert (told["state"], told["now"]) == ("rejected", None)
    assert (first["verb"], first["decides"]) == ("reject", True)
    assert first["by"].endswith("workflow host_stop: reject")
    assert (second["verb"], second["decides"], second["by"]) == ("queue", False, None)


def test_a_policy_that_has_changed_since_is_not_blamed(core: FakeCore, api: Gateway) -> None:
    start(api, "host_reboot", host="i-0a")
    refused = api.start("host_stop", host="i-0a").body["dispatch"]
    core.bundle = replace(core.bundle, control=core.bundle.control._replace(conflicts=()))
    assert [one["by"] for one in why(api, refused)["blockers"]] == [None]


def test_what_waited_shows_what_freed_it_and_how_long_it_waited(core: FakeCore, api: Gateway) -> None:
    holder = start(api, "host_reboot", host="i-0a")
    waiter = start(api, "host_reboot", host="i-0a")
    core.clock.advance(90)
    core.end(holder)
    told = why(api, waiter)
    assert told["freed"] == {"at": "2026-01-01T00:01:30.000Z", "waited_s": 90.0, "by": holder}
    assert (told["state"], told["now"], told["blockers"][0]["state"]) == ("reserved", None, "succeeded")


def test_budgets_and_rates_are_claims_with_their_numbers_as_they_are_now(core: FakeCore, api: Gateway) -> None:
    bundle = make_covering(make_budget(), make_rate("rule", 3))
    core.bundle = replace(bundle, services=core.bundle.services)
    for host in (HOST, OTHER):
        core.label(host, service="checkout")
    start(api, "host_reboot", host="i-0a")
    told = why(api, start(api, "host_reboot", host="i-0b"))
    claims = {one["kind"]: one for one in told["now"]["claims"]}
    assert {kind: bool(one["blockers"]) for kind, one in claims.items()} == {
        "lock": False,
        "ancestor": False,
        "budget": True,
        "rate": False,
    }
    (room,) = claims["budget"]["spending"]
    assert (room["used"], room["limit"], room["cost"]) == (1, 1, 1)
    (rate,) = claims["rate"]["spending"]
    assert (rate["used"], rate["limit"]) == (1, 3), "read, although it does not wait there"
    assert {one["name"] for one in told["now"]["queues"]} == {"host/i-0b", "service/checkout"}


def test_reading_changes_nothing(core: FakeCore, api: Gateway) -> None:
    start(api, "host_reboot", host="i-0a")
    waiter = start(api, "host_reboot", host="i-0a")
    before = {key: dict(row) for key, row in core.store.rows.items()}
    why(api, waiter)
    assert core.store.rows == before


def test_an_unknown_dispatch_is_a_problem(api: Gateway) -> None:
    assert api.get("/v1/dispatches/nope/why").status == 404
