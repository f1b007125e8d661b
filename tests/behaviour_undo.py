"""Taking back what a stopped execution had done, whatever store is behind it: see tests/behaviour.py."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.catalog.model import Aftermath, UndoStep
from chalicelib.control.cancel import break_dispatch
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ExecutionStatus, HistoryEvent, VerdictKind
from chalicelib.control.ports import Start
from chalicelib.control.settle import release_held, settle_execution
from tests.behaviour import World
from tests.builders import HOST, OTHER, make_bundle

DRAIN = UndoStep("drain", ("drain", "input"), {})


def make_undoable(world: World, hold_s: int = 120) -> None:
    """Have host_reboot take its step `drain` back when it is stopped."""
    workflows = dict(make_bundle().workflows)
    aftermath = Aftermath("hash-undo", (DRAIN,))
    workflows["host_reboot"] = workflows["host_reboot"]._replace(aftermath=aftermath, effect_timeout_s=hold_s)
    world.bundle = make_bundle(workflows=workflows)


def start_drained(world: World, event_id: str = "e1") -> str:
    """Start a reboot that has drained its host; give its dispatch."""
    dispatch = world.ask("host_reboot", event_id, host="i-0a").dispatch
    world.executions.histories[dispatch] = [
        HistoryEvent(1, 0),
        HistoryEvent(2, 1, "entered", "drain"),
        HistoryEvent(3, 2, "exited", "drain", {"drain": {"port": 80}}),
        HistoryEvent(4, 3, "entered", "boot"),
    ]
    return dispatch


def stop(world: World, dispatch: str) -> None:
    """Stop it, let its status event come, and its effects be over."""
    break_dispatch(dispatch, "ana", "it hangs", world.ports, world.bundle)
    world.tell_again(dispatch)
    release_held(dispatch, world.ports, world.bundle)


def end_undo(world: World, dispatch: str, status: ExecutionStatus = ExecutionStatus.SUCCEEDED) -> Any:
    name = f"{dispatch}-undo"
    ended = world.executions.end(name, status, "" if status is ExecutionStatus.SUCCEEDED else "UndoFailed")
    return settle_execution(name, ended, world.ports, world.bundle)


def test_what_a_stopped_execution_had_done_is_taken_back_under_its_locks_and_the_next_fence(world: World) -> None:
    make_undoable(world)
    dispatch = start_drained(world)
    waiter = world.ask("host_reboot", "e2", host="i-0a")
    stop(world, dispatch)
    assert world.row(dispatch)["state"] == DispatchState.UNDOING
    assert world.holders() == [dispatch], "nobody acts on it before that is over"
    workflow, given = world.executions.started[f"{dispatch}-undo"]
    assert workflow == "host_reboot.undo"
    assert given["actions"] == [{"step": "drain", "variables": {"drain": {"port": 80}, "input": {"host": "i-0a"}}}]
    assert (given["dispatch"]["id"], given["dispatch"]["fences"]) == (dispatch, {str(HOST): 2})
    assert (given["workflow_hash"], given["retired"]) == ("hash-undo", False)
    assert world.object().fence == 2
    assert end_undo(world, dispatch).promoted == (waiter.dispatch,)
    row = world.row(dispatch)
    assert (row["state"], row["undo"]["state"], row["undo"]["steps"]) == (DispatchState.ABORTED, "done", ["drain"])
    assert world.holders() == [waiter.dispatch]
    assert world.executions.started[waiter.dispatch][1]["dispatch"]["fence"] == 3


def test_a_machines_own_time_out_is_taken_back_too(world: World) -> None:
    make_undoable(world, hold_s=0)
    dispatch = start_drained(world)
    world.end(dispatch, ExecutionStatus.TIMED_OUT)
    assert world.row(dispatch)["state"] == DispatchState.UNDOING
    end_undo(world, dispatch)
    assert world.row(dispatch)["state"] == DispatchState.TIMED_OUT
    assert world.holders() == []


def test_a_failure_has_undone_itself_and_is_not_taken_back_again(world: World) -> None:
    make_undoable(world, hold_s=0)
    dispatch = start_drained(world)
    world.end(dispatch, ExecutionStatus.FAILED, "Odd")
    assert world.row(dispatch)["state"] == DispatchState.FAILED
    assert list(world.executions.started) == [dispatch]


def test_an_execution_that_had_done_nothing_is_only_released(world: World) -> None:
    make_undoable(world)
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    stop(world, dispatch)
    assert world.row(dispatch)["state"] == DispatchState.ABORTED
    assert list(world.executions.started) == [dispatch]


def test_doubled_late_and_lost_messages_take_it_back_once(world: World) -> None:
    make_undoable(world)
    dispatch = start_drained(world)
    stop(world, dispatch)
    release_held(dispatch, world.ports, world.bundle)
    world.tell_again(dispatch)
    assert world.row(dispatch)["state"] == DispatchState.UNDOING
    assert world.object().fence == 2
    world.executions.end(f"{dispatch}-undo", ExecutionStatus.SUCCEEDED)
    world.clock.advance(10_000)
    world.tick()
    assert world.row(dispatch)["state"] == DispatchState.ABORTED
    assert not world.tell_again(dispatch).changed
    assert not end_undo(world, dispatch).changed
    assert [call for call in world.executions.calls if call.startswith("start") and call.endswith("undo")][1:] in (
        [],
        [f"start {dispatch}-undo"],
    ), "whoever finds it due asks for the same name"


def test_an_undo_that_could_not_be_started_is_started_by_reconcile(world: World) -> None:
    make_undoable(world)
    dispatch = start_drained(world)
    break_dispatch(dispatch, "ana", "it hangs", world.ports, world.bundle)
    world.tell_again(dispatch)
    world.executions.answer = Start.THROTTLED
    release_held(dispatch, world.ports, world.bundle)
    assert f"{dispatch}-undo" not in world.executions.started
    world.executions.answer = None
    world.clock.advance(2 * world.bundle.control.start_grace_s)
    world.tick()
    assert f"{dispatch}-undo" in world.executions.started
    assert world.holders() == [dispatch]


@pytest.mark.parametrize("status", [ExecutionStatus.FAILED, ExecutionStatus.TIMED_OUT, ExecutionStatus.ABORTED])
def test_an_undo_that_fails_pages_and_lets_go_once_its_own_effects_are_over(
    world: World, status: ExecutionStatus
) -> None:
    tiers = tuple(one._replace(page="sre") for one in make_bundle().tiers)
    make_undoable(world)
    world.bundle = replace(world.bundle, tiers=tiers)
    dispatch = start_drained(world)
    stop(world, dispatch)
    end_undo(world, dispatch, status)
    assert world.row(dispatch)["state"] == DispatchState.HOLDING
    assert world.holders() == [dispatch]
    ((kind, page),) = world.publisher.published
    assert (kind, page["page"]) == ("Page Requested", "sre")
    assert "could not be taken back" in page["reason"]
    release_held(dispatch, world.ports, world.bundle)
    assert world.holders() == [dispatch], "a late message about the first execution says nothing about its undo"
    release_held(f"{dispatch}-undo", world.ports, world.bundle)
    row = world.row(dispatch)
    assert (row["state"], row["undo"]["state"]) == (DispatchState.ABORTED, "failed")
    assert world.holders() == []


def test_an_undo_can_be_broken_too(world: World) -> None:
    make_undoable(world)
    dispatch = start_drained(world)
    stop(world, dispatch)
    assert "stopped its undo" in break_dispatch(dispatch, "ana", "enough", world.ports, world.bundle).action
    ended = world.executions.executions[f"{dispatch}-undo"]
    assert ended.status is ExecutionStatus.ABORTED
    settle_execution(f"{dispatch}-undo", ended, world.ports, world.bundle)
    assert world.row(dispatch)["state"] == DispatchState.HOLDING


def test_whoever_asks_meanwhile_waits_and_other_objects_are_free(world: World) -> None:
    make_undoable(world)
    stop(world, start_drained(world))
    assert world.ask("host_reboot", "e2", host="i-0a").kind is VerdictKind.QUEUE
    assert world.ask("host_reboot", "e3", host="i-0b").kind is VerdictKind.START
    assert len(world.holders(OTHER)) == 1
