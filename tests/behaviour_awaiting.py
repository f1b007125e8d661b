"""Plans that await approval in the middle of something: a rung of a goal's ladder, an event that has settled, a target."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.catalog.model import ApprovalLine, Correlate, Goal, Intent
from chalicelib.control.approvals.approval import Answer, Reply
from chalicelib.control.approvals.approve import answer, list_pending, read_approval, reconcile_approvals
from chalicelib.control.cancel import cancel
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ExecutionStatus
from chalicelib.control.settle import release_held
from tests.behaviour import World
from tests.behaviour_campaigns import Fleet
from tests.behaviour_goals import PAGE, SWAP, climb_by, goal, later, run_host, stands, stop_host
from tests.behaviour_windows import send, set_windows
from tests.builders import make_event

ANA = "arn:aws:iam::123456789012:user/ana"
TAGS = ApprovalLine((), (Intent.CONFIGURE,), (), ("host_tag",), ("ana",), 1, 3600)
"""People are asked before `host_tag`, which is the ladder's rung here."""
REBOOTS = TAGS._replace(intents=(), workflows=("host_reboot",))
SETTLE = Correlate(settle_s=90)


def ask_first(world: World, line: ApprovalLine) -> None:
    world.bundle = replace(world.bundle, control=world.bundle.control._replace(approvals=(line,)))


def reply(world: World, dispatch: str, said: Reply = Reply.APPROVE) -> str:
    asked = read_approval(dispatch, world.ports)
    done = answer(asked.id, Answer(ANA, said, "I have looked", asked.hash, ""), world.ports, world.bundle)
    return done.action


def pages(world: World) -> list[str]:
    return [detail["page"] for kind, detail in world.publisher.published if kind == "Page Requested"]


def reach_rung(world: World, **changes: Any) -> tuple[str, str]:
    """Have the first dispatch of a ladder fail; give it, and the rung that awaits approval."""
    climb_by(world, SWAP, PAGE, **changes)
    ask_first(world, TAGS)
    first = stop_host(world).dispatch
    world.end(first, ExecutionStatus.FAILED, "NotFound")
    [asked] = list_pending(world.ports)
    return first, asked.id


# --- a rung ----------------------------------------------------------------------------------------------------------


def test_a_rung_that_awaits_approval_pursues_the_goal_and_holds_nothing(world: World) -> None:
    first, rung = reach_rung(world)
    row = world.row(rung)
    assert (row["state"], row["workflow"], row["goal"]["rung"]) == ("awaiting", "host_tag", 1)
    assert stands(world) == ("pursuing", 1, 0)
    assert goal(world)["dispatch"] == rung
    assert (world.holders(), list(world.executions.started)) == ([], [first])
    later(world, 600)
    assert stands(world) == ("pursuing", 1, 0), "before the deadline nothing else is tried"
    assert pages(world) == []


def test_an_approved_rung_starts_and_its_end_goes_on_with_the_ladder(world: World) -> None:
    first, rung = reach_rung(world)
    assert reply(world, rung) == "its dispatch is started"
    assert set(world.executions.started) == {first, rung}
    assert stands(world) == ("pursuing", 1, 0)
    world.end(rung, ExecutionStatus.FAILED, "NotFound")
    assert stands(world) == ("escalated", 2, 0)
    assert pages(world)[-1] == "sre"


def test_an_approved_rung_that_reaches_the_goal_ends_the_ladder(world: World) -> None:
    _, rung = reach_rung(world)
    reply(world, rung)
    world.end(rung)
    run_host(world)
    assert stands(world) == ("met", 1, 0)
    later(world, 7200)
    assert "sre" not in pages(world)


def test_a_rung_that_people_refuse_is_climbed_past(world: World) -> None:
    _, rung = reach_rung(world)
    reply(world, rung, Reply.REJECT)
    later(world, 60)
    assert world.row(rung)["state"] == "rejected"
    assert stands(world) == ("escalated", 2, 0)
    assert pages(world)[-1] == "sre"


def test_a_rung_that_nobody_answers_is_climbed_past_at_the_deadline_and_a_late_yes_still_counts(
    world: World,
) -> None:
    first, rung = reach_rung(world)
    later(world, 1800)
    assert stands(world) == ("escalated", 2, 0)
    assert pages(world)[-1] == "sre"
    world.clock.advance(60)
    assert [one.found for one in world.tick()] == ["awaiting"]
    world.clock.advance(60)
    assert world.tick() == (), "it is looked at no more than it must be"
    reply(world, rung)
    assert set(world.executions.started) == {first, rung}
    world.end(rung)
    assert stands(world) == ("escalated", 2, 0), "the goal is no longer the rung's concern"
    assert "goal_owed" not in world.row(rung)


def test_a_rung_whose_question_expires_is_climbed_past(world: World) -> None:
    _, rung = reach_rung(world, within_s=7200)
    world.clock.advance(3600)
    reconcile_approvals(world.ports, world.bundle)
    later(world, 60)
    assert world.row(rung)["state"] == "expired"
    assert stands(world) == ("escalated", 2, 0)


def test_a_goal_that_is_met_while_its_rung_awaits_approval_needs_none(world: World) -> None:
    first, rung = reach_rung(world)
    run_host(world)
    assert stands(world) == ("met", 1, 0)
    assert "the goal was reached" in reply(world, rung)
    assert world.row(rung)["state"] == "superseded"
    assert list(world.executions.started) == [first]


def test_a_rung_that_is_cancelled_while_it_awaits_approval_stops_the_ladder(world: World) -> None:
    _, rung = reach_rung(world)
    cancel(rung, "ana", "not now", world.ports, world.bundle)
    later(world, 60)
    assert world.row(rung)["state"] == "cancelled"
    assert stands(world) == ("stopped", 1, 0)
    later(world, 7200)
    assert "sre" not in pages(world)


# --- an event that has settled ---------------------------------------------------------------------------------------


def settle_and_ask(world: World) -> str:
    set_windows(world, SETTLE)
    ask_first(world, REBOOTS)
    waits = send(world, "e1")
    assert (waits.state, list_pending(world.ports)) == (DispatchState.SETTLING, ()), (
        "people are asked about what stays so"
    )
    release_held(waits.dispatch, world.ports, world.bundle)
    return waits.dispatch


def test_what_has_settled_asks_and_starts_with_the_yes(world: World) -> None:
    dispatch = settle_and_ask(world)
    row = world.row(dispatch)
    assert (row["state"], world.executions.started, world.holders()) == ("awaiting", {}, [])
    assert row["why"].endswith("still so after 1m30s")
    release_held(dispatch, world.ports, world.bundle)
    assert world.row(dispatch)["state"] == "awaiting", "a message that comes twice changes nothing"
    assert reply(world, dispatch) == "its dispatch is started"
    assert list(world.executions.started) == [dispatch]
    assert world.row(dispatch)["settle"]["for_s"] == 90
    world.end(dispatch)
    assert world.row(dispatch)["state"] == "succeeded"


def test_what_does_not_settle_asks_nobody(world: World) -> None:
    set_windows(world, SETTLE)
    ask_first(world, REBOOTS)
    waits = send(world, "e1")
    world.event(make_event("up", state="running", time="2026-01-01T00:01:00Z"))
    release_held(waits.dispatch, world.ports, world.bundle)
    assert world.row(waits.dispatch)["state"] == "dropped"
    assert list_pending(world.ports) == ()


@pytest.mark.parametrize("said", [Reply.REJECT, None])
def test_a_no_or_no_answer_lets_the_next_event_settle_and_ask_anew(world: World, said: Reply | None) -> None:
    dispatch = settle_and_ask(world)
    if said is not None:
        reply(world, dispatch, said)
    else:
        world.clock.at += timedelta(seconds=3600)
        reconcile_approvals(world.ports, world.bundle)
    assert world.row(dispatch)["state"] == ("rejected" if said is not None else "expired")
    again = send(world, "e2", 70)
    assert again.state is DispatchState.SETTLING
    release_held(again.dispatch, world.ports, world.bundle)
    assert world.row(again.dispatch)["state"] == "awaiting"
    assert world.executions.started == {}


# --- a target --------------------------------------------------------------------------------------------------------


def test_a_target_that_waits_and_is_observed_to_meet_the_goal_is_not_run_and_counts_as_done(world: World) -> None:
    fleet = Fleet(world)
    [rule] = world.bundle.rules
    patched = rule._replace(goal=Goal('$object.state = "stopped"', 1800))
    world.bundle = replace(world.bundle, rules=(patched,), index=None)
    other = world.ask("host_reboot", "other", host="i-1")
    verdict = fleet.begin()
    fleet.end("i-0")
    assert sorted(fleet.running) == ["i-1", "i-2"]
    fleet.see("i-1", "stopped", 5)
    world.end(other.dispatch)
    fleet.end("i-2")
    fleet.deliver()
    world.clock.advance(300)
    world.tick()
    fleet.deliver()
    row = world.row(verdict.dispatch)
    assert (row["batch_open"], row["batch_failed"]) == (3, 0)
    fleet.end_all()
    assert world.row(verdict.dispatch)["state"] == "succeeded"
    assert "i-1" not in {
        given["input"]["host"] for name, (_, given) in world.executions.started.items() if name != other.dispatch
    }
