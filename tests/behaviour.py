"""How control behaves, whatever store is behind it: run on the in-memory fake, on moto and on the local AWS.

Each test takes `world`, which a conftest builds around its store.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.catalog.model import Bundle
from chalicelib.control.cancel import break_dispatch, cancel
from chalicelib.control.freeze import FreezeEnded, UnknownFreeze, freeze, list_freezes, unfreeze
from chalicelib.control.intake import Outcome, admit, handle_event, read_records
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ExecutionStatus, Freeze, ObjectRecord, Verdict, VerdictKind
from chalicelib.control.ports import Ports, Start
from chalicelib.control.reconcile import Reconciled, cancel_queued, reconcile, retire
from chalicelib.control.records import SHARDS, WAIT, dispatch_key, event_key, object_key
from chalicelib.control.registry import list_members, read_kind
from chalicelib.control.settle import Settled, release_held, settle_execution
from chalicelib.control.settlement import mark_retiring
from chalicelib.control.transaction import Committed
from chalicelib.identity import ObjectId
from tests.builders import HOME, HOST, OTHER, make_bundle, make_decision, make_event, make_ports, make_rule
from tests.fakes import FakeClock, FakeDelays, FakeExecutions, FakePublisher


@dataclass
class World:
    """A bundle and ports, and the verbs a test speaks in."""

    ports: Ports
    bundle: Bundle = field(default_factory=make_bundle)
    fakes: Ports | None = None
    """Where the fakes are, if `ports` has something before them."""

    @property
    def executions(self) -> FakeExecutions:
        real = (self.fakes or self.ports).executions
        assert isinstance(real, FakeExecutions)
        return real

    @property
    def delays(self) -> FakeDelays:
        real = (self.fakes or self.ports).delays
        assert isinstance(real, FakeDelays)
        return real

    @property
    def publisher(self) -> FakePublisher:
        real = (self.fakes or self.ports).publisher
        assert isinstance(real, FakePublisher)
        return real

    @property
    def clock(self) -> FakeClock:
        assert isinstance(self.ports.clock, FakeClock)
        return self.ports.clock

    def event(self, raw: object) -> Outcome:
        return handle_event(raw, self.bundle, HOME, self.ports)

    def ask(self, workflow: str, event_id: str = "e1", tier: str = "P1", **given: Any) -> Verdict:
        return admit(make_decision(workflow, event_id, tier, **given), self.bundle, self.ports)

    def end(self, dispatch: str, status: ExecutionStatus = ExecutionStatus.SUCCEEDED, error: str = "") -> Settled:
        return settle_execution(dispatch, self.executions.end(dispatch, status, error), self.ports, self.bundle)

    def tell_again(self, dispatch: str) -> Settled:
        return settle_execution(dispatch, self.executions.executions[dispatch], self.ports, self.bundle)

    def tick(self) -> tuple[Reconciled, ...]:
        return reconcile(self.ports, self.bundle)

    def row(self, dispatch: str) -> dict[str, Any]:
        key = dispatch_key(dispatch)
        return dict(self.ports.store.read([key])[key])

    def object(self, object_id: ObjectId = HOST) -> ObjectRecord:
        return read_records({object_id}, self.ports)[object_id]

    def holders(self, object_id: ObjectId = HOST) -> list[str]:
        return [holder.dispatch for holder in self.object(object_id).holders]

    def waiters(self, object_id: ObjectId = HOST) -> list[str]:
        page = self.ports.store.query(object_key(object_id).pk, WAIT, 100)
        return [item["dispatch"] for item in page.items]


def make_world(ports: Ports | None = None) -> World:
    return World(ports or make_ports())


# --- start -----------------------------------------------------------------------------------------------------------


def test_a_stopped_host_is_locked_and_its_workflow_started_once(world: World) -> None:
    outcome = world.event(make_event())
    (verdict,) = outcome.verdicts
    assert (verdict.kind, verdict.state) == (VerdictKind.START, DispatchState.RESERVED)
    assert world.holders() == [verdict.dispatch]
    workflow, given = world.executions.started[verdict.dispatch]
    assert workflow == "host_reboot"
    assert given["input"] == {"host": "i-0a"}
    assert given["dispatch"]["fences"] == {str(HOST): 1}
    assert given["dispatch"]["fence"] == 1
    assert given["workflow_hash"] == "hash-host_reboot"
    assert given["retired"] is False
    assert world.object().state == "stopped"


def test_the_same_event_twice_starts_one_execution_and_says_so(world: World) -> None:
    first = world.event(make_event()).verdicts[0]
    again = world.event(make_event()).verdicts[0]
    assert again.dispatch == first.dispatch
    assert again.duplicate
    assert len(world.executions.started) == 1
    assert world.object().fence == 1


def test_a_crash_after_the_reservation_is_rolled_forward_by_the_second_delivery(world: World) -> None:
    world.executions.answer = Start.THROTTLED
    dispatch = world.event(make_event()).verdicts[0].dispatch
    world.executions.answer = None
    assert world.event(make_event()).verdicts[0].duplicate
    assert list(world.executions.started) == [dispatch]


def test_a_workflow_that_touches_nothing_needs_no_lock(world: World) -> None:
    verdict = world.ask("look")
    assert verdict.kind is VerdictKind.START
    assert world.row(verdict.dispatch)["locks"] == []


def test_compatible_intents_share_an_object_and_each_gets_a_higher_fence(world: World) -> None:
    first, second = world.ask("host_tag", "e1", host="i-0a"), world.ask("host_tag", "e2", host="i-0a")
    assert world.holders() == sorted([first.dispatch, second.dispatch])
    assert [world.executions.started[one.dispatch][1]["dispatch"]["fence"] for one in (first, second)] == [1, 2]


def test_locks_of_one_plan_are_taken_all_or_none(world: World) -> None:
    holder = world.ask("host_reboot", "e1", host="i-0b")
    waiting = world.ask("host_swap", "e2", a="i-0a", b="i-0b")
    assert waiting.kind is VerdictKind.QUEUE
    assert (world.holders(HOST), world.holders(OTHER)) == ([], [holder.dispatch])


def test_a_list_in_touches_locks_each_of_its_objects(world: World) -> None:
    verdict = world.ask("fleet_patch", "e1", hosts=["i-0a", "i-0b"])
    assert (world.holders(HOST), world.holders(OTHER)) == ([verdict.dispatch], [verdict.dispatch])
    assert world.ask("host_reboot", "e2", host="i-0b").kind is VerdictKind.QUEUE


# --- queue and reject ------------------------------------------------------------------------------------------------


def test_a_second_decider_waits_and_is_told_who_holds_the_host(world: World) -> None:
    holder = world.ask("host_reboot", "e1", host="i-0a")
    second = world.ask("host_reboot", "e2", host="i-0a")
    assert second.kind is VerdictKind.QUEUE
    assert [blocker.dispatch for blocker in second.blockers] == [holder.dispatch]
    assert "host_reboot holds host/i-0a" in second.reason
    assert world.waiters() == [second.dispatch]
    assert list(world.executions.started) == [holder.dispatch]


def test_a_workflow_that_the_policy_refuses_is_rejected_with_the_holder_named(world: World) -> None:
    holder = world.ask("host_reboot", "e1", host="i-0a")
    refused = world.ask("host_stop", "e2", host="i-0a")
    assert (refused.kind, refused.state) == (VerdictKind.REJECT, DispatchState.REJECTED)
    assert refused.blockers[0].dispatch == holder.dispatch
    assert world.row(refused.dispatch)["blockers"][0]["workflow"] == "host_reboot"
    assert world.waiters() == []


def test_an_unknown_pair_is_rejected(world: World) -> None:
    control = world.bundle.control
    world.bundle = make_bundle(control=type(control)((), 5, 3600, 4, 60))
    world.ask("host_reboot", "e1", host="i-0a")
    assert world.ask("host_reboot", "e2", host="i-0a").kind is VerdictKind.REJECT


def test_the_queue_is_bounded(world: World) -> None:
    world.ask("host_reboot", "e0", host="i-0a")
    kinds = [world.ask("host_reboot", f"q{n}", host="i-0a").kind for n in range(6)]
    assert kinds == [VerdictKind.QUEUE] * 5 + [VerdictKind.REJECT]


def test_settling_starts_the_next_waiter_with_the_next_fence(world: World) -> None:
    holder = world.ask("host_reboot", "e1", host="i-0a")
    second = world.ask("host_reboot", "e2", host="i-0a")
    settled = world.end(holder.dispatch)
    assert settled.promoted == (second.dispatch,)
    assert world.holders() == [second.dispatch]
    assert world.waiters() == []
    assert world.executions.started[second.dispatch][1]["dispatch"]["fence"] == 2
    assert world.object().waiters == 0


def test_a_higher_tier_is_promoted_before_an_older_waiter(world: World) -> None:
    holder = world.ask("host_reboot", "e1", host="i-0a")
    low = world.ask("host_reboot", "e2", tier="P2", host="i-0a")
    world.clock.advance(5)
    high = world.ask("host_reboot", "e3", tier="P0", host="i-0a")
    assert world.end(holder.dispatch).promoted == (high.dispatch,)
    assert world.end(high.dispatch).promoted == (low.dispatch,)


def test_a_waiter_that_is_still_blocked_elsewhere_is_skipped(world: World) -> None:
    on_b = world.ask("host_reboot", "e1", host="i-0b")
    on_a = world.ask("host_reboot", "e2", host="i-0a")
    both = world.ask("host_swap", "e3", a="i-0a", b="i-0b")
    world.clock.advance(1)
    behind = world.ask("host_reboot", "e4", host="i-0a")
    assert world.end(on_a.dispatch).promoted == (behind.dispatch,)
    assert world.end(on_b.dispatch).promoted == ()
    assert world.end(behind.dispatch).promoted == (both.dispatch,)
    assert (world.holders(HOST), world.holders(OTHER)) == ([both.dispatch], [both.dispatch])


def test_no_newcomer_passes_a_waiter_of_its_own_tier(world: World) -> None:
    on_b = world.ask("host_reboot", "e1", host="i-0b")
    both = world.ask("host_swap", "e2", a="i-0a", b="i-0b")
    newcomer = world.ask("host_reboot", "e3", host="i-0a")
    assert newcomer.kind is VerdictKind.QUEUE
    assert "already waiting" in newcomer.reason
    assert world.end(on_b.dispatch).promoted == (both.dispatch,)
    assert world.end(both.dispatch).promoted == (newcomer.dispatch,)


def test_a_newcomer_of_a_higher_tier_passes_a_waiter(world: World) -> None:
    world.ask("host_reboot", "e1", host="i-0b")
    world.ask("host_swap", "e2", a="i-0a", b="i-0b")
    assert world.ask("host_reboot", "e3", tier="P0", host="i-0a").kind is VerdictKind.START


def test_a_waiter_whose_goal_was_reached_meanwhile_does_not_run(world: World) -> None:
    holder = world.ask("host_reboot", "e1", host="i-0a")
    (second,) = world.event(make_event("e2")).verdicts
    assert second.kind is VerdictKind.QUEUE
    world.event(make_event("e3", state="running", time="2026-01-01T00:05:00Z"))
    assert world.end(holder.dispatch).promoted == ()
    assert world.row(second.dispatch)["state"] == DispatchState.SUPERSEDED
    assert (world.holders(), world.waiters()) == ([], [])


def test_a_cancelled_waiter_leaves_every_queue_and_wakes_who_waited_behind_it(world: World) -> None:
    on_b = world.ask("host_reboot", "e1", host="i-0b")
    both = world.ask("host_swap", "e2", a="i-0a", b="i-0b")
    behind = world.ask("host_reboot", "e3", host="i-0a")
    assert cancel_queued(world.row(both.dispatch), "not needed", world.ports, world.bundle)
    assert world.row(both.dispatch)["state"] == DispatchState.CANCELLED
    assert (world.holders(HOST), world.holders(OTHER)) == ([behind.dispatch], [on_b.dispatch])
    assert (world.waiters(HOST), world.waiters(OTHER)) == ([], [])


def test_a_waiter_expires(world: World) -> None:
    world.ask("host_reboot", "e1", host="i-0a")
    second = world.ask("host_reboot", "e2", host="i-0a")
    world.clock.advance(3601)
    world.tick()
    assert world.row(second.dispatch)["state"] == DispatchState.EXPIRED
    assert world.waiters() == []


# --- settle ----------------------------------------------------------------------------------------------------------


def test_success_frees_the_object(world: World) -> None:
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    settled = world.end(dispatch)
    assert settled.changed
    assert world.holders() == []
    row = world.row(dispatch)
    assert row["state"] == DispatchState.SUCCEEDED
    assert row["lane"].startswith("ended#2026-01-01#")
    assert world.object().fence == 1


def test_a_doubled_or_late_end_changes_nothing_and_frees_no_one_else(world: World) -> None:
    first = world.ask("host_reboot", "e1", host="i-0a").dispatch
    world.end(first)
    second = world.ask("host_reboot", "e2", host="i-0a").dispatch
    assert not world.tell_again(first).changed
    assert world.holders() == [second]


def test_an_end_before_the_running_event_is_settled_and_the_running_event_then_ignored(world: World) -> None:
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    running = world.executions.executions[dispatch]
    world.end(dispatch)
    assert not settle_execution(dispatch, running, world.ports, world.bundle).changed
    assert world.row(dispatch)["state"] == DispatchState.SUCCEEDED


def test_the_running_event_marks_the_dispatch_and_keeps_reconcile_away(world: World) -> None:
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    assert world.tell_again(dispatch).changed
    assert world.row(dispatch)["state"] == DispatchState.RUNNING
    world.clock.advance(120)
    assert world.tick() == ()


def test_a_failure_that_leaves_nothing_behind_frees_at_once(world: World) -> None:
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    world.end(dispatch, ExecutionStatus.FAILED, "NotFound")
    assert world.row(dispatch)["state"] == DispatchState.FAILED
    assert world.holders() == []


def test_after_a_bad_end_the_lock_stays_until_no_effect_can_be_running(world: World) -> None:
    dispatch = world.ask("host_reboot", "e1", host="i-0a").dispatch
    world.end(dispatch, ExecutionStatus.TIMED_OUT)
    assert world.row(dispatch)["state"] == DispatchState.HOLDING
    assert world.delays.sent == [(dispatch, 120)]
    second = world.ask("host_reboot", "e2", host="i-0a")
    assert second.kind is VerdictKind.QUEUE
    assert release_held(dispatch, world.ports, world.bundle).promoted == (second.dispatch,)
    assert world.row(dispatch)["state"] == DispatchState.TIMED_OUT
    assert world.holders() == [second.dispatch]


def test_a_lost_hold_message_is_sent_again_and_a_doubled_one_changes_nothing(world: World) -> None:
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    world.end(dispatch, ExecutionStatus.ABORTED)
    world.clock.advance(181)
    world.tick()
    assert world.delays.sent == [(dispatch, 120)] * 2
    assert world.holders() == [dispatch]
    assert release_held(dispatch, world.ports, world.bundle).changed
    assert not release_held(dispatch, world.ports, world.bundle).changed


def test_a_promotion_cut_off_by_a_crash_is_resumed_by_the_second_status_event(world: World) -> None:
    dispatch, second = _owe_a_promotion(world)
    assert world.tell_again(dispatch).promoted == (second,)
    assert "promotion_owed" not in world.row(dispatch)


def test_a_promotion_cut_off_by_a_crash_is_resumed_by_reconcile(world: World) -> None:
    dispatch, second = _owe_a_promotion(world)
    (done,) = world.tick()
    assert (done.dispatch, done.found) == (dispatch, "promotion_owed")
    assert world.holders() == [second]


def _owe_a_promotion(world: World) -> tuple[str, str]:
    """Settle as far as the transaction, and stop there as a crash would."""
    from chalicelib.control.settlement import judge_end, settle  # noqa: PLC0415 - only this helper goes behind settle

    dispatch = world.ask("host_reboot", "e1", host="i-0a").dispatch
    second = world.ask("host_reboot", "e2", host="i-0a").dispatch
    row = world.row(dispatch)
    settlement = judge_end(row, world.executions.end(dispatch, ExecutionStatus.SUCCEEDED))
    assert settlement is not None
    result = world.ports.store.commit(settle(row, settlement, world.clock.now(), owes=True))
    assert isinstance(result, Committed)
    assert world.holders() == []
    return dispatch, second


# --- reconcile and retire --------------------------------------------------------------------------------------------


def test_a_reservation_that_was_never_started_is_rolled_forward_under_its_own_name(world: World) -> None:
    world.executions.answer = Start.THROTTLED
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    world.executions.answer = None
    assert world.tick() == ()
    world.clock.advance(61)
    (done,) = world.tick()
    assert (done.dispatch, done.action) == (dispatch, "started under its own name")
    assert list(world.executions.started) == [dispatch]
    assert world.row(dispatch)["state"] == DispatchState.RUNNING


def test_an_end_whose_event_was_lost_is_found_and_settled(world: World) -> None:
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    world.executions.end(dispatch, ExecutionStatus.SUCCEEDED)
    world.clock.advance(61)
    (done,) = world.tick()
    assert done.action == "settled: SUCCEEDED"
    assert world.holders() == []


def test_an_execution_that_is_not_found_keeps_its_lock(world: World) -> None:
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    world.tell_again(dispatch)
    del world.executions.executions[dispatch]
    world.clock.advance(601)
    world.tick()
    assert world.holders() == [dispatch]
    assert "stuck" in world.row(dispatch)


def test_a_healthy_execution_is_asked_about_at_most_once_for_each_time_it_is_due(world: World) -> None:
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    world.tell_again(dispatch)
    world.executions.calls.clear()
    world.clock.advance(599)
    world.tick()
    assert world.executions.calls == []
    world.clock.advance(2)
    world.tick()
    world.tick()
    assert world.executions.calls == [f"describe {dispatch}"]


def test_a_reservation_over_thirty_days_old_is_retired_and_never_runs(world: World) -> None:
    world.executions.answer = Start.THROTTLED
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    world.executions.answer = None
    world.clock.advance(31 * 24 * 3600)
    world.tick()
    assert world.executions.started[dispatch][1]["retired"] is True
    assert world.holders() == [dispatch], "the lock stays until the name is known to be used up"
    world.tell_again(dispatch)
    assert world.row(dispatch)["state"] == DispatchState.RETIRED
    assert world.holders() == []


def test_a_retirement_that_comes_after_the_start_finds_the_dispatch_running(world: World) -> None:
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    row = world.row(dispatch)
    world.ports.store.commit(mark_retiring(row, "cancelled", world.clock.now()))
    assert retire(world.row(dispatch), world.ports, world.bundle) == "it had started: running"
    assert world.row(dispatch)["state"] == DispatchState.RUNNING
    assert world.holders() == [dispatch]
    world.end(dispatch)
    assert world.row(dispatch)["state"] == DispatchState.SUCCEEDED


def test_a_machine_that_cannot_be_started_shows_the_dispatch_as_stuck(world: World) -> None:
    world.executions.answer = Start.REFUSED
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    world.clock.advance(61)
    world.tick()
    assert "refuses" in world.row(dispatch)["stuck"]
    assert world.holders() == [dispatch]


# --- nothing lost ----------------------------------------------------------------------------------------------------


def test_an_event_without_a_rule_is_recorded_and_what_it_observed_is_kept(world: World) -> None:
    outcome = world.event(make_event(state="running"))
    assert outcome.kind == "no rule"
    assert world.object().state == "running"
    key = event_key("e1")
    assert world.ports.store.read([key])[key]["outcome"] == "no rule"


def test_an_older_observation_does_not_overwrite_a_newer_one(world: World) -> None:
    world.event(make_event("e2", state="running", time="2026-01-01T00:00:05Z"))
    world.event(make_event("e1", state="pending", time="2026-01-01T00:00:01Z"))
    assert world.object().state == "running"


def test_a_malformed_event_goes_to_the_dead_letters_with_its_cause(world: World) -> None:
    outcome = world.event({"id": "e1", "source": "aws.ec2"})
    assert outcome.kind == "dead letter"
    assert outcome.cause
    lanes = [world.ports.store.list_lane(f"dead#2026-01-01#{shard}") for shard in range(SHARDS)]
    (letter,) = [item for page in lanes for item in page.items]
    assert letter["cause"] == outcome.cause


def test_a_rule_that_cannot_be_decided_is_recorded_with_the_reason(world: World) -> None:
    broken = make_rule(name="broken", object="host/{% $event.detail.nowhere %}")
    world.bundle = make_bundle(rules=(broken, make_rule()))
    states = [verdict.state for verdict in world.event(make_event()).verdicts]
    assert states == [DispatchState.UNDECIDED, DispatchState.RESERVED], "the other rule is not affected"
    undecided = world.event(make_event()).verdicts[0]
    assert "nowhere" in world.row(undecided.dispatch)["reason"]


def test_a_decision_whose_input_does_not_fit_is_recorded_with_the_reason(world: World) -> None:
    verdict = world.ask("host_reboot", hots="i-0a")
    assert verdict.state is DispatchState.UNDECIDED
    assert "input.host is required" in verdict.reason
    assert "input.hots is not known" in verdict.reason


def test_a_page_is_recorded_and_published_and_starts_nothing(world: World) -> None:
    world.event(make_event("e0", state="pending", detail={"instance-id": "i-0a", "state": "pending"}))
    world.ports.store.commit(_label(HOST, {"service": "ledger"}))
    (verdict,) = world.event(make_event("e1", time="2026-01-01T00:01:00Z")).verdicts
    assert verdict.state is DispatchState.PAGED
    ((kind, page),) = world.publisher.published
    assert (kind, page["page"], page["tier"], page["hops"]) == ("Page Requested", "sre", "P0", 1)
    assert "is true" in page["reason"]
    world.event(make_event("e1", time="2026-01-01T00:01:00Z"))
    world.clock.advance(61)
    world.tick()
    assert len(world.publisher.published) == 1, "a second delivery and a tick page nobody again"
    assert world.executions.started == {}


def _label(object_id: ObjectId, labels: dict[str, str]) -> Any:
    from chalicelib.control.transaction import Transaction, Update  # noqa: PLC0415 - a write behind control's back

    return Transaction((Update(object_key(object_id), set={"labels": labels}),))


def test_a_chain_that_is_too_long_is_held_and_a_person_is_paged_once(world: World) -> None:
    pattern = {"source": ["interlock"]}
    world.bundle = make_bundle(rules=(make_rule(match=pattern, object="host/i-0a", page="sre"),))
    raw = make_event("loop") | {
        "source": "interlock",
        "detail-type": "Object State Changed",
        "detail": {
            "object": "host/i-0a", "state": "stopped", "at": "2026-01-01T00:00:00Z", "labels": {}, "root_id": "root",
            "hops": world.bundle.control.max_hops + 1,
        },
    }  # fmt: skip
    for _ in range(2):
        (verdict,) = world.event(raw).verdicts
    assert verdict.state is DispatchState.HELD
    ((_, page),) = world.publisher.published
    assert (page["page"], page["root_id"]) == ("sre", "root")
    assert "dispatches lie between event root" in page["reason"]
    assert world.executions.started == {}


def test_reaching_the_goal_is_noted_on_the_object(world: World) -> None:
    world.event(make_event())
    assert (world.object().goal or {})["status"] == "pursuing"
    world.event(make_event("e2", state="running", time="2026-01-01T00:05:00Z"))
    assert (world.object().goal or {})["status"] == "met"


def test_start_history_is_kept_for_the_next_decision(world: World) -> None:
    world.end(world.ask("host_reboot", "e1", host="i-0a").dispatch)
    world.ask("host_tag", "e2", host="i-0a")
    assert [workflow for workflow, _ in world.object().starts] == ["host_reboot", "host_tag"]


# --- cancel and break ------------------------------------------------------------------------------------------------


def test_a_waiter_can_be_cancelled_and_the_row_says_by_whom_and_why(world: World) -> None:
    holder = world.ask("host_reboot", "e1", host="i-0a")
    waiting = world.ask("host_reboot", "e2", host="i-0a")
    done = cancel(waiting.dispatch, "ana", "not needed", world.ports, world.bundle)
    assert (done.state, done.action) == (DispatchState.QUEUED, "left the queue")
    assert world.row(waiting.dispatch)["reason"] == "cancelled by ana: not needed"
    assert world.end(holder.dispatch).promoted == ()


def test_a_reservation_can_be_cancelled_and_never_runs_afterwards(world: World) -> None:
    world.executions.answer = Start.THROTTLED
    dispatch = world.ask("host_reboot", "e1", host="i-0a").dispatch
    world.executions.answer = None
    cancel(dispatch, "ana", "wrong host", world.ports, world.bundle)
    assert world.holders() == [dispatch], "the lock stays until the name is known to be used up"
    assert world.executions.started[dispatch][1]["retired"] is True
    world.tell_again(dispatch)
    assert world.row(dispatch)["state"] == DispatchState.RETIRED
    assert world.holders() == []


def test_a_running_dispatch_is_not_cancelled_but_broken(world: World) -> None:
    dispatch = world.ask("host_reboot", "e1", host="i-0a").dispatch
    world.tell_again(dispatch)
    assert cancel(dispatch, "ana", "x", world.ports, world.bundle).action.startswith("nothing")
    assert break_dispatch(dispatch, "ana", "it hangs", world.ports, world.bundle).action == "stopped its execution"
    assert world.row(dispatch)["broken"] == "broken by ana: it hangs"
    assert world.holders() == [dispatch], "stopping frees nothing: the end of the execution does"
    world.tell_again(dispatch)
    assert world.row(dispatch)["state"] == DispatchState.HOLDING
    release_held(dispatch, world.ports, world.bundle)
    assert world.row(dispatch)["state"] == DispatchState.ABORTED
    assert world.holders() == []


def test_what_is_over_is_neither_cancelled_nor_broken(world: World) -> None:
    dispatch = world.ask("host_reboot", "e1", host="i-0a").dispatch
    world.end(dispatch)
    assert cancel(dispatch, "ana", "x", world.ports, world.bundle).action.startswith("nothing")
    assert break_dispatch(dispatch, "ana", "x", world.ports, world.bundle).action.startswith("nothing")
    assert world.row(dispatch)["state"] == DispatchState.SUCCEEDED


# --- freezes ---------------------------------------------------------------------------------------------------------


def _freeze(world: World, scope: dict[str, str] | None = None, exempt: tuple[str, ...] = (), hours: int = 1) -> Freeze:
    until = world.clock.now() + timedelta(hours=hours)
    return freeze(scope or {}, "peak sale", "ana", until, exempt, world.ports)


def test_the_global_stop_holds_everything_that_changes_anything_and_nothing_else(world: World) -> None:
    _freeze(world)
    held = world.ask("host_reboot", "e1", host="i-0a")
    assert (held.state, world.holders()) == (DispatchState.HELD, [])
    assert "everything is frozen until 2026-01-01T01:00:00.000Z by ana: peak sale" in held.reason
    assert world.ask("look", "e2").kind is VerdictKind.START, "what only observes goes on"


def test_a_freeze_of_a_service_holds_its_objects_only_and_ends_by_itself(world: World) -> None:
    world.ports.store.commit(_label(HOST, {"service": "checkout"}))
    _freeze(world, {"service": "checkout"})
    assert world.ask("host_reboot", "e1", host="i-0a").state is DispatchState.HELD
    assert world.ask("host_reboot", "e2", host="i-0b").kind is VerdictKind.START
    world.clock.advance(3601)
    assert world.ask("host_reboot", "e3", host="i-0a").kind is VerdictKind.START


@pytest.mark.parametrize("scope", [{"tier": "P1"}, {"workflow": "host_reboot"}, {"object": str(HOST)}])
def test_a_freeze_names_a_tier_a_workflow_or_an_object(world: World, scope: dict[str, str]) -> None:
    _freeze(world, scope)
    assert world.ask("host_reboot", "e1", host="i-0a").state is DispatchState.HELD
    other = world.ask("host_tag", "e2", "P2", host="i-0b")
    assert other.kind is VerdictKind.START


def test_an_exempt_tier_passes_a_freeze(world: World) -> None:
    _freeze(world, exempt=("P0",))
    assert world.ask("host_reboot", "e1", "P1", host="i-0a").state is DispatchState.HELD
    assert world.ask("host_reboot", "e2", "P0", host="i-0a").kind is VerdictKind.START


def test_a_waiter_whose_turn_comes_in_a_freeze_is_held_and_not_run(world: World) -> None:
    holder = world.ask("host_reboot", "e1", host="i-0a")
    waiting = world.ask("host_reboot", "e2", host="i-0a")
    _freeze(world)
    assert world.end(holder.dispatch).promoted == ()
    assert world.row(waiting.dispatch)["state"] == DispatchState.HELD
    assert "frozen" in world.row(waiting.dispatch)["reason"]
    assert (world.holders(), world.waiters()) == ([], [])


def test_a_freeze_can_be_ended_and_the_list_says_what_is_in_force(world: World) -> None:
    made, other = _freeze(world), _freeze(world, {"zone": "a"})
    assert list_freezes(world.ports) == (made, other)
    assert unfreeze(made.id, world.ports) == made
    assert list_freezes(world.ports) == (other,)
    assert world.ask("host_reboot", "e1", host="i-0a").kind is VerdictKind.START
    with pytest.raises(UnknownFreeze):
        unfreeze(made.id, world.ports)
    world.clock.advance(3601)
    assert list_freezes(world.ports) == ()


def test_a_freeze_without_a_future_is_refused(world: World) -> None:
    with pytest.raises(FreezeEnded):
        _freeze(world, hours=0)


# --- the registry ----------------------------------------------------------------------------------------------------


def test_an_object_is_known_from_its_first_observation_on_however_it_came(world: World) -> None:
    world.event(make_event("r1", host="i-r1"))
    world.event(make_event("r2", host="i-r2", state="running"))
    world.event(make_event("r3", host="i-r1", state="running", time="2026-01-01T00:05:00Z"))
    assert {one.name for one in list_members("host", world.ports.store)} >= {"i-r1", "i-r2"}
    known = {one.name: record for one, record in read_kind("host", world.ports).items()}
    assert known["i-r1"].state == known["i-r2"].state == "running"
    assert all(record.registered for record in known.values())
    assert list(list_members("certificate", world.ports.store)) == []
