"""Going on from a failed step under a new reservation, whatever store is behind it: see tests/behaviour.py."""

from dataclasses import replace

from chalicelib.catalog.model import ApprovalLine, Resumption
from chalicelib.control.approvals.approval import Answer, Reply
from chalicelib.control.approvals.approve import answer, list_requests
from chalicelib.control.intake import admit
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ExecutionStatus, HistoryEvent, Verdict, VerdictKind
from chalicelib.control.ports import Start
from chalicelib.control.resumption import find_resume
from chalicelib.decision.model import Resume
from tests.behaviour import World
from tests.behaviour_claims import make_budget, observe
from tests.builders import HOST, make_bundle, make_decision

ANA = "arn:aws:iam::111122223333:user/ana"
GOES_ON = Resumption("hash-resume", ("drain", "boot"), ("drain", "boot"), {"drain": (0, 2)}, (), ())


def make_resumable(world: World) -> None:
    """Have host_reboot go on from its step `boot`."""
    workflows = dict(make_bundle().workflows)
    workflows["host_reboot"] = workflows["host_reboot"]._replace(resumption=GOES_ON, effect_timeout_s=0)
    world.bundle = make_bundle(workflows=workflows)


def fail_at_boot(world: World, event_id: str = "e1") -> str:
    """Start a reboot that drains its host and fails to boot it; give its dispatch."""
    dispatch = world.ask("host_reboot", event_id, host="i-0a").dispatch
    world.executions.histories[dispatch] = [
        HistoryEvent(1, 0, "entered", "drain"),
        HistoryEvent(2, 1, "exited", "drain", {"drain": {"port": 80}}),
        HistoryEvent(3, 2, "entered", "boot"),
    ]
    world.end(dispatch, ExecutionStatus.FAILED, "Odd")
    return dispatch


def find_resumed(world: World, dispatch: str) -> Resume:
    row = world.row(dispatch)
    history = world.ports.executions.read_history(row["workflow"], dispatch)
    found = find_resume(row, world.bundle.workflows["host_reboot"], history)
    assert isinstance(found, Resume), found
    return found


def go_on(world: World, resume: Resume, event_id: str = "again") -> Verdict:
    decision = make_decision("host_reboot", event_id, host="i-0a")
    return admit(decision._replace(resumes=resume), world.bundle, world.ports)


def test_it_is_a_new_dispatch_with_new_fences_on_a_machine_of_its_own(world: World) -> None:
    make_resumable(world)
    failed = fail_at_boot(world)
    verdict = go_on(world, find_resumed(world, failed))
    assert (verdict.kind, verdict.state) == (VerdictKind.START, DispatchState.RESERVED)
    assert verdict.dispatch != failed
    machine, given = world.executions.started[verdict.dispatch]
    assert machine == "host_reboot.resume"
    assert (given["from"], given["variables"], given["input"]) == ("boot", {"drain": {"port": 80}}, {"host": "i-0a"})
    assert (given["workflow_hash"], given["dispatch"]["fences"]) == ("hash-resume", {str(HOST): 2})
    assert world.row(verdict.dispatch)["workflow_hash"] == world.row(failed)["workflow_hash"]
    assert world.holders() == [verdict.dispatch]
    world.end(verdict.dispatch)
    assert world.row(verdict.dispatch)["state"] == DispatchState.SUCCEEDED
    assert world.holders() == []


def test_where_somebody_has_held_the_object_since_it_is_refused_by_name(world: World) -> None:
    make_resumable(world)
    resume = find_resumed(world, fail_at_boot(world))
    world.clock.advance(60)
    world.end(world.ask("host_stop", "e2", host="i-0a").dispatch)
    verdict = go_on(world, resume)
    assert (verdict.kind, verdict.state) == (VerdictKind.REJECT, DispatchState.REJECTED)
    assert verdict.reason.startswith("host/i-0a has been held by host_stop since (")
    assert verdict.dispatch not in world.executions.started
    assert world.holders() == []


def _queue_behind_a_budget(world: World) -> tuple[Verdict, str]:
    """Have one go on that must wait for another host's reboot; give it, and that."""
    make_resumable(world)
    control = world.bundle.control._replace(budgets=(make_budget(),))
    world.bundle = replace(world.bundle, control=control)
    observe(world, "i-0a", "i-0b")
    resume = find_resumed(world, fail_at_boot(world))
    other = world.ask("host_reboot", "e2", host="i-0b").dispatch
    waiting = go_on(world, resume)
    assert waiting.kind is VerdictKind.QUEUE
    return waiting, other


def test_one_that_waited_goes_on_if_nobody_has_held_its_object_meanwhile(world: World) -> None:
    waiting, other = _queue_behind_a_budget(world)
    assert world.end(other).promoted == (waiting.dispatch,)
    machine, given = world.executions.started[waiting.dispatch]
    assert (machine, given["from"], given["variables"]) == ("host_reboot.resume", "boot", {"drain": {"port": 80}})
    assert given["dispatch"]["fences"] == {str(HOST): 2}


def test_one_that_waited_while_somebody_passed_it_is_refused_when_its_turn_comes(world: World) -> None:
    waiting, other = _queue_behind_a_budget(world)
    passed = world.ask("host_tag", "e3", tier="P0", host="i-0a")
    assert passed.kind is VerdictKind.START
    world.end(passed.dispatch)
    assert world.end(other).promoted == ()
    row = world.row(waiting.dispatch)
    assert row["state"] == DispatchState.REJECTED
    assert row["reason"].startswith("while it waited, host/i-0a has been held by host_tag since")
    assert (world.waiters(), waiting.dispatch in world.executions.started) == ([], False)


def test_one_that_awaits_people_is_looked_at_again_when_they_have_answered(world: World) -> None:
    make_resumable(world)
    resume = find_resumed(world, fail_at_boot(world))
    lines = (ApprovalLine((), (), (), ("host_reboot",), (ANA,), 1, 3600),)
    world.bundle = replace(world.bundle, control=world.bundle.control._replace(approvals=lines))
    first, second = (go_on(world, resume, one).dispatch for one in ("again", "and again"))
    assert {world.row(one)["state"] for one in (first, second)} == {DispatchState.AWAITING}
    for one in (first, second):
        (asked,) = list_requests(one, world.ports)
        answer(asked.id, Answer(ANA, Reply.APPROVE, "do it", asked.hash, ""), world.ports, world.bundle)
        if world.row(one)["state"] == DispatchState.RESERVED:
            world.end(one)
    assert world.executions.started[first][0] == "host_reboot.resume"
    assert world.row(second)["state"] == DispatchState.REJECTED
    assert "has been held by host_reboot since" in world.row(second)["reason"]


def test_what_has_changed_since_is_not_gone_on_with(world: World) -> None:
    make_resumable(world)
    resume = find_resumed(world, fail_at_boot(world))
    workflows = {**world.bundle.workflows}
    workflows["host_reboot"] = workflows["host_reboot"]._replace(hash="another")
    world.bundle = make_bundle(workflows=workflows)
    verdict = go_on(world, resume)
    assert verdict.state == DispatchState.REJECTED
    assert "has changed since" in verdict.reason


def test_one_that_fails_again_can_go_on_again_with_what_the_first_had_made(world: World) -> None:
    make_resumable(world)
    again = go_on(world, find_resumed(world, fail_at_boot(world))).dispatch
    world.executions.histories[again] = [
        HistoryEvent(1, 0, "entered", "resume.begin"),
        HistoryEvent(2, 1, "entered", "boot"),
    ]
    world.end(again, ExecutionStatus.FAILED, "Odd")
    third = go_on(world, find_resumed(world, again), "third")
    assert third.state == DispatchState.RESERVED
    assert world.executions.started[third.dispatch][1]["variables"] == {"drain": {"port": 80}}
    assert world.row(third.dispatch)["resumes"]["dispatch"] == again


def test_a_start_that_was_cut_off_is_rolled_forward_on_the_same_machine(world: World) -> None:
    make_resumable(world)
    resume = find_resumed(world, fail_at_boot(world))
    world.executions.answer = Start.THROTTLED
    dispatch = go_on(world, resume).dispatch
    assert dispatch not in world.executions.started
    world.executions.answer = None
    world.clock.advance(2 * world.bundle.control.start_grace_s)
    world.tick()
    assert world.executions.started[dispatch][0] == "host_reboot.resume"


def test_the_same_decision_again_goes_on_once(world: World) -> None:
    make_resumable(world)
    resume = find_resumed(world, fail_at_boot(world))
    first, second = go_on(world, resume), go_on(world, resume)
    assert (second.dispatch, second.duplicate) == (first.dispatch, True)
    assert [call for call in world.executions.calls if call.startswith("start")].count(f"start {first.dispatch}") <= 2
    assert world.object().fence == 2
