"""How campaigns behave, whatever store is behind control: batches of targets, the gate between them, and what stops them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.catalog.model import Batch, BatchPolicy, Branch, Bundle, Rule, Service, Tier
from chalicelib.control.approvals.approval import Answer, Approval, ApprovalClosed, ApprovalState, Reply
from chalicelib.control.approvals.approve import answer, read_approval, reconcile_approvals
from chalicelib.control.cancel import cancel
from chalicelib.control.freeze import freeze
from chalicelib.control.intake import handle_event
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ExecutionStatus, Verdict, VerdictKind
from chalicelib.control.settle import release_held
from chalicelib.identity import ObjectId
from tests.behaviour import World
from tests.builders import HOME, make_bundle, make_event, make_rule

TARGETS: dict[str, Any] = {"kind": "host", "service": "{% $object.name %}", "zone": None, "labels": {}}
SUCCEEDED, FAILED = ExecutionStatus.SUCCEEDED, ExecutionStatus.FAILED


def make_campaign_bundle(**policy: Any) -> Bundle:
    """A rule that reboots the hosts of the service that an event names, in batches of 1, 2 and what is left."""
    said = {"steps": ("1", "2", "100%"), **policy}
    rule = make_rule(
        name="reboot_all",
        match={"source": ["ops"]},
        object="service/{% $event.detail.service %}",
        branches=(Branch(when=None, run="host_reboot", with_={"host": "{% $target.name %}"}),),
        goal=None,
        page="sre",
        batch=Batch(TARGETS, BatchPolicy(**said)),
    )
    return make_bundle(rules=(rule,))


class Fleet:
    """A service's hosts, and a campaign over them."""

    def __init__(self, world: World, count: int = 6, down: tuple[str, ...] = (), **policy: Any) -> None:
        self.world = world
        world.bundle = make_campaign_bundle(**policy)
        self.hosts = [f"i-{number}" for number in range(count)]
        for host in self.hosts:
            self.see(host, "stopped" if host in down else "running")

    def see(self, host: str, state: str, minute: int = 0) -> None:
        detail = {
            "object": f"host/{host}", "state": state, "at": f"2026-01-01T00:{minute:02d}:00Z", "root_id": "r", "hops": 1,
            "labels": {"service": "checkout", "zone": "ab"[int(host[2:]) % 2]},
        }  # fmt: skip
        raw = make_event(f"see-{host}-{state}-{minute}")
        self.world.event(raw | {"source": "interlock", "detail-type": "Object State Changed", "detail": detail})

    def begin(self) -> Verdict:
        raw = make_event("go") | {"source": "ops", "detail-type": "Reboot", "detail": {"service": "checkout"}}
        (verdict,) = self.world.event(raw).verdicts
        self.deliver()
        return verdict

    def deliver(self) -> None:
        """Deliver the messages that campaigns sent to themselves."""
        while sent := [one for one in self.world.delays.sent if one[1] == 0]:
            for one in sent:
                self.world.delays.sent.remove(one)
                release_held(one[0], self.world.ports, self.world.bundle)

    @property
    def running(self) -> dict[str, str]:
        """Host -> dispatch of what was started and is not over."""
        executions = self.world.executions
        return {
            given["input"]["host"]: name
            for name, (_, given) in executions.started.items()
            if executions.executions[name].status is ExecutionStatus.RUNNING
        }

    def end(self, host: str, status: ExecutionStatus = SUCCEEDED) -> None:
        self.world.end(self.running[host], status, "NotFound" if status is FAILED else "")
        self.deliver()

    def end_all(self, status: ExecutionStatus = SUCCEEDED) -> None:
        for host in sorted(self.running):
            self.end(host, status)


def test_targets_are_started_batch_after_batch_and_each_holds_its_own_lock(world: World) -> None:
    fleet = Fleet(world)
    verdict = fleet.begin()
    assert (verdict.kind, verdict.state) == (VerdictKind.BATCH, DispatchState.ROLLING)
    assert "6 targets in 3 batches of 1, 2, 3" in verdict.reason
    sizes = []
    while fleet.running:
        hosts = sorted(fleet.running)
        sizes.append(len(hosts))
        for host in hosts:
            assert world.holders(ObjectId(HOME.account, HOME.region, "host", host)) == [fleet.running[host]]
            row = world.row(fleet.running[host])
            assert (row["campaign"], row["batch"]) == (verdict.dispatch, len(sizes))
        fleet.end_all()
    assert sizes == [1, 2, 3]
    row = world.row(verdict.dispatch)
    assert (row["state"], row["batch_done"], row["batch_failed"]) == ("succeeded", 6, 0)
    assert row["lane"].startswith("ended#")
    assert world.publisher.published == []


def test_the_next_batch_waits_for_the_last_of_this_one(world: World) -> None:
    fleet = Fleet(world)
    fleet.begin()
    fleet.end_all()
    first, second = sorted(fleet.running)
    fleet.end(first)
    assert sorted(fleet.running) == [second]


def test_the_same_event_again_starts_nothing_more(world: World) -> None:
    fleet = Fleet(world)
    first = fleet.begin()
    again = fleet.begin()
    assert (again.dispatch, again.duplicate) == (first.dispatch, True)
    assert len(world.executions.started) == 1


def test_more_failures_than_allowed_stop_it_and_page_once(world: World) -> None:
    fleet = Fleet(world, stop_failures="1")
    verdict = fleet.begin()
    fleet.end_all(FAILED)
    assert len(fleet.running) == 2
    fleet.end_all(FAILED)
    row = world.row(verdict.dispatch)
    assert (row["state"], fleet.running) == ("failed", {})
    assert row["reason"] == "stopped in batch 2 of 3: 2 of 6 failed, 1 may"
    ((kind, detail),) = world.publisher.published
    assert (kind, detail["page"], detail["reason"]) == ("Page Requested", "sre", row["reason"])
    for _ in range(3):
        world.clock.advance(4000)
        world.tick()
    assert len(world.publisher.published) == 1
    assert len(world.executions.started) == 3


def test_a_share_of_failures_is_exact(world: World) -> None:
    fleet = Fleet(world, stop_failures="10%")
    verdict = fleet.begin()
    fleet.end_all(FAILED)
    assert world.row(verdict.dispatch)["reason"] == "stopped in batch 1 of 3: 1 of 6 failed, 10% may"


def test_a_target_that_somebody_else_holds_waits_and_its_batch_waits_for_it(world: World) -> None:
    fleet = Fleet(world)
    other = world.ask("host_reboot", "other", host="i-1")
    verdict = fleet.begin()
    fleet.end("i-0")
    assert sorted(fleet.running) == ["i-1", "i-2"]
    fleet.end("i-2")
    assert world.row(verdict.dispatch)["batch_open"] == 2
    world.end(other.dispatch)
    assert fleet.running["i-1"] != other.dispatch
    fleet.end("i-1")
    assert world.row(verdict.dispatch)["batch_open"] == 3


def test_when_it_stops_its_waiting_targets_leave_their_queues(world: World) -> None:
    fleet = Fleet(world)
    other = world.ask("host_reboot", "other", host="i-1")
    fleet.begin()
    fleet.end("i-0")
    host = ObjectId(HOME.account, HOME.region, "host", "i-1")
    (waiter,) = world.waiters(host)
    fleet.end("i-2", FAILED)
    assert world.waiters(host) == []
    assert world.row(waiter)["state"] == "cancelled"
    world.end(other.dispatch)
    assert fleet.running == {}


def test_no_batch_begins_while_too_many_of_the_service_are_down(world: World) -> None:
    fleet = Fleet(world, max_unavailable={"": "2"})
    verdict = fleet.begin()
    fleet.see("i-5", "stopped", 1)
    fleet.end_all()
    row = world.row(verdict.dispatch)
    assert fleet.running == {}
    assert row["stuck"] == ("batch 2 waits: checkout may have 2 down (of 6), and 1 are; it would take 2")
    fleet.see("i-5", "running", 2)
    world.clock.advance(61)
    world.tick()
    fleet.deliver()
    assert len(fleet.running) == 2
    assert "stuck" not in world.row(verdict.dispatch)


def test_what_others_work_on_counts_as_down(world: World) -> None:
    fleet = Fleet(world, max_unavailable={"": "2"})
    verdict = fleet.begin()
    other = world.ask("host_reboot", "other", host="i-5")
    fleet.end("i-0")
    assert list(fleet.running.values()) == [other.dispatch]
    assert "1 are; it would take 2" in world.row(verdict.dispatch)["stuck"]


def test_waiting_for_room_ends_with_a_page(world: World) -> None:
    fleet = Fleet(world, max_unavailable={"": "1"}, progress_deadline_s=3600)
    verdict = fleet.begin()
    fleet.see("i-5", "stopped", 1)
    fleet.end_all()
    for _ in range(2):
        world.clock.advance(2000)
        world.tick()
    row = world.row(verdict.dispatch)
    assert (row["state"], len(world.publisher.published)) == ("failed", 1)
    assert "found no room for too long" in row["reason"]


def test_targets_that_have_no_room_when_it_is_planned_come_last(world: World) -> None:
    fleet = Fleet(world, down=("i-0", "i-1"), max_unavailable={"": "2"})
    verdict = fleet.begin()
    assert [world.row(verdict.dispatch)["batches"][name] for name in ("sizes", "left_out_count")] == [[1, 1, 2, 2], 0]
    assert sorted(fleet.running) == ["i-0"]
    fleet.end_all()
    fleet.end_all()
    assert "2 down (of 6), and 2 are" in world.row(verdict.dispatch)["stuck"]


def test_a_changed_workflow_stops_what_was_planned_for_the_old_one(world: World) -> None:
    fleet = Fleet(world)
    verdict = fleet.begin()
    workflows = {name: one._replace(hash="new") for name, one in world.bundle.workflows.items()}
    world.bundle = replace(world.bundle, workflows=workflows)
    fleet.end_all()
    assert "was changed after the batches were made" in world.row(verdict.dispatch)["reason"]
    assert fleet.running == {}


def test_a_frozen_target_stops_it(world: World) -> None:
    fleet = Fleet(world)
    verdict = fleet.begin()
    freeze({"service": "checkout"}, "audit", "ann", world.clock.now() + timedelta(hours=1), (), world.ports)
    fleet.end_all()
    assert (world.row(verdict.dispatch)["state"], fleet.running) == ("failed", {})


def test_cancelled_it_begins_no_further_batch_and_pages_nobody(world: World) -> None:
    fleet = Fleet(world)
    verdict = fleet.begin()
    done = cancel(verdict.dispatch, "ann", "wrong fleet", world.ports, world.bundle)
    assert done.action == "no further batch begins; what runs goes on to its end"
    fleet.end_all()
    assert fleet.running == {}
    row = world.row(verdict.dispatch)
    assert (row["state"], row["reason"]) == ("cancelled", "cancelled by ann: wrong fleet")
    assert world.publisher.published == []


def test_a_batch_larger_than_one_step_is_handed_over_in_several(world: World) -> None:
    fleet = Fleet(world, count=45, steps=("100%",))
    verdict = fleet.begin()
    assert len(fleet.running) == 45
    fleet.end_all()
    assert world.row(verdict.dispatch)["state"] == "succeeded"


def test_lost_messages_and_lost_ends_are_made_good_by_reconcile(world: World) -> None:
    fleet = Fleet(world)
    raw = make_event("go") | {"source": "ops", "detail-type": "Reboot", "detail": {"service": "checkout"}}
    (verdict,) = world.event(raw).verdicts
    for _ in range(20):
        world.delays.sent.clear()
        for dispatch in fleet.running.values():
            world.executions.end(dispatch, SUCCEEDED)
        world.clock.advance(700)
        world.tick()
    assert (world.row(verdict.dispatch)["state"], len(world.executions.started)) == ("succeeded", 6)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"object": "service/nobody"}, "no known host of service nobody is meant"),
        ({"page": None}, "nobody is named to be paged if it stops: rule reboot_all, tier P1"),
        (
            {"branches": (Branch(when=None, run="host_reboot", with_={"hast": "{% $target.name %}"}),)},
            "for host/i-0: ",
        ),
    ],
)
def test_what_cannot_be_cut_is_recorded_and_starts_nothing(world: World, change: dict[str, Any], reason: str) -> None:
    fleet = Fleet(world, count=2)
    (rule,) = world.bundle.rules
    world.bundle = replace(world.bundle, rules=(rule._replace(**change),))
    verdict = fleet.begin()
    assert verdict.state is DispatchState.UNDECIDED
    assert reason in verdict.reason


def test_the_hash_binds_workflow_targets_inputs_and_batches(world: World) -> None:
    def plan(event: str, **policy: Any) -> str:
        world.bundle = make_campaign_bundle(**policy)
        raw = make_event(event) | {"source": "ops", "detail-type": "Reboot", "detail": {"service": "checkout"}}
        (verdict,) = handle_event(raw, world.bundle, HOME, world.ports).verdicts
        return str(world.row(verdict.dispatch)["plan_hash"])

    fleet = Fleet(world)
    first = plan("e1")
    assert plan("e2") == first
    assert plan("e3", steps=("2", "100%")) != first
    fleet.see("i-9", "running")
    assert plan("e4") != first


def test_the_bound_of_a_tier_holds_where_the_rule_says_none(world: World) -> None:
    fleet = Fleet(world)
    tiers = (Tier("P0", 0), Tier("P1", 1, batch=BatchPolicy(max_unavailable={"": "50%"})), Tier("P2", 2))
    services = (Service("checkout", "P1", "team", {"service": "checkout"}, batch=BatchPolicy(steps=("3",))),)
    (rule,) = world.bundle.rules
    assert rule.batch is not None
    bare: Rule = rule._replace(batch=Batch(rule.batch.targets, BatchPolicy()))
    world.bundle = replace(world.bundle, tiers=tiers, services=services, rules=(bare,))
    row = world.row(fleet.begin().dispatch)
    assert row["batches"]["sizes"] == [3, 3]
    assert row["batches"]["arithmetic"] == ["checkout may have 3 down (50% of 6), and 0 are"]


PAUSE: dict[str, Any] = {
    "pause_for_approval": "first",
    "approval": {"approvers": ["ana", "ben"], "need": 1, "expires_s": 3600},
}
APPROVER = "arn:aws:iam::111122223333:user/ana"


def ask_about(fleet: Fleet, verdict: Verdict, batch: int = 2) -> Approval:
    return read_approval(f"{verdict.dispatch}.batch.{batch}", fleet.world.ports)


def reply_to(fleet: Fleet, approval: Approval, reply: Reply) -> None:
    said = Answer(APPROVER, reply, "looked at it", approval.hash, "")
    answer(approval.id, said, fleet.world.ports, fleet.world.bundle)
    fleet.deliver()


def test_after_the_first_batch_people_are_asked_once_and_a_yes_lets_it_go_on(world: World) -> None:
    fleet = Fleet(world, **PAUSE)
    verdict = fleet.begin()
    fleet.end_all()
    assert fleet.running == {}
    asked = ask_about(fleet, verdict)
    assert (asked.state, asked.question.approvers) == (ApprovalState.PENDING, ("ana", "ben"))
    assert world.row(verdict.dispatch)["stuck"] == "batch 2 waits for the approval of ana, ben"
    assert [kind for kind, _ in world.publisher.published] == ["Approval Requested"]
    reply_to(fleet, asked, Reply.APPROVE)
    assert len(fleet.running) == 2
    fleet.end_all()
    assert len(fleet.running) == 3
    fleet.end_all()
    assert world.row(verdict.dispatch)["state"] == "succeeded"


def test_it_may_ask_before_every_batch_and_what_is_asked_names_plan_and_batch(world: World) -> None:
    fleet = Fleet(world, **{**PAUSE, "pause_for_approval": "every"})
    verdict = fleet.begin()
    hashes = []
    for batch in (2, 3):
        fleet.end_all()
        asked = ask_about(fleet, verdict, batch)
        hashes.append(asked.hash)
        reply_to(fleet, asked, Reply.APPROVE)
    assert len(set(hashes)) == 2
    assert len(fleet.running) == 3


def test_a_no_ends_it_without_a_page(world: World) -> None:
    fleet = Fleet(world, **PAUSE)
    verdict = fleet.begin()
    fleet.end_all()
    reply_to(fleet, ask_about(fleet, verdict), Reply.REJECT)
    row = world.row(verdict.dispatch)
    assert (row["state"], row["reason"]) == ("cancelled", "stopped before batch 2: rejected by ana: looked at it")
    assert "Page Requested" not in [kind for kind, _ in world.publisher.published]


def test_no_answer_in_time_ends_it_with_a_page(world: World) -> None:
    fleet = Fleet(world, **PAUSE)
    verdict = fleet.begin()
    fleet.end_all()
    world.clock.advance(3601)
    reconcile_approvals(world.ports, world.bundle)
    fleet.deliver()
    assert world.row(verdict.dispatch)["state"] == "failed"
    assert [kind for kind, _ in world.publisher.published].count("Page Requested") == 1


def test_a_campaign_that_is_cancelled_voids_what_it_asks(world: World) -> None:
    fleet = Fleet(world, **PAUSE)
    verdict = fleet.begin()
    fleet.end_all()
    cancel(verdict.dispatch, "ann", "wrong fleet", world.ports, world.bundle)
    asked = ask_about(fleet, verdict)
    assert asked.state is ApprovalState.VOID
    with pytest.raises(ApprovalClosed):
        reply_to(fleet, asked, Reply.APPROVE)


def test_without_anybody_to_ask_it_does_not_begin(world: World) -> None:
    fleet = Fleet(world, pause_for_approval="first")
    verdict = fleet.begin()
    assert verdict.state is DispatchState.UNDECIDED
    assert "nobody is named under `approval`" in verdict.reason
