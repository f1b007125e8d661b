"""How budgets and locks on ancestors behave, whatever store is behind them: run where `tests.behaviour` is."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.catalog.model import Budget, Bundle, Conflict, Intent, Verb
from chalicelib.control.cancel import break_dispatch, cancel
from chalicelib.control.claims.ancestors import shard_key
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ExecutionStatus, VerdictKind
from chalicelib.control.ports import Start
from chalicelib.control.records import Group, dispatch_key
from chalicelib.control.settle import release_held
from chalicelib.control.transaction import Item
from chalicelib.identity import ObjectId
from tests.behaviour import World
from tests.builders import HOME, make_bundle, make_workflow

CHECKOUT = Group("service", "checkout", "host")


def make_budget(**changes: Any) -> Budget:
    """At most one host of each service."""
    return Budget("few", "service", (), "host", Intent.DISRUPT, 1, percent=False, verb=Verb.QUEUE)._replace(**changes)


def make_budgeted(*budgets: Budget) -> Bundle:
    control = make_bundle().control
    return make_bundle(control=control._replace(budgets=budgets, down=("stopped",), gone=("terminated",)))


def test_a_partition_is_listed_whole_where_no_prefix_is_asked_for(world: World) -> None:
    world.bundle = make_budgeted(make_budget())
    observe(world, "i-0a")
    world.ask("host_reboot", host="i-0a")
    page = world.ports.store.query(CHECKOUT.key.pk, "", 10)
    assert CHECKOUT.key.sk in {item["sk"] for item in page.items}


def observe(world: World, *hosts: str, state: str = "running", at: int = 0, **labels: str) -> None:
    """Let an atom report hosts, of service checkout in zone a if nothing else is said."""
    for host in hosts:
        detail = {
            "object": f"host/{host}",
            "state": state,
            "at": f"2026-01-01T00:{at:02d}:00Z",
            "labels": {"service": "checkout", "zone": "a", **labels},
            "root_id": "look",
            "hops": 0,
        }
        outcome = world.event(
            {
                "version": "0", "id": f"{host}-{at}-{state}", "source": "interlock",
                "detail-type": "Object State Changed", "account": HOME.account, "region": HOME.region,
                "time": "2026-01-01T00:00:00Z", "resources": [], "detail": detail,
            }
        )  # fmt: skip
        assert outcome.kind == "no rule", outcome.cause


def group(world: World, which: Group = CHECKOUT) -> Item:
    return world.ports.store.read([which.key]).get(which.key, {})


def used(world: World, which: Group = CHECKOUT, budget: str = "few") -> int:
    count: int = group(world, which).get(f"used#{budget}", 0)
    return count


# --- budgets ---------------------------------------------------------------------------------------------------------


def test_a_budget_of_one_lets_one_host_of_a_service_be_disrupted_at_a_time(world: World) -> None:
    world.bundle = make_budgeted(make_budget())
    observe(world, "i-0a", "i-0b")
    observe(world, "i-0c", service="ledger")
    first = world.ask("host_reboot", "e1", host="i-0a")
    second = world.ask("host_reboot", "e2", host="i-0b")
    assert (first.kind, second.kind) == (VerdictKind.START, VerdictKind.QUEUE)
    assert second.reason == "1 of 1 hosts disrupted in service checkout: budget few"
    assert world.ask("host_reboot", "e3", host="i-0c").kind is VerdictKind.START, "another service, another budget"
    assert world.ask("host_tag", "e4", host="i-0b").kind is VerdictKind.QUEUE, "it waits behind the waiter for its host"
    assert (used(world), group(world)["waiting"]) == (1, 1)


def test_the_end_gives_the_room_back_once_and_the_next_waiter_takes_it(world: World) -> None:
    world.bundle = make_budgeted(make_budget())
    observe(world, "i-0a", "i-0b")
    first = world.ask("host_reboot", "e1", host="i-0a")
    second = world.ask("host_reboot", "e2", host="i-0b")
    assert world.end(first.dispatch).promoted == (second.dispatch,)
    assert not world.tell_again(first.dispatch).changed
    assert (used(world), group(world)["waiting"]) == (1, 0)
    assert world.row(second.dispatch)["spending"][0][2:5] == [1, 0, 1]
    world.end(second.dispatch)
    assert used(world) == 0
    assert not world.tell_again(second.dispatch).changed
    assert used(world) == 0


def test_a_percentage_is_of_the_hosts_that_were_observed_and_at_least_one(world: World) -> None:
    world.bundle = make_budgeted(make_budget(at_most=10, percent=True))
    hosts = [f"i-{n}" for n in range(20)]
    observe(world, *hosts[:5])
    assert world.ask("host_reboot", "e0", host="i-0").kind is VerdictKind.START
    refused = world.ask("host_reboot", "e1", host="i-1")
    assert refused.reason == "1 of 1 hosts disrupted in service checkout (10% of 5): budget few"
    observe(world, *hosts[5:])
    assert group(world)["size"] == 20
    assert world.ask("host_reboot", "e2", host="i-2").kind is VerdictKind.QUEUE, "no newcomer passes who waits"
    assert world.ask("host_reboot", "e3", "P0", host="i-3").kind is VerdictKind.START
    assert used(world) == 2


def test_a_size_follows_hosts_that_move_or_go_and_no_observation_counts_twice(world: World) -> None:
    world.bundle = make_budgeted(make_budget(at_most=50, percent=True))
    observe(world, "i-0a", "i-0b", "i-0c")
    observe(world, "i-0a", at=1)
    assert group(world)["size"] == 3
    observe(world, "i-0b", service="ledger", at=2)
    assert (group(world)["size"], group(world, CHECKOUT._replace(name="ledger"))["size"]) == (2, 1)
    observe(world, "i-0c", state="terminated", at=3)
    observe(world, "i-0b", at=1)
    assert (group(world)["size"], group(world)["size_version"]) == (1, 5)


def test_a_host_that_is_out_of_service_already_costs_nothing(world: World) -> None:
    world.bundle = make_budgeted(make_budget())
    observe(world, "i-0a", "i-0b")
    observe(world, "i-0c", state="stopped")
    assert world.ask("host_reboot", "e1", host="i-0a").kind is VerdictKind.START
    assert world.ask("host_reboot", "e2", host="i-0c").kind is VerdictKind.START
    assert used(world) == 1


def test_a_plan_pays_for_each_host_and_one_that_can_never_fit_is_refused(world: World) -> None:
    world.bundle = make_budgeted(make_budget())
    observe(world, "i-0a", "i-0b")
    refused = world.ask("host_swap", "e1", a="i-0a", b="i-0b")
    assert refused.kind is VerdictKind.REJECT
    assert refused.reason == "at most 1 hosts disrupted in service checkout: budget few, and this takes 2"
    world.bundle = make_budgeted(make_budget(at_most=2))
    swap = world.ask("host_swap", "e2", a="i-0a", b="i-0b")
    assert (swap.kind, used(world)) == (VerdictKind.START, 2)
    world.end(swap.dispatch)
    assert used(world) == 0


def test_a_budget_can_reject_and_is_for_the_named_groups_and_intents_only(world: World) -> None:
    world.bundle = make_budgeted(make_budget(verb=Verb.REJECT, only=("checkout",)))
    observe(world, "i-0a", "i-0b")
    observe(world, "i-0c", "i-0d", service="ledger")
    world.ask("host_reboot", "e1", host="i-0a")
    assert world.ask("host_reboot", "e2", host="i-0b").kind is VerdictKind.REJECT
    assert world.ask("host_tag", "e3", host="i-0b").kind is VerdictKind.START
    assert [world.ask("host_reboot", f"l{one}", host=one).kind for one in ("i-0c", "i-0d")] == [VerdictKind.START] * 2


def test_of_budgets_with_one_name_the_first_that_concerns_a_plan_bounds_it_and_all_share_the_count(
    world: World,
) -> None:
    world.bundle = make_budgeted(make_budget(rules=("request",), at_most=2, said_by="rule request"), make_budget())
    observe(world, "i-0a", "i-0b", "i-0c")
    first, *rest = [world.ask("host_reboot", f"e{one}", host=one) for one in ("i-0a", "i-0b", "i-0c")]
    assert [one.kind for one in rest] == [VerdictKind.START, VerdictKind.QUEUE]
    assert rest[1].reason == "2 of 2 hosts disrupted in service checkout: budget few of rule request"
    assert world.end(first.dispatch).promoted == (rest[1].dispatch,)
    assert used(world) == 2


def test_what_is_only_counted_waits_for_nobody_and_is_given_back(world: World) -> None:
    world.bundle = make_budgeted(make_budget(rules=("request",), verb=Verb.ALLOW), make_budget())
    observe(world, "i-0a", "i-0b")
    started = [world.ask("host_reboot", f"e{one}", host=one) for one in ("i-0a", "i-0b")]
    assert [one.kind for one in started] == [VerdictKind.START] * 2
    assert used(world) == 2
    world.end(started[0].dispatch)
    assert used(world) == 1


def test_every_budget_concerned_must_have_room(world: World) -> None:
    world.bundle = make_budgeted(make_budget(at_most=2), make_budget(name="zonal", scope="zone"))
    observe(world, "i-0a", "i-0b")
    observe(world, "i-0c", zone="b")
    assert world.ask("host_reboot", "e1", host="i-0a").kind is VerdictKind.START
    blocked = world.ask("host_reboot", "e2", host="i-0b")
    assert blocked.reason == "1 of 1 hosts disrupted in zone a: budget zonal"
    assert world.ask("host_reboot", "e3", host="i-0c").kind is VerdictKind.START
    assert (used(world), used(world, Group("zone", "a", "host"), "zonal")) == (2, 1)


def test_who_waits_for_a_host_keeps_nobody_from_the_room_in_its_service(world: World) -> None:
    world.bundle = make_budgeted(make_budget(at_most=2))
    observe(world, "i-0a", "i-0b")
    world.ask("host_reboot", "e1", host="i-0a")
    assert world.ask("host_reboot", "e2", host="i-0a").kind is VerdictKind.QUEUE
    assert world.ask("host_reboot", "e3", host="i-0b").kind is VerdictKind.START
    assert group(world).get("waiting", 0) == 0


def test_a_waiter_that_finds_the_room_gone_when_its_host_is_free_moves_on_and_is_woken_there(world: World) -> None:
    world.bundle = make_budgeted(make_budget(at_most=2))
    observe(world, "i-0a", "i-0b", "i-0c")
    holder = world.ask("host_tag", "e1", host="i-0a")
    waiter = world.ask("host_reboot", "e2", host="i-0a")
    others = [world.ask("host_reboot", f"o{one}", host=one) for one in ("i-0b", "i-0c")]
    assert [one.kind for one in others] == [VerdictKind.START] * 2
    assert world.end(holder.dispatch).promoted == ()
    assert group(world)["waiting"] == 1, "it stands in line for room now"
    assert world.end(others[0].dispatch).promoted == (waiter.dispatch,)
    assert (used(world), group(world)["waiting"], world.object().waiters) == (2, 0, 0)


def test_a_held_dispatch_keeps_its_room_until_no_effect_can_be_running(world: World) -> None:
    world.bundle = make_budgeted(make_budget())
    observe(world, "i-0a")
    dispatch = world.ask("host_reboot", "e1", host="i-0a").dispatch
    world.end(dispatch, ExecutionStatus.TIMED_OUT)
    assert used(world) == 1
    release_held(dispatch, world.ports, world.bundle)
    assert used(world) == 0


def test_a_cancelled_waiter_leaves_the_line_for_room(world: World) -> None:
    world.bundle = make_budgeted(make_budget())
    observe(world, "i-0a", "i-0b")
    world.ask("host_reboot", "e1", host="i-0a")
    waiter = world.ask("host_reboot", "e2", host="i-0b")
    cancel(waiter.dispatch, "ana", "x", world.ports, world.bundle)
    assert group(world)["waiting"] == 0
    assert world.ports.store.query(CHECKOUT.queue, "wait#", 10).items == ()


# --- ancestors -------------------------------------------------------------------------------------------------------

SERVICE = ObjectId(HOME.account, HOME.region, "service", "checkout")


def make_covering(*budgets: Budget) -> Bundle:
    """Work that disrupts is counted on the service; whatever meets waits, but two that only configure."""
    bundle = make_budgeted(*budgets)
    service = "service/{% $input.service %}"
    more = [make_workflow("drain", (service, Intent.DISRUPT)), make_workflow("retune", (service, Intent.CONFIGURE))]
    bundle = replace(bundle, workflows={**bundle.workflows, **{one.name: one for one in more}})
    return replace(bundle, control=bundle.control._replace(ancestors={"service": Intent.DISRUPT}, shards=3))


def counted(world: World, field: str = "count#disrupt") -> list[int]:
    keys = [shard_key(SERVICE, shard) for shard in range(3)]
    rows = world.ports.store.read(keys)
    return [rows.get(key, {}).get(field, 0) for key in keys]


def test_two_hosts_of_a_service_do_not_meet_and_the_service_meets_both(world: World) -> None:
    world.bundle = make_covering()
    observe(world, "i-0a", "i-0b")
    hosts = [world.ask("host_reboot", f"e{one}", host=one) for one in ("i-0a", "i-0b")]
    assert [one.kind for one in hosts] == [VerdictKind.START] * 2
    assert sum(counted(world)) == 2
    whole = world.ask("drain", "e3", service="checkout")
    assert (whole.kind, whole.reason) == (VerdictKind.QUEUE, "2 objects of service/checkout are being disrupted")
    assert world.end(hosts[0].dispatch).promoted == ()
    assert world.end(hosts[1].dispatch).promoted == (whole.dispatch,)
    assert (counted(world), counted(world, "locked")) == ([0, 0, 0], [1, 1, 1])
    assert world.holders(SERVICE) == [whole.dispatch]


def test_a_host_waits_for_its_service_and_is_woken_when_that_is_free(world: World) -> None:
    world.bundle = make_covering()
    observe(world, "i-0a")
    observe(world, "i-0b", service="ledger")
    whole = world.ask("drain", "e1", service="checkout")
    waiting = world.ask("host_reboot", "e2", host="i-0a")
    assert waiting.kind is VerdictKind.QUEUE
    assert waiting.blockers[0].dispatch == whole.dispatch
    assert "drain holds service/checkout (disrupt" in waiting.reason
    assert world.ask("host_tag", "e3", host="i-0a").kind is VerdictKind.QUEUE, "only because of who waits for the host"
    assert world.ask("host_reboot", "e4", host="i-0b").kind is VerdictKind.START, "another service"
    assert waiting.dispatch in world.end(whole.dispatch).promoted
    assert (sum(counted(world)), counted(world, "locked"), counted(world, "waiting")) == (1, [0, 0, 0], [0, 0, 0])


def test_what_the_policy_does_not_count_passes_its_service(world: World) -> None:
    world.bundle = make_covering()
    observe(world, "i-0a")
    world.ask("drain", "e1", service="checkout")
    assert world.ask("host_tag", "e2", host="i-0a").kind is VerdictKind.START
    assert counted(world, "count#configure") == [0, 0, 0]


def test_a_compatible_lock_on_the_service_lets_its_hosts_pass_until_another_comes(world: World) -> None:
    world.bundle = make_covering()
    allow = Conflict((Intent.CONFIGURE,), (Intent.DISRUPT,), (), (), Verb.ALLOW)
    back = Conflict((Intent.DISRUPT,), (Intent.CONFIGURE,), (), (), Verb.ALLOW)
    control = world.bundle.control
    world.bundle = replace(world.bundle, control=control._replace(conflicts=(allow, back, *control.conflicts)))
    observe(world, "i-0a", "i-0b")
    tuning = world.ask("retune", "e1", service="checkout")
    assert tuning.kind is VerdictKind.START
    assert world.ask("host_reboot", "e2", host="i-0a").kind is VerdictKind.START
    assert world.ask("drain", "e3", service="checkout").kind is VerdictKind.QUEUE
    assert world.ask("host_reboot", "e4", host="i-0b").kind is VerdictKind.QUEUE, "no newcomer passes who waits for all"


def test_what_goes_on_below_does_not_keep_a_waiter_for_the_whole_back_for_ever(world: World) -> None:
    world.bundle = make_covering()
    observe(world, "i-0a", "i-0b")
    first = world.ask("host_reboot", "e1", host="i-0a")
    tagging = world.ask("host_tag", "e2", host="i-0b")
    whole = world.ask("drain", "e3", service="checkout")
    world.clock.advance(1)
    later = world.ask("host_reboot", "e4", host="i-0b")
    assert (whole.kind, later.kind) == (VerdictKind.QUEUE, VerdictKind.QUEUE)
    assert world.end(tagging.dispatch).promoted == (), "its host is free, but the service was asked for before"
    assert world.end(first.dispatch).promoted == (whole.dispatch,)
    assert world.end(whole.dispatch).promoted == (later.dispatch,)
    assert counted(world, "waiting") == [0, 0, 0]


def test_a_plan_that_locks_a_service_and_its_host_does_not_meet_itself(world: World) -> None:
    world.bundle = make_covering()
    both = make_workflow(
        "both", ("service/{% $input.service %}", Intent.CONFIGURE), ("host/{% $input.host %}", Intent.DESTROY)
    )
    world.bundle = replace(world.bundle, workflows={**world.bundle.workflows, "both": both})
    observe(world, "i-0a", "i-0b")
    dispatch = world.ask("both", "e1", service="checkout", host="i-0a")
    assert dispatch.kind is VerdictKind.START
    assert counted(world, "count#destroy") == [0, 0, 0]
    assert world.ask("retune", "e2", service="checkout").kind is VerdictKind.QUEUE, "as strong as what it does below"
    world.end(dispatch.dispatch)
    assert counted(world, "locked") == [1, 1, 1]


def test_a_line_of_the_list_can_be_about_a_rule_or_a_tier(world: World) -> None:
    line = Conflict((), (), (), (), Verb.REJECT, incoming_tiers=("P2",))
    other = Conflict((), (), (), (), Verb.ALLOW, running_rules=("request",), incoming_tiers=("P0",))
    control = make_bundle().control
    world.bundle = make_bundle(control=control._replace(conflicts=(line, other, *control.conflicts)))
    world.ask("host_reboot", "e1", host="i-0a")
    kinds = [world.ask("host_reboot", f"t{tier}", tier, host="i-0a").kind for tier in ("P0", "P1", "P2")]
    assert kinds == [VerdictKind.START, VerdictKind.QUEUE, VerdictKind.REJECT]


# --- rates -----------------------------------------------------------------------------------------------------------


def make_rate(scope: str, at_most: int = 2, verb: Verb = Verb.QUEUE) -> Budget:
    return make_budget(name="hourly", scope=scope, at_most=at_most, verb=verb, within_s=3600)


@pytest.mark.parametrize(("scope", "who"), [("rule", "rule request"), ("account", f"account {HOME.account}")])
def test_a_rate_lets_so_many_start_within_the_time_and_the_next_once_it_has_passed(
    world: World, scope: str, who: str
) -> None:
    bundle = make_budgeted(make_rate(scope))
    world.bundle = replace(bundle, control=bundle.control._replace(queue_expires_s=7200))
    first = world.ask("host_reboot", "e1", host="i-0a")
    world.clock.advance(600)
    assert world.ask("host_reboot", "e2", host="i-0b").kind is VerdictKind.START
    late = world.ask("host_reboot", "e3", host="i-0c")
    assert late.kind is VerdictKind.QUEUE
    assert late.reason == f"2 of 2 starts within 1h of {who}: budget hourly; the next one at 2026-01-01T01:00:00.000Z"
    world.end(first.dispatch)
    assert late.dispatch not in world.executions.started, "an end gives no start back"
    world.clock.advance(1)
    behind = world.ask("host_reboot", "e4", host="i-0d")
    world.clock.advance(2994)
    world.tick()
    assert late.dispatch not in world.executions.started
    world.clock.advance(6)
    world.tick()
    assert late.dispatch in world.executions.started
    assert behind.dispatch not in world.executions.started, "the other slot is taken for ten minutes more"
    world.clock.advance(600)
    world.tick()
    assert behind.dispatch in world.executions.started


def test_a_rate_of_an_object_is_its_own_history(world: World) -> None:
    world.bundle = make_budgeted(make_rate("object", verb=Verb.REJECT))
    for event in ("e1", "e2"):
        world.end(world.ask("host_reboot", event, host="i-0a").dispatch)
    refused = world.ask("host_reboot", "e3", host="i-0a")
    assert refused.kind is VerdictKind.REJECT
    assert "2 of 2 starts within 1h of host/i-0a: budget hourly" in refused.reason
    assert world.ask("host_reboot", "e4", host="i-0b").kind is VerdictKind.START
    world.clock.advance(3601)
    assert world.ask("host_reboot", "e5", host="i-0a").kind is VerdictKind.START


def test_a_waiter_for_a_host_that_has_started_too_often_by_then_waits_for_the_time(world: World) -> None:
    world.bundle = make_budgeted(make_rate("object", 1))
    holder = world.ask("host_reboot", "e1", host="i-0a")
    waiter = world.ask("host_reboot", "e2", host="i-0a")
    assert waiter.kind is VerdictKind.QUEUE
    assert world.end(holder.dispatch).promoted == ()
    world.clock.advance(3590)
    world.tick()
    assert waiter.dispatch not in world.executions.started
    assert world.row(waiter.dispatch)["state"] == DispatchState.QUEUED


# --- taking back -----------------------------------------------------------------------------------------------------


def test_breaking_a_reservation_that_has_not_started_retires_it(world: World) -> None:
    world.bundle = make_budgeted(make_budget())
    observe(world, "i-0a")
    world.executions.answer = Start.THROTTLED
    dispatch = world.ask("host_reboot", "e1", host="i-0a").dispatch
    world.executions.answer = None
    done = break_dispatch(dispatch, "ana", "wrong host", world.ports, world.bundle)
    assert (done.state, done.action) == (DispatchState.RESERVED, "its name is being used up")
    world.tell_again(dispatch)
    row = world.ports.store.read([dispatch_key(dispatch)])[dispatch_key(dispatch)]
    assert (row["state"], row["broken"], used(world)) == (DispatchState.RETIRED, "broken by ana: wrong host", 0)
