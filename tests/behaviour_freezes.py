"""Calendars of freezes, and what a freeze keeps, whatever store is behind it. Imported beside `tests.behaviour`."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.catalog.model import ApprovalLine, Calendar, Intent
from chalicelib.control.approvals.approve import list_pending
from chalicelib.control.cancel import cancel
from chalicelib.control.freeze import amend, freeze, unfreeze
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import Freeze, VerdictKind
from chalicelib.control.records import render_time
from infra.offline.memory import START_OF_TIME
from tests.behaviour import World
from tests.builders import make_event

HOUR = timedelta(hours=1)


def at(hours: float) -> datetime:
    return START_OF_TIME + hours * HOUR


def plan_freezes(world: World, **changes: Any) -> None:
    """Freeze everything from hour 1 to 2 and from 5 to 6."""
    windows = tuple(render_time(at(hour)) for hour in (1, 2, 5, 6))
    made = Calendar("sale", {}, "peak sale", "shop", windows, (), (), "drop")
    calendar = made._replace(**changes)
    world.bundle = replace(world.bundle, control=world.bundle.control._replace(freezes=(calendar,)))


@pytest.mark.parametrize(
    ("hour", "frozen"), [(0, False), (0.999, False), (1, True), (1.9, True), (2, False), (5.5, True), (6, False)]
)
def test_a_calendar_freezes_within_its_windows_only(world: World, hour: float, frozen: bool) -> None:  # noqa: FBT001
    plan_freezes(world)
    world.clock.at = at(hour)
    verdict = world.ask("host_reboot", host="i-0a")
    assert (verdict.state is DispatchState.HELD) is frozen
    if frozen:
        assert "everything is frozen until" in verdict.reason
        assert "by shop: peak sale (freeze calendar:sale)" in verdict.reason
    assert world.ask("look", "e2").kind is VerdictKind.START, "what only observes is never frozen"


def test_a_calendar_holds_its_scope_and_lets_pass_what_it_exempts(world: World) -> None:
    world.clock.at = at(1.5)
    plan_freezes(world, scope={"workflow": "host_swap"})
    assert world.ask("host_reboot", "e1", host="i-0a").state is DispatchState.RESERVED
    plan_freezes(world, exempt_tiers=("P0",))
    assert world.ask("host_reboot", "e2", tier="P0", host="i-0b").state is DispatchState.RESERVED
    plan_freezes(world, exempt_intents=(Intent.CONFIGURE,))
    assert world.ask("host_tag", "e3", host="i-0c").state is DispatchState.RESERVED
    assert world.ask("host_reboot", "e4", host="i-0d").state is DispatchState.HELD


def test_an_ad_hoc_freeze_exempts_intents_too(world: World) -> None:
    freeze({}, "sale", "ops", at(1), (), world.ports, exempt_intents=(Intent.CONFIGURE,))
    assert world.ask("host_tag", "e1", host="i-0a").state is DispatchState.RESERVED
    assert world.ask("host_reboot", "e2", host="i-0b").state is DispatchState.HELD


def test_what_a_freeze_keeps_runs_when_it_ends_and_asks_for_nothing_until_then(world: World) -> None:
    plan_freezes(world, held="queue")
    world.clock.at = at(1.1)
    verdict = world.ask("host_reboot", host="i-0a")
    assert (verdict.kind, verdict.state) == (VerdictKind.HOLD, DispatchState.FROZEN)
    assert (world.holders(), world.waiters(), world.executions.started) == ([], [], {})
    assert world.ask("host_reboot", host="i-0a").duplicate
    world.clock.at = at(1.99)
    assert world.tick() == ()
    world.clock.at = at(2)
    assert [one.action for one in world.tick()] == ["its dispatch is started"]
    assert world.holders() == [verdict.dispatch]
    assert list(world.executions.started) == [verdict.dispatch]
    assert world.tick() == ()


def test_what_is_kept_waits_its_turn_or_is_kept_by_the_next_freeze(world: World) -> None:
    plan_freezes(world, held="queue")
    world.clock.at = at(1.1)
    kept = world.ask("host_reboot", "e1", host="i-0a").dispatch
    other = world.ask("host_reboot", "e2", host="i-0b").dispatch
    plan_freezes(world)
    holder = world.ask("host_tag", "e3", host="i-0a")
    assert holder.state is DispatchState.HELD
    world.clock.at = at(2)
    running = world.ask("host_reboot", "e4", host="i-0a").dispatch
    freeze(
        {"object": str(world.object().id).replace("i-0a", "i-0b")},
        "hands off",
        "ops",
        at(4),
        (),
        world.ports,
        held="queue",
    )
    world.tick()
    assert (world.row(kept)["state"], world.row(other)["state"]) == ("queued", "frozen")
    assert world.end(running).promoted == (kept,)
    world.clock.at = at(4)
    world.tick()
    assert world.row(other)["state"] == "reserved"


def test_what_is_kept_runs_at_once_when_the_freeze_is_ended_or_shortened(world: World) -> None:
    made = [
        freeze({"workflow": name}, "sale", "ops", at(100), (), world.ports, held="queue")
        for name in ("host_reboot", "host_swap")
    ]
    first = world.ask("host_reboot", "e1", host="i-0a").dispatch
    second = world.ask("host_swap", "e2", a="i-0b", b="i-0c").dispatch
    assert world.tick() == ()
    unfreeze(made[0].id, world.ports)
    world.tick()
    assert (world.row(first)["state"], world.row(second)["state"]) == ("reserved", "frozen")
    assert amend(made[1], made[1]._replace(until=render_time(at(0.5))), world.ports)
    world.clock.at = at(0.5)
    world.tick()
    world.clock.advance(1)
    world.tick()
    assert world.row(second)["state"] == "reserved"


def test_what_is_kept_can_be_cancelled_and_is_forgotten_after_a_fortnight(world: World) -> None:
    freeze({}, "sale", "ops", at(24 * 20), (), world.ports, held="queue")
    first = world.ask("host_reboot", "e1", host="i-0a").dispatch
    second = world.ask("host_reboot", "e2", host="i-0b").dispatch
    assert (
        cancel(first, "ana", "not needed", world.ports, world.bundle).action
        == "it waits for the end of the freeze no more"
    )
    assert world.row(first)["state"] == "cancelled"
    world.clock.at = at(24 * 20)
    world.tick()
    assert world.row(second)["state"] == "expired"
    assert world.executions.started == {}


def test_what_is_kept_and_needs_people_asks_them_when_the_freeze_ends(world: World) -> None:
    plan_freezes(world, held="queue")
    line = ApprovalLine((), (), (), (), ("ana",), 1, 3600)
    world.bundle = replace(world.bundle, control=world.bundle.control._replace(approvals=(line,)))
    world.clock.at = at(1.1)
    kept = world.ask("host_reboot", host="i-0a").dispatch
    assert list_pending(world.ports) == ()
    world.clock.at = at(2)
    world.tick()
    assert world.row(kept)["state"] == "awaiting"
    assert [one.id for one in list_pending(world.ports)] == [kept]


def test_a_freeze_that_was_written_before_there_were_intents_still_holds(world: World) -> None:
    made = freeze({}, "sale", "ops", at(1), (), world.ports)
    assert made == Freeze(made.id, {}, "sale", "ops", render_time(at(0)), render_time(at(1)), (), (), "drop")
    assert world.ask("host_reboot", host="i-0a").state is DispatchState.HELD


# --- waiters whose turn comes during a freeze --------------------------------------------------------------------------


def test_a_waiter_whose_turn_comes_during_a_freeze_that_drops_is_held_for_good(world: World) -> None:
    holder = world.ask("host_reboot", "e1", host="i-0a").dispatch
    waiter = world.ask("host_reboot", "e2", host="i-0a").dispatch
    freeze({}, "sale", "ops", at(2), (), world.ports)
    assert world.end(holder).promoted == ()
    row = world.row(waiter)
    assert (row["state"], "sale" in row["reason"], world.waiters()) == (DispatchState.HELD, True, [])
    world.clock.at = at(3)
    world.tick()
    assert list(world.executions.started) == [holder]


@pytest.mark.parametrize("ends", ["by itself", "by a person"])
def test_with_queue_it_waits_on_and_starts_when_the_freeze_ends(world: World, ends: str) -> None:
    holder = world.ask("host_reboot", "e1", host="i-0a").dispatch
    waiter = world.ask("host_reboot", "e2", host="i-0a").dispatch
    made = freeze({}, "sale", "ops", at(2), (), world.ports, held="queue")
    assert world.end(holder).promoted == ()
    row = world.row(waiter)
    assert (row["state"], "sale" in row["reason"]) == (DispatchState.FROZEN, True)
    assert (world.holders(), world.waiters(), world.object().waiters) == ([], [], 0)
    world.tick()  # those who waited behind it are looked at
    world.clock.at = at(1.9)
    assert world.tick() == (), "it asks for nothing until then, and does not expire"
    if ends == "by a person":
        unfreeze(made.id, world.ports)
    else:
        world.clock.at = at(2)
    world.tick()
    assert world.holders() == [waiter]
    assert list(world.executions.started) == [holder, waiter]
    assert world.executions.started[waiter][1]["dispatch"]["fence"] == 2
    world.end(waiter)
    assert world.row(waiter)["state"] == DispatchState.SUCCEEDED


def test_a_freeze_that_ends_before_those_behind_are_looked_at_wakes_it_all_the_same(world: World) -> None:
    holder = world.ask("host_reboot", "e1", host="i-0a").dispatch
    waiter = world.ask("host_reboot", "e2", host="i-0a").dispatch
    made = freeze({}, "sale", "ops", at(2), (), world.ports, held="queue")
    world.end(holder)
    unfreeze(made.id, world.ports)
    world.tick()
    world.clock.advance(1)
    world.tick()
    assert world.holders() == [waiter]


def test_whom_the_freeze_lets_pass_does_not_wait_behind_it(world: World) -> None:
    holder = world.ask("host_reboot", "e1", host="i-0a").dispatch
    frozen = world.ask("host_reboot", "e2", host="i-0a").dispatch
    world.clock.advance(1)
    behind = world.ask("host_tag", "e3", host="i-0a").dispatch
    freeze({}, "sale", "ops", at(2), (), world.ports, exempt_intents=(Intent.CONFIGURE,), held="queue")
    assert world.end(holder).promoted == (behind,)
    assert world.row(frozen)["state"] == DispatchState.FROZEN
    newcomer = world.ask("host_tag", "e4", host="i-0a")
    assert newcomer.kind is VerdictKind.START
    world.tick()
    world.clock.at = at(2)
    world.tick()
    assert world.row(frozen)["state"] == DispatchState.QUEUED, "what started meanwhile still runs"
    world.end(behind)
    assert world.end(newcomer.dispatch).promoted == (frozen,)


def test_what_one_freeze_kept_goes_on_by_tier_then_age(world: World) -> None:
    holder = world.ask("host_reboot", "e0", host="i-0a").dispatch
    waiters = []
    for number, tier in enumerate(["P2", "P1", "P0", "P1"]):
        world.clock.advance(1)
        waiters.append(world.ask("host_reboot", f"e{number + 1}", tier, host="i-0a").dispatch)
    freeze({}, "sale", "ops", at(2), (), world.ports, held="queue")
    world.end(holder)
    assert {world.row(one)["state"] for one in waiters} == {"frozen"}
    world.clock.at = at(2)
    world.tick()
    world.tick()
    order = [holder]
    while world.holders():
        order += world.holders()
        world.end(world.holders()[0])
    assert order[1:] == [waiters[2], waiters[1], waiters[3], waiters[0]]


def test_what_was_parked_is_cancelled_and_owes_those_behind_it_a_look(world: World) -> None:
    holder = world.ask("host_reboot", "e1", host="i-0a").dispatch
    waiter = world.ask("host_reboot", "e2", host="i-0a").dispatch
    freeze({}, "sale", "ops", at(2), (), world.ports, held="queue")
    world.end(holder)
    cancel(waiter, "ana", "not needed", world.ports, world.bundle)
    assert world.row(waiter)["state"] == DispatchState.CANCELLED
    world.tick()
    assert "promotion_owed" not in world.row(waiter)
    world.clock.at = at(3)
    assert world.tick() == ()
    assert list(world.executions.started) == [holder]


def test_the_goal_of_a_waiter_is_still_pursued_when_the_freeze_ends(world: World) -> None:
    """Its deadline counts from when it starts; until then its object may come to be well by itself, too."""
    holder = world.ask("host_tag", "e0", host="i-0a").dispatch
    (asked,) = world.event(make_event("e1")).verdicts
    assert asked.kind is VerdictKind.QUEUE
    freeze({}, "sale", "ops", at(0.25), (), world.ports, held="queue")
    world.end(holder)
    world.tick()
    assert world.row(asked.dispatch)["state"] == DispatchState.FROZEN
    world.clock.at = at(0.25)
    world.tick()
    row, goal = world.row(asked.dispatch), world.object().goal
    assert (row["state"], row["goal_owed"]) == (DispatchState.RESERVED, True)
    assert goal is not None
    assert (goal["dispatch"], goal["status"], goal["deadline"]) == (asked.dispatch, "pursuing", render_time(at(0.75)))


def test_a_waiter_that_is_parked_and_whose_goal_was_reached_does_not_run(world: World) -> None:
    holder = world.ask("host_tag", "e0", host="i-0a").dispatch
    (asked,) = world.event(make_event("e1")).verdicts
    freeze({}, "sale", "ops", at(0.25), (), world.ports, held="queue")
    world.end(holder)
    world.event(make_event("e2", state="running", time="2026-01-01T00:05:00Z"))
    world.clock.at = at(0.25)
    world.tick()
    world.tick()
    assert world.row(asked.dispatch)["state"] == DispatchState.SUPERSEDED
    assert list(world.executions.started) == [holder]
