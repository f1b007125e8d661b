"""How people are asked and answer, whatever store is behind it. Imported beside `tests.behaviour`."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.catalog.model import ApprovalLine, Conflict, Intent, Verb
from chalicelib.control.approvals.approval import (
    Answer,
    Approval,
    ApprovalClosed,
    ApprovalState,
    NotApprover,
    OtherHash,
    OwnRequest,
    Reply,
    UnknownApproval,
)
from chalicelib.control.approvals.approve import (
    Answered,
    Ask,
    answer,
    ask,
    list_answers,
    list_pending,
    read_approval,
    reconcile_approvals,
)
from chalicelib.control.cancel import cancel
from chalicelib.control.freeze import freeze
from chalicelib.control.intake import admit
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ExecutionStatus, VerdictKind
from tests.behaviour import World
from tests.builders import HOST, make_decision, make_event
from tests.faults import Crash, Fuse, break_ports

ANA, BEN, EVE = (f"arn:aws:iam::123456789012:user/{name}" for name in ("ana", "ben", "eve"))
QUESTION = {
    "from": ["ana", "ben"],
    "need": 1,
    "reason": "Reboot i-0a?",
    "expires_s": 3600,
    "on_expiry": "fail",
    "on_reject": "fail",
}


def run_and_ask(world: World, token: str = "token-1", **changes: Any) -> Approval:
    """Start a workflow, and have its step `sign` ask."""
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    world.tell_again(dispatch)
    ask(Ask(dispatch, "sign", token, {**QUESTION, **changes}), world.ports)
    return read_approval(f"{dispatch}.sign", world.ports)


def say(world: World, approval: Approval, who: str, reply: Reply = Reply.APPROVE, **changes: Any) -> Answered:
    said = Answer(who, reply, "looks right", changes.get("hash", approval.hash), "")
    return answer(approval.id, said, world.ports, world.bundle)


def tick_approvals(world: World) -> list[str]:
    return [action for _, _, action in reconcile_approvals(world.ports, world.bundle)]


def test_a_step_that_asks_is_listed_and_announced_without_its_token(world: World) -> None:
    approval = run_and_ask(world)
    assert [one.id for one in list_pending(world.ports)] == [approval.id]
    (kind, detail) = world.publisher.published[-1]
    assert kind == "Approval Requested"
    assert (detail["asks"], detail["from"], detail["hash"]) == ("Reboot i-0a?", ["ana", "ben"], approval.hash)
    assert "token-1" not in str(detail)
    assert tick_approvals(world) == []


def test_a_yes_lets_the_step_go_on_and_says_by_whom(world: World) -> None:
    approval = run_and_ask(world)
    done = say(world, approval, ANA)
    assert (done.changed, done.approval.state) == (True, ApprovalState.APPROVED)
    told = world.executions.told["token-1"]
    assert told == {"approved": True, "by": [ANA], "reason": "looks right", "at": done.approval.closed_at}
    assert list_pending(world.ports) == ()
    assert [(one.who, one.hash) for one in list_answers(approval, world.ports)] == [(ANA, approval.hash)]
    assert world.publisher.published[-1][0] == "Approval Closed"


def test_two_of_two_must_say_yes_and_one_person_counts_once(world: World) -> None:
    approval = run_and_ask(world, need=2)
    assert say(world, approval, ANA).action == "1 of 2 have approved"
    again = say(world, approval, ANA, Reply.REJECT)
    assert (again.changed, again.approval.given, again.approval.state) == (False, 1, ApprovalState.PENDING)
    assert world.executions.told == {}
    assert say(world, approval, BEN).approval.state is ApprovalState.APPROVED
    assert world.executions.told["token-1"]["by"] == [ANA, BEN]


@pytest.mark.parametrize(("then", "told"), [("fail", "ApprovalRejected"), ("continue", False)])
def test_one_no_is_a_no(world: World, then: str, told: object) -> None:
    approval = run_and_ask(world, need=2, on_reject=then)
    say(world, approval, ANA)
    assert say(world, approval, BEN, Reply.REJECT).approval.state is ApprovalState.REJECTED
    said = world.executions.told["token-1"]
    assert said.get("error", said.get("approved")) == told
    assert BEN in str(said) or "ben" in str(said)


@pytest.mark.parametrize(("then", "told"), [("fail", "ApprovalExpired"), ("continue", False)])
def test_what_nobody_answers_expires_by_reconcile_alone(world: World, then: str, told: object) -> None:
    approval = run_and_ask(world, need=2, on_expiry=then)
    say(world, approval, ANA)
    world.clock.advance(3599)
    assert tick_approvals(world) == []
    world.clock.advance(1)
    with pytest.raises(ApprovalClosed, match="expired"):
        say(world, approval, BEN)
    assert len(tick_approvals(world)) == 1
    said = world.executions.told["token-1"]
    assert said.get("error", said.get("approved")) == told
    assert read_approval(approval.id, world.ports).state is ApprovalState.EXPIRED
    assert tick_approvals(world) == []


def test_who_must_not_answer_changes_nothing(world: World) -> None:
    approval = run_and_ask(world)
    with pytest.raises(NotApprover, match="not one of those who are asked: ana, ben"):
        say(world, approval, EVE)
    with pytest.raises(OtherHash):
        say(world, approval, ANA, hash="of something else")
    with pytest.raises(UnknownApproval):
        answer(f"{approval.subject.dispatch}.other", Answer(ANA, Reply.APPROVE, "", "", ""), world.ports, world.bundle)
    with pytest.raises(UnknownApproval):
        answer("../etc", Answer(ANA, Reply.APPROVE, "", "", ""), world.ports, world.bundle)
    assert read_approval(approval.id, world.ports) == approval
    assert list_answers(approval, world.ports) == ()
    assert world.executions.told == {}


def test_who_asked_for_the_dispatch_does_not_approve_its_steps(world: World) -> None:
    decision = make_decision("host_reboot", host="i-0a")._replace(
        request={"principal": ANA, "reason": "", "digest": ""}
    )
    dispatch = admit(decision, world.bundle, world.ports).dispatch
    ask(Ask(dispatch, "sign", "token-1", QUESTION), world.ports)
    approval = read_approval(f"{dispatch}.sign", world.ports)
    with pytest.raises(OwnRequest):
        say(world, approval, ANA)
    assert say(world, approval, BEN).approval.state is ApprovalState.APPROVED


def test_an_execution_that_ends_voids_what_it_asked(world: World) -> None:
    approval = run_and_ask(world)
    world.end(approval.subject.dispatch, ExecutionStatus.ABORTED)
    voided = read_approval(approval.id, world.ports)
    assert voided.state is ApprovalState.VOID
    assert "its dispatch is" in voided.reason
    assert list_pending(world.ports) == ()
    with pytest.raises(ApprovalClosed, match="void"):
        say(world, approval, ANA)
    world.clock.advance(4000)
    assert tick_approvals(world) == []
    assert world.executions.told == {}


def test_a_dispatch_that_is_over_asks_nobody(world: World) -> None:
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    world.end(dispatch)
    assert ask(Ask(dispatch, "sign", "token-1", QUESTION), world.ports) == "its dispatch is succeeded"
    assert list_pending(world.ports) == ()


def test_a_second_attempt_asks_nothing_new_and_its_token_is_the_one_that_counts(world: World) -> None:
    approval = run_and_ask(world)
    ask(Ask(approval.subject.dispatch, "sign", "token-2", QUESTION), world.ports)
    assert len(list_pending(world.ports)) == 1
    assert [kind for kind, _ in world.publisher.published].count("Approval Requested") == 1
    say(world, approval, ANA)
    assert list(world.executions.told) == ["token-2"]
    ask(Ask(approval.subject.dispatch, "sign", "token-3", QUESTION), world.ports)
    assert world.executions.told["token-3"]["by"] == [ANA], "what was answered before is told at once"


def test_a_task_that_does_not_wait_any_more_ends_the_matter(world: World) -> None:
    approval = run_and_ask(world)
    world.executions.deaf.add("token-1")
    assert say(world, approval, ANA).action == "its step does not wait any more"
    assert tick_approvals(world) == []


@pytest.mark.parametrize(
    "wrong",
    [{"from": []}, {"from": [1]}, {"need": 0}, {"need": "2"}, {"expires_s": 10**9}, {"reason": ""}, {"reason": None}],
)
def test_a_question_that_makes_no_sense_fails_its_task(world: World, wrong: dict[str, Any]) -> None:
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    ask(Ask(dispatch, "sign", "token-1", {**QUESTION, **wrong}), world.ports)
    assert world.executions.told["token-1"]["error"] == "ApprovalRefused"
    assert list_pending(world.ports) == ()


def test_while_it_waits_reconcile_asks_step_functions_nothing(world: World) -> None:
    approval = run_and_ask(world, expires_s=86400)
    for _ in range(20):
        world.clock.advance(3600)
        assert world.tick() == ()
        assert tick_approvals(world) == []
    assert say(world, approval, ANA).changed


# --- plans that await approval ----------------------------------------------------------------------------------------

LINE = ApprovalLine(("P1",), (Intent.DISRUPT,), (), (), ("ana", "ben"), 1, 3600)


def guard(world: World, line: ApprovalLine = LINE) -> None:
    """Have the policy ask people."""
    world.bundle = replace(world.bundle, control=world.bundle.control._replace(approvals=(line,)))


def propose(world: World, event_id: str = "e1", requester: str = EVE, host: str = "i-0a") -> Approval:
    """Ask for a reboot that needs approval."""
    request = {"principal": requester, "reason": "", "digest": ""}
    decision = make_decision("host_reboot", event_id, host=host)._replace(request=request)
    verdict = admit(decision, world.bundle, world.ports)
    assert (verdict.kind, verdict.state) == (VerdictKind.AWAIT, DispatchState.AWAITING)
    return read_approval(verdict.dispatch, world.ports)


def test_a_plan_that_awaits_approval_holds_nothing_and_asks(world: World) -> None:
    guard(world)
    approval = propose(world)
    assert approval.hash == world.row(approval.id)["plan_hash"]
    assert (world.holders(), world.waiters(), world.object().fence) == ([], [], 0)
    assert world.executions.started == {}
    assert world.publisher.published[-1][0] == "Approval Requested"
    assert propose_again(world) == approval.id
    for _ in range(3):
        world.clock.advance(600)
        assert (world.tick(), tick_approvals(world)) == ((), [])


def propose_again(world: World) -> str:
    verdict = admit(make_decision("host_reboot", host="i-0a"), world.bundle, world.ports)
    assert verdict.duplicate
    return verdict.dispatch


def test_what_the_policy_does_not_name_starts_by_itself(world: World) -> None:
    guard(world)
    assert world.ask("host_reboot", "e2", tier="P2", host="i-0a").kind is VerdictKind.START
    assert world.ask("host_tag", "e3", host="i-0b").kind is VerdictKind.START
    assert world.ask("look", "e4").kind is VerdictKind.START


def test_the_last_yes_reserves_from_a_fresh_read_and_starts(world: World) -> None:
    guard(world, LINE._replace(need=2))
    approval = propose(world)
    other = world.ask("host_tag", "e9", host="i-0a")
    world.end(other.dispatch)
    say(world, approval, ANA)
    assert world.executions.started.keys() == {other.dispatch}
    assert say(world, approval, BEN).action == "its dispatch is started"
    row = world.row(approval.id)
    assert (row["state"], row["approved_by"]) == ("reserved", [ANA, BEN])
    assert world.executions.started[approval.id][1]["dispatch"]["fences"] == {str(HOST): 2}
    assert world.holders() == [approval.id]
    world.end(approval.id)
    assert world.row(approval.id)["state"] == "succeeded"


def test_an_approved_plan_waits_its_turn_like_any_other(world: World) -> None:
    guard(world)
    approval = propose(world)
    running = world.ask("host_reboot", "e2", tier="P0", host="i-0a")
    assert say(world, approval, ANA).action.startswith("its dispatch is queued: ")
    assert world.waiters() == [approval.id]
    assert world.end(running.dispatch).promoted == (approval.id,)
    assert world.holders() == [approval.id]


def test_an_approved_plan_may_have_what_is_in_its_way_stopped(world: World) -> None:
    guard(world)
    line = Conflict((), (), (), ("host_reboot",), Verb.REPLACE)
    conflicts = (line, *world.bundle.control.conflicts)
    world.bundle = replace(world.bundle, control=world.bundle.control._replace(conflicts=conflicts))
    approval = propose(world)
    running = world.ask("host_tag", "e2", host="i-0a")
    say(world, approval, ANA)
    assert world.row(approval.id)["state"] == "queued"
    assert (approval.id, 0) in world.delays.sent, "it is told to stop the other one at once"
    world.end(running.dispatch)
    assert world.holders() == [approval.id]


def test_an_approved_plan_whose_goal_was_reached_meanwhile_does_not_run(world: World) -> None:
    guard(world, LINE._replace(tiers=()))
    (verdict,) = world.event(make_event()).verdicts
    assert verdict.state == DispatchState.AWAITING
    world.event(make_event("e9", state="running", time="2026-01-01T00:05:00Z"))
    approval = read_approval(verdict.dispatch, world.ports)
    assert "the goal was reached" in say(world, approval, ANA).action
    assert world.row(verdict.dispatch)["state"] == DispatchState.SUPERSEDED
    assert (world.executions.started, world.holders()) == ({}, [])


def test_one_no_rejects_the_plan(world: World) -> None:
    guard(world)
    approval = propose(world)
    say(world, approval, ANA, Reply.REJECT)
    row = world.row(approval.id)
    assert (row["state"], row["reason"]) == ("rejected", "rejected by ana: looks right")
    assert world.executions.started == {}


def test_nobody_approves_what_they_asked_for_themselves(world: World) -> None:
    guard(world)
    approval = propose(world, requester=ANA)
    with pytest.raises(OwnRequest):
        say(world, approval, ANA)
    assert world.row(approval.id)["state"] == "awaiting"


def test_what_is_not_approved_in_time_expires(world: World) -> None:
    guard(world)
    approval = propose(world)
    world.clock.advance(3600)
    assert tick_approvals(world) == [f"its dispatch does not start: 0 of 1 had approved by {approval.expires_at}"]
    assert world.row(approval.id)["state"] == "expired"
    with pytest.raises(ApprovalClosed):
        say(world, approval, ANA)


def test_where_silence_is_enough_a_plan_starts_once_its_time_is_over(world: World) -> None:
    guard(world, LINE._replace(on_expiry="continue"))
    approval = propose(world)
    world.clock.advance(3600)
    assert tick_approvals(world) == ["its dispatch is started"]
    row = world.row(approval.id)
    assert (row["state"], row["approved_by"], list(world.executions.started)) == ("reserved", [], [approval.id])
    assert row["reason"].endswith(f"0 of 1 had approved by {approval.expires_at}, and nobody had said no")
    with pytest.raises(ApprovalClosed):
        say(world, approval, ANA, Reply.REJECT)


def test_where_silence_is_enough_one_no_is_still_a_no(world: World) -> None:
    guard(world, LINE._replace(on_expiry="continue", need=2))
    approval = propose(world)
    say(world, approval, ANA)
    say(world, approval, BEN, Reply.REJECT)
    world.clock.advance(3600)
    assert tick_approvals(world) == []
    assert (world.row(approval.id)["state"], world.executions.started) == ("rejected", {})


def test_what_silence_let_pass_is_another_plan_by_now_and_does_not_start(world: World) -> None:
    guard(world, LINE._replace(on_expiry="continue"))
    propose(world)
    changed = world.bundle.workflows["host_reboot"]._replace(hash="another")
    world.bundle = replace(world.bundle, workflows={**world.bundle.workflows, "host_reboot": changed})
    world.clock.advance(3600)
    (told,) = tick_approvals(world)
    assert "its approval is void" in told
    assert world.executions.started == {}


def test_what_silence_let_pass_and_a_freeze_holds_is_not_asked_about_again(world: World) -> None:
    guard(world, LINE._replace(on_expiry="continue"))
    approval = propose(world)
    until = world.clock.now() + timedelta(hours=2)
    freeze({}, "sale", "ops", until, (), world.ports, held="queue")
    world.clock.advance(3600)
    tick_approvals(world)
    assert world.row(approval.id)["state"] == "frozen"
    world.clock.advance(3601)
    world.tick()
    assert (world.row(approval.id)["state"], list(world.executions.started)) == ("reserved", [approval.id])


def test_a_plan_that_is_another_by_now_voids_its_approval(world: World) -> None:
    guard(world)
    approval = propose(world)
    changed = world.bundle.workflows["host_reboot"]._replace(hash="another")
    world.bundle = replace(world.bundle, workflows={**world.bundle.workflows, "host_reboot": changed})
    assert "its approval is void" in say(world, approval, ANA).action
    row = world.row(approval.id)
    assert row["state"] == "rejected"
    assert approval.hash in row["reason"]
    assert (world.holders(), world.executions.started) == ([], {})


def test_a_workflow_that_is_gone_by_now_voids_its_approval(world: World) -> None:
    guard(world)
    approval = propose(world)
    world.bundle = replace(world.bundle, workflows={})
    assert "its approval is void" in say(world, approval, ANA).action
    assert world.row(approval.id)["state"] == "rejected"


def test_an_approved_plan_passes_no_freeze(world: World) -> None:
    guard(world)
    approval = propose(world)
    freeze({}, "sale", "ops", world.clock.now() + timedelta(hours=1), (), world.ports)
    assert say(world, approval, ANA).action.startswith("its dispatch is held: everything is frozen")
    assert world.row(approval.id)["state"] == "held"
    assert (world.holders(), world.executions.started) == ([], {})


def test_an_approval_that_a_freeze_has_kept_is_void_if_the_plan_is_another_by_then(world: World) -> None:
    guard(world)
    approval = propose(world)
    freeze({}, "sale", "ops", world.clock.now() + timedelta(hours=1), (), world.ports, held="queue")
    say(world, approval, ANA)
    assert world.row(approval.id)["state"] == "frozen"
    changed = world.bundle.workflows["host_reboot"]._replace(hash="another")
    world.bundle = replace(world.bundle, workflows={**world.bundle.workflows, "host_reboot": changed})
    world.clock.advance(3601)
    (done,) = world.tick()
    assert "its approval is void" in done.action
    assert world.row(approval.id)["state"] == "rejected"
    assert (world.holders(), world.executions.started) == ([], {})


def test_what_awaits_approval_is_cancelled_and_its_question_with_it(world: World) -> None:
    guard(world)
    approval = propose(world)
    done = cancel(approval.id, BEN, "not needed", world.ports, world.bundle)
    assert (done.state, done.action) == (DispatchState.AWAITING, "it waits for no approval any more")
    assert world.row(approval.id)["state"] == "cancelled"
    assert list_pending(world.ports) == ()
    with pytest.raises(ApprovalClosed, match="void"):
        say(world, approval, ANA)


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_at_any_call_of_an_answer_is_made_good_by_reconcile(world: World, after: bool) -> None:  # noqa: FBT001
    guard(world)
    whole = world.fakes = world.ports
    for at in range(1, 20):
        approval = propose(world, event_id=f"e{at}", host=f"i-{at:02x}")
        fuse = Fuse({at: after})
        world.ports = break_ports(whole, fuse)
        try:
            say(world, approval, ANA)
            crashed = False
        except Crash:
            crashed = True
        world.ports = whole
        tick_approvals(world)
        if world.row(approval.id)["state"] == "awaiting":
            say(world, approval, ANA)
        assert world.row(approval.id)["state"] == "reserved", at
        assert approval.id in world.executions.started
        if not crashed:
            return
    pytest.fail("an answer makes more calls than were tried")
