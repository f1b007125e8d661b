"""What becomes of work that meets other work: it joins it, or has it stopped; whatever store is behind it."""

from dataclasses import replace

import pytest

from chalicelib.catalog.model import Conflict, Goal, Intent, Rung, Verb
from chalicelib.control.intake import read_records
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ExecutionStatus, Verdict, VerdictKind
from chalicelib.control.settle import release_held
from tests.behaviour import World
from tests.behaviour_undo import end_undo, make_undoable, start_drained
from tests.builders import HOST, OTHER, make_bundle, make_event, make_rule

EVERYTHING = tuple(Intent)


def meet(world: World, verb: Verb) -> None:
    """Have a reboot that meets work on its object met by a verb, and anything else wait."""
    first = Conflict(EVERYTHING, EVERYTHING, (), ("host_reboot",), verb)
    conflicts = (first, Conflict(EVERYTHING, EVERYTHING, (), (), Verb.QUEUE))
    world.bundle = replace(world.bundle, control=world.bundle.control._replace(conflicts=conflicts))


def deliver_own(world: World, dispatch: str) -> None:
    """Let the message come that a dispatch has sent itself."""
    assert (dispatch, 0) in world.delays.sent
    release_held(dispatch, world.ports, world.bundle)


# --- coalesce --------------------------------------------------------------------------------------------------------


def test_a_second_asker_joins_the_dispatch_that_runs_and_is_told_its_id(world: World) -> None:
    meet(world, Verb.COALESCE)
    first = world.ask("host_reboot", "e1", host="i-0a")
    second = world.ask("host_reboot", "e2", host="i-0a")
    assert (second.kind, second.state, second.into) == (VerdictKind.COALESCE, DispatchState.COALESCED, first.dispatch)
    assert "host_reboot holds host/i-0a" in second.reason
    assert world.waiters() == []
    assert world.ask("host_reboot", "e2", host="i-0a").into == first.dispatch
    again = world.ask("host_reboot", "e1", host="i-0a")
    assert (again.kind, again.duplicate) == (VerdictKind.START, True), "a second delivery does not join itself"
    world.end(first.dispatch)
    assert list(world.executions.started) == [first.dispatch]
    assert world.ask("host_reboot", "e3", host="i-0a").kind is VerdictKind.START


def test_where_it_must_also_wait_for_others_it_waits(world: World) -> None:
    meet(world, Verb.COALESCE)
    world.ask("host_swap", "e1", a="i-0a", b="i-0b")
    waiting = world.ask("host_swap", "e2", a="i-0b", b="i-0a")
    assert waiting.kind is VerdictKind.QUEUE
    assert world.ask("host_reboot", "e3", host="i-0a").kind is VerdictKind.QUEUE, "who waits comes first"


LADDER = Goal('$object.state = "running"', 1800, (Rung(page="sre"),))


def joined(world: World) -> tuple[str, Verdict]:
    """Have an operator's reboot run, and a rule with a goal join it; give both."""
    meet(world, Verb.COALESCE)
    world.bundle = replace(world.bundle, rules=(make_rule(goal=LADDER),))
    running = world.ask("host_reboot", "e0", host="i-0a").dispatch
    (verdict,) = world.event(make_event()).verdicts
    assert verdict.into == running
    return running, verdict


def test_the_goal_of_one_that_joined_is_looked_at_when_the_other_ends(world: World) -> None:
    running, verdict = joined(world)
    assert world.object().goals["host_stopped"]["dispatch"] == verdict.dispatch
    world.end(running, ExecutionStatus.FAILED, "NotFound")
    ((kind, page),) = world.publisher.published
    assert (kind, page["page"]) == ("Page Requested", "sre")
    assert f"host_reboot (dispatch {running}) is failed with NotFound" in page["reason"]


def test_a_goal_that_is_met_while_the_other_runs_is_met(world: World) -> None:
    running, _ = joined(world)
    world.event(make_event("e9", state="running", time="2026-01-01T00:05:00Z"))
    world.end(running)
    assert world.object().goals["host_stopped"]["status"] == "met"
    assert world.publisher.published == []


def test_if_the_word_of_its_end_is_lost_reconcile_looks(world: World) -> None:
    running, _ = joined(world)
    world.executions.end(running, ExecutionStatus.FAILED, "NotFound")
    world.tick()
    assert world.publisher.published == [], "it still runs, as far as anybody knows"
    for _ in range(4):
        world.clock.advance(700)
        world.tick()
    assert [kind for kind, _ in world.publisher.published] == ["Page Requested"]


# --- replace ---------------------------------------------------------------------------------------------------------


def test_a_replacement_has_the_holder_stopped_and_starts_when_that_is_really_over(world: World) -> None:
    meet(world, Verb.REPLACE)
    holder = world.ask("host_swap", "e1", a="i-0a", b="i-0b").dispatch
    newer = world.ask("host_reboot", "e2", host="i-0a")
    assert (newer.kind, newer.state) == (VerdictKind.QUEUE, DispatchState.QUEUED)
    deliver_own(world, newer.dispatch)
    assert world.executions.executions[holder].status is ExecutionStatus.ABORTED
    assert world.row(holder)["broken"] == f"broken by dispatch {newer.dispatch}: it is replaced by host_reboot"
    world.tell_again(holder)
    assert world.row(holder)["state"] == DispatchState.HOLDING
    assert newer.dispatch not in world.executions.started, "its effects may still be going on"
    release_held(holder, world.ports, world.bundle)
    assert world.holders() == [newer.dispatch]
    assert world.holders(OTHER) == []
    assert newer.dispatch in world.executions.started


def test_what_the_replaced_one_had_done_is_taken_back_before_the_other_starts(world: World) -> None:
    make_undoable(world)
    meet(world, Verb.REPLACE)
    holder = start_drained(world, "e1")
    newer = world.ask("host_reboot", "e2", host="i-0a").dispatch
    deliver_own(world, newer)
    world.tell_again(holder)
    release_held(holder, world.ports, world.bundle)
    assert world.row(holder)["state"] == DispatchState.UNDOING
    release_held(newer, world.ports, world.bundle)
    assert world.executions.executions[f"{holder}-undo"].status is ExecutionStatus.RUNNING, "that is left to its end"
    assert end_undo(world, holder).promoted == (newer,)
    assert world.executions.started[newer][1]["dispatch"]["fence"] == 3


def test_a_holder_that_has_not_started_is_retired(world: World) -> None:
    meet(world, Verb.REPLACE)
    holder = world.ask("host_swap", "e1", a="i-0a", b="i-0b").dispatch
    del world.executions.started[holder], world.executions.executions[holder]
    newer = world.ask("host_reboot", "e2", host="i-0a").dispatch
    deliver_own(world, newer)
    assert world.executions.executions[holder].retired
    world.tell_again(holder)
    assert world.row(holder)["state"] == DispatchState.RETIRED
    assert world.holders() == [newer]


@pytest.mark.parametrize("heal", ["again", "tick"])
def test_a_stop_that_a_crash_cut_off_is_made_good(world: World, heal: str) -> None:
    meet(world, Verb.REPLACE)
    holder = world.ask("host_swap", "e1", a="i-0a", b="i-0b").dispatch
    newer = world.ask("host_reboot", "e2", host="i-0a").dispatch
    world.delays.sent.clear()
    if heal == "again":
        assert world.ask("host_reboot", "e2", host="i-0a").duplicate
        deliver_own(world, newer)
    else:
        world.clock.advance(2 * world.bundle.control.start_grace_s)
        world.tick()
    assert world.executions.executions[holder].status is ExecutionStatus.ABORTED
    assert world.row(newer)["state"] == DispatchState.QUEUED
    assert world.row(newer)["lane_at"] == world.row(newer)["expires_at"]
    deliveries = len(world.executions.calls)
    release_held(newer, world.ports, world.bundle)
    assert len(world.executions.calls) == deliveries, "a second message stops nothing more"


def test_one_that_is_refused_elsewhere_replaces_nothing(world: World) -> None:
    refused = Conflict(EVERYTHING, EVERYTHING, ("host_stop",), (), Verb.REJECT)
    meet(world, Verb.REPLACE)
    control = world.bundle.control
    world.bundle = make_bundle(control=control._replace(conflicts=(refused, *control.conflicts)))
    world.ask("host_stop", "e1", host="i-0b")
    on_a = world.ask("host_tag", "e2", host="i-0a").dispatch
    both = world.ask("host_swap", "e3", a="i-0a", b="i-0b")
    assert both.kind is VerdictKind.REJECT
    assert world.executions.executions[on_a].status is ExecutionStatus.RUNNING
    assert read_records({HOST}, world.ports)[HOST].holders[0].dispatch == on_a
