"""`GET /v1/budgets`, what locks show of ancestors, and the arithmetic of a dispatch."""

from dataclasses import replace

from tests.behaviour_claims import make_budget, make_covering, make_rate
from tests.builders import HOST, OTHER
from tests.unit.api.world import FakeCore, Gateway


def make_checkout(core: FakeCore) -> None:
    bundle = make_covering(make_budget(), make_rate("rule", 3))
    core.bundle = replace(bundle, services=core.bundle.services)
    for host in (HOST, OTHER):
        core.label(host, service="checkout")


def test_a_policy_without_budgets_has_none_to_show(api: Gateway) -> None:
    assert api.get("/v1/budgets").body == {"budgets": [], "complete": True}


def test_each_budget_shows_its_groups_with_what_is_used_and_waited_for(core: FakeCore, api: Gateway) -> None:
    make_checkout(core)
    api.start("host_reboot", host="i-0a")
    assert api.start("host_reboot", host="i-0b").body["verdict"] == "queue"
    shown = api.get("/v1/budgets").body
    assert shown["complete"]
    rooms = {(one["budget"], one["name"]): one for one in shown["budgets"]}
    assert set(rooms) == {("few", "checkout"), ("few", "ledger"), ("hourly", "request")}
    assert rooms["few", "checkout"] == {
        "budget": "few", "scope": "service", "name": "checkout", "objects": "host", "intent": "disrupt",
        "within_s": None, "percent": None, "size": None, "limit": 1, "used": 1, "waiting": 1, "verb": "queue",
    }  # fmt: skip
    rate = rooms["hourly", "request"]
    assert (rate["within_s"], rate["limit"], rate["used"], rate["objects"]) == (3600, 3, 1, None)
    core.clock.advance(3601)
    later = {one["budget"]: one for one in api.get("/v1/budgets").body["budgets"]}
    assert later["hourly"]["used"] == 0


def test_a_dispatch_shows_the_arithmetic_of_its_budgets(core: FakeCore, api: Gateway) -> None:
    make_checkout(core)
    dispatch = api.start("host_reboot", host="i-0a").body["id"]
    spending = api.get(f"/v1/dispatches/{dispatch}").body["spending"]
    assert [(one["budget"], one["cost"], one["limit"]) for one in spending] == [("few", 1, 1), ("hourly", 1, 3)]
    assert spending[0]["group"] == "hosts disrupted in service checkout"


def test_a_service_shows_who_works_below_it_and_who_waits_for_all_of_it(core: FakeCore, api: Gateway) -> None:
    make_checkout(core)
    below = api.start("host_reboot", host="i-0a").body["id"]
    whole = api.start("drain", service="checkout").body["id"]
    for path in ("/v1/locks", "/v1/locks?object=service/checkout"):
        locks = {one["object"]: one for one in api.get(path).body["locks"]}
        service = locks["service/checkout"]
        assert service["below"] == [{"dispatch": below, "workflow": "host_reboot", "intent": "disrupt", "count": 1}]
        assert [one["dispatch"] for one in service["waiting"]] == [whole]
        assert service["holders"] == []


def test_a_host_that_waits_for_its_service_is_shown_there(core: FakeCore, api: Gateway) -> None:
    make_checkout(core)
    whole = api.start("drain", service="checkout").body["id"]
    waiting = api.start("host_reboot", host="i-0a").body["id"]
    for path in ("/v1/locks", "/v1/locks?object=service/checkout"):
        service = next(one for one in api.get(path).body["locks"] if one["object"] == "service/checkout")
        assert [one["dispatch"] for one in service["holders"]] == [whole]
        assert [(one["dispatch"], one["intent"]) for one in service["waiting"]] == [(waiting, "disrupt")]
