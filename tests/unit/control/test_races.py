"""What another worker does between a read and the write that relies on it, at the worst moment."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from chalicelib.catalog.model import Correlate, Goal, Rung
from chalicelib.control.freeze import freeze, list_freezes, unfreeze
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ExecutionStatus, VerdictKind
from chalicelib.control.paced import take_turn
from chalicelib.control.ports import Start
from chalicelib.control.reconcile import cancel_queued
from chalicelib.control.settle import release_held
from chalicelib.control.transaction import Result, Transaction
from tests.behaviour import World, make_world
from tests.behaviour_resume import fail_at_boot, find_resumed, go_on, make_resumable
from tests.builders import make_bundle, make_event, make_ports, make_rule
from tests.fakes import MemoryStore


class InterruptedStore(MemoryStore):
    """Lets something else happen just before one commit, which was computed without it."""

    interrupt: Callable[[], object] | None = None

    def commit(self, transaction: Transaction) -> Result:
        interrupt, self.interrupt = self.interrupt, None
        if interrupt is not None:
            interrupt()
        return super().commit(transaction)


def make_interrupted() -> tuple[World, InterruptedStore]:
    store = InterruptedStore()
    return make_world(make_ports(store)), store


def test_two_reservations_of_one_host_give_one_holder_and_one_waiter() -> None:
    world, store = make_interrupted()
    store.interrupt = lambda: world.ask("host_reboot", "e2", host="i-0a")
    late = world.ask("host_reboot", "e1", host="i-0a")
    assert late.kind is VerdictKind.QUEUE
    assert len(world.holders()) == 1
    assert world.waiters() == [late.dispatch]


def test_a_holder_that_ends_while_another_enqueues_does_not_leave_it_waiting_for_nobody() -> None:
    world, store = make_interrupted()
    holder = world.ask("host_reboot", "e1", host="i-0a")
    store.interrupt = lambda: world.end(holder.dispatch)
    late = world.ask("host_reboot", "e2", host="i-0a")
    assert late.kind is VerdictKind.START
    assert world.holders() == [late.dispatch]


def test_a_waiter_that_leaves_while_another_enqueues_behind_it_does_not_leave_it_waiting_for_nobody() -> None:
    world, store = make_interrupted()
    world.ask("host_reboot", "e1", host="i-0b")
    both = world.ask("host_swap", "e2", a="i-0a", b="i-0b")
    store.interrupt = lambda: cancel_queued(world.row(both.dispatch), "not needed", world.ports, world.bundle)
    late = world.ask("host_reboot", "e3", host="i-0a")
    assert late.kind is VerdictKind.START


def test_a_waiter_that_arrives_while_the_holder_settles_is_promoted() -> None:
    world, store = make_interrupted()
    holder = world.ask("host_reboot", "e1", host="i-0a")
    world.executions.end(holder.dispatch, ExecutionStatus.SUCCEEDED)
    store.interrupt = lambda: world.ask("host_reboot", "e2", host="i-0a")
    settled = world.tell_again(holder.dispatch)
    assert len(settled.promoted) == 1
    assert world.holders() == list(settled.promoted)


def test_a_goal_that_is_met_while_its_dispatch_settles_is_owed_no_longer() -> None:
    world, store = make_interrupted()
    world.bundle = make_bundle(rules=(make_rule(goal=Goal('$object.state = "running"', 1800, (Rung(page="sre"),))),))
    (verdict,) = world.event(make_event()).verdicts
    world.executions.end(verdict.dispatch, ExecutionStatus.SUCCEEDED)
    up = make_event("up", state="running", time="2026-01-01T00:05:00Z")
    store.interrupt = lambda: world.event(up)
    world.tell_again(verdict.dispatch)
    row = world.row(verdict.dispatch)
    assert row["state"] == DispatchState.SUCCEEDED
    assert "goal_owed" not in row
    assert row["lane"].startswith("ended#")


def test_a_newcomer_does_not_pass_a_waiter_that_enqueued_after_it_had_read() -> None:
    world, store = make_interrupted()
    world.ask("host_reboot", "e1", host="i-0b")
    store.interrupt = lambda: world.ask("host_swap", "e2", tier="P0", a="i-0a", b="i-0b")
    assert world.ask("host_reboot", "e3", host="i-0a").kind is VerdictKind.QUEUE


def test_the_second_delivery_of_an_event_in_between_wins_and_the_first_reports_it() -> None:
    world, store = make_interrupted()
    store.interrupt = lambda: world.event(make_event())
    (verdict,) = world.event(make_event()).verdicts
    assert verdict.duplicate
    assert len(world.executions.started) == 1


def test_a_retry_after_the_rules_have_changed_keeps_the_first_recorded_decision() -> None:
    world, _ = make_interrupted()
    first = world.event(make_event()).verdicts[0]
    rule = world.bundle.rules[0]
    world.bundle = replace(world.bundle, version="bundle-2", rules=(rule._replace(branches=rule.branches[:0]),))
    again = world.event(make_event()).verdicts[0]
    assert (again.dispatch, again.state) == (first.dispatch, first.state)
    assert world.row(first.dispatch)["bundle_version"] == "bundle-1"


def test_a_state_that_changes_under_a_decision_makes_it_decide_again() -> None:
    world, store = make_interrupted()
    store.interrupt = lambda: world.event(make_event("e0", state="running", time="2026-01-01T00:00:09Z"))
    (verdict,) = world.event(make_event(time="2026-01-01T00:00:01Z")).verdicts
    assert world.object().state == "running"
    assert verdict.kind is VerdictKind.START


def test_what_changes_just_before_what_settled_acts_stops_it() -> None:
    world, store = make_interrupted()
    world.bundle = make_bundle(rules=(make_rule(correlate=Correlate(settle_s=90)),))
    (settling,) = world.event(make_event()).verdicts
    store.interrupt = lambda: world.event(make_event("up", state="running", time="2026-01-01T00:01:00Z"))
    assert release_held(settling.dispatch, world.ports, world.bundle).state is DispatchState.DROPPED
    assert (world.holders(), world.executions.started) == ([], {})


def test_no_start_passes_a_freeze_that_was_committed_before_it() -> None:
    world, store = make_interrupted()
    until = world.clock.now() + timedelta(hours=1)
    store.interrupt = lambda: freeze({}, "stop", "ana", until, (), world.ports)
    assert world.ask("host_reboot", "e1", host="i-0a").state is DispatchState.HELD
    assert world.executions.started == {}


def test_no_promotion_passes_a_freeze_that_was_committed_before_it() -> None:
    world, store = make_interrupted()
    holder = world.ask("host_reboot", "e1", host="i-0a")
    world.ask("host_reboot", "e2", host="i-0a")
    until = world.clock.now() + timedelta(hours=1)
    commits = []

    def freeze_before_the_promotion() -> None:
        commits.append(1)
        if len(commits) < 3:  # the quiet end, which is refused, and the owing one come first
            store.interrupt = freeze_before_the_promotion
        else:
            freeze({}, "stop", "ana", until, (), world.ports)

    store.interrupt = freeze_before_the_promotion
    assert world.end(holder.dispatch).promoted == ()
    assert len(world.executions.started) == 1


def test_what_is_to_be_kept_until_a_freeze_ends_is_not_when_it_has_just_ended() -> None:
    world, store = make_interrupted()
    made = freeze({}, "sale", "ana", world.clock.now() + timedelta(hours=9), (), world.ports, held="queue")
    store.interrupt = lambda: unfreeze(made.id, world.ports)
    assert world.ask("host_reboot", "e1", host="i-0a").kind is VerdictKind.START


def test_nor_is_a_waiter_nor_what_a_throttled_start_had_reserved() -> None:
    world, store = make_interrupted()
    holder = world.ask("host_reboot", "e1", host="i-0a").dispatch
    waiter = world.ask("host_reboot", "e2", host="i-0a").dispatch
    world.executions.answer = Start.THROTTLED
    reserved = world.ask("host_reboot", "e3", host="i-0b").dispatch
    world.executions.answer = None
    made = freeze({}, "sale", "ana", world.clock.now() + timedelta(hours=9), (), world.ports, held="queue")
    commits = []

    def unfreeze_before_it_is_parked() -> None:
        commits.append(1)
        if len(commits) < 3:  # the quiet end, which is refused, and the owing one come first
            store.interrupt = unfreeze_before_it_is_parked
        else:
            unfreeze(made.id, world.ports)

    store.interrupt = unfreeze_before_it_is_parked
    assert world.end(holder).promoted == (waiter,)
    again = freeze({}, "sale", "ana", world.clock.now() + timedelta(hours=9), (), world.ports, held="queue")
    store.interrupt = lambda: unfreeze(again.id, world.ports)
    assert take_turn(reserved, 1, world.ports, world.bundle) == "it has just moved on"
    world.clock.advance(61)
    world.tick()
    assert reserved in world.executions.started


def test_two_freezes_at_once_are_both_in_force() -> None:
    world, store = make_interrupted()
    until = world.clock.now() + timedelta(hours=1)
    store.interrupt = lambda: freeze({"zone": "a"}, "x", "ben", until, (), world.ports)
    freeze({"zone": "b"}, "y", "ana", until, (), world.ports)
    assert {one.owner for one in list_freezes(world.ports)} == {"ana", "ben"}


def test_whoever_takes_the_object_of_one_that_goes_on_between_its_read_and_its_write_is_seen() -> None:
    world, store = make_interrupted()
    make_resumable(world)
    resume = find_resumed(world, fail_at_boot(world))
    store.interrupt = lambda: world.end(world.ask("host_stop", "e2", host="i-0a").dispatch)
    refused = go_on(world, resume)
    assert refused.state is DispatchState.REJECTED
    assert refused.dispatch not in world.executions.started
