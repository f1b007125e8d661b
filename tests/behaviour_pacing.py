"""Starts that AWS throttles, whatever store is behind control. Imported beside `tests.behaviour`."""

from datetime import timedelta

import pytest

from chalicelib.control.cancel import cancel
from chalicelib.control.freeze import freeze, unfreeze
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.pace import MOST_TRIES
from chalicelib.control.paced import take_turn
from chalicelib.control.ports import Start
from chalicelib.control.settle import UnknownDispatch
from tests.behaviour import World


def ask_throttled(world: World, event_id: str = "e1", host: str = "i-0a") -> str:
    """Ask while AWS throttles starts; give the dispatch."""
    world.executions.answer = Start.THROTTLED
    dispatch = world.ask("host_reboot", event_id, host=host).dispatch
    world.executions.answer = None
    return dispatch


def take_turns(world: World) -> list[str]:
    """Deliver each message of the queue of starts once."""
    sent, world.delays.paced[:] = list(world.delays.paced), []
    return [take_turn(name, tries, world.ports, world.bundle) for name, tries, _ in sent]


def test_a_throttled_start_keeps_its_reservation_and_starts_in_its_turn_under_its_own_name(world: World) -> None:
    dispatch = ask_throttled(world)
    assert (world.row(dispatch)["state"], world.holders()) == (DispatchState.RESERVED, [dispatch])
    assert world.delays.paced == [(dispatch, 1, 0)]
    assert take_turns(world) == ["started"]
    assert list(world.executions.started) == [dispatch]
    assert take_turn(dispatch, 1, world.ports, world.bundle) == "name_taken", "the same message twice starts nothing"
    world.tell_again(dispatch)
    world.executions.calls.clear()
    assert take_turn(dispatch, 1, world.ports, world.bundle) == "nothing: it is running"
    assert world.executions.calls == []


def test_what_is_throttled_again_comes_back_later_each_time_and_at_last_is_left_to_reconcile(world: World) -> None:
    dispatch = ask_throttled(world)
    world.executions.answer = Start.THROTTLED
    waits = []
    while world.delays.paced:
        waits.append(world.delays.paced[0][2])
        take_turns(world)
    assert len(waits) == MOST_TRIES
    assert waits == sorted(waits)
    assert waits[-1] <= 60
    world.clock.advance(61)
    world.tick()
    assert world.delays.paced == [(dispatch, 1, 0)], "reconcile queues it anew"
    assert "throttled" in world.row(dispatch)["stuck"]
    world.executions.answer = None
    assert take_turns(world) == ["started"]
    world.tell_again(dispatch)
    assert "stuck" not in world.row(dispatch)


def test_a_lost_message_loses_nothing(world: World) -> None:
    dispatch = ask_throttled(world)
    world.delays.paced.clear()
    world.clock.advance(61)
    world.tick()
    assert list(world.executions.started) == [dispatch]
    assert world.row(dispatch)["state"] == DispatchState.RUNNING


def test_a_waiter_whose_start_is_throttled_takes_its_turn_there_too(world: World) -> None:
    holder = world.ask("host_reboot", "e1", host="i-0a").dispatch
    waiter = world.ask("host_reboot", "e2", host="i-0a").dispatch
    world.executions.answer = Start.THROTTLED
    assert world.end(holder).promoted == (waiter,)
    world.executions.answer = None
    assert take_turns(world) == ["started"]
    assert list(world.executions.started) == [holder, waiter]


def test_what_was_cancelled_before_its_turn_never_runs(world: World) -> None:
    dispatch = ask_throttled(world)
    world.executions.answer = Start.THROTTLED
    cancel(dispatch, "ana", "wrong host", world.ports, world.bundle)
    world.executions.answer = None
    assert take_turns(world)[0] == "its name is being used up"
    assert world.executions.started[dispatch][1]["retired"] is True
    world.tell_again(dispatch)
    assert (world.row(dispatch)["state"], world.holders()) == (DispatchState.RETIRED, [])


def test_a_machine_that_is_not_there_is_left_to_reconcile(world: World) -> None:
    dispatch = ask_throttled(world)
    world.executions.answer = Start.REFUSED
    assert take_turns(world) == ["refused"]
    assert world.delays.paced == []
    world.clock.advance(61)
    world.tick()
    assert "refuses" in world.row(dispatch)["stuck"]


def test_a_message_about_nothing_is_an_error(world: World) -> None:
    for name in ("by-hand", "0" * 20 + "-" + "0" * 20):
        with pytest.raises(UnknownDispatch):
            take_turn(name, 1, world.ports, world.bundle)


@pytest.mark.parametrize("by", ["the queue", "reconcile"])
def test_a_freeze_also_stops_what_was_reserved_and_has_not_started(world: World, by: str) -> None:
    dispatch = ask_throttled(world)
    freeze({}, "the network is on fire", "ops", world.clock.now() + timedelta(hours=2), (), world.ports)
    if by == "reconcile":
        world.clock.advance(61)
        world.tick()
    else:
        take_turns(world)
    assert world.executions.started[dispatch][1]["retired"] is True
    world.tell_again(dispatch)
    row = world.row(dispatch)
    assert (row["state"], world.holders()) == (DispatchState.RETIRED, [])
    assert "the network is on fire" in row["reason"]


@pytest.mark.parametrize("ends", ["by itself", "by a person"])
def test_with_queue_it_starts_when_the_freeze_ends(world: World, ends: str) -> None:
    dispatch = ask_throttled(world)
    until = world.clock.now() + timedelta(hours=2)
    made = freeze({}, "sale", "ops", until, (), world.ports, held="queue")
    assert take_turns(world) == ["kept until the freeze ends"]
    assert world.executions.started == {}
    assert "sale" in world.row(dispatch)["stuck"]
    world.clock.advance(3600)
    assert world.tick() == (), "it asks for nothing until then"
    if ends == "by a person":
        unfreeze(made.id, world.ports)
    else:
        world.clock.advance(3601)
    world.tick()
    assert list(world.executions.started) == [dispatch]
    assert (world.row(dispatch)["state"], "stuck" in world.row(dispatch)) == (DispatchState.RUNNING, False)


def test_a_freeze_finds_what_has_started_though_nobody_was_told(world: World) -> None:
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    freeze({}, "sale", "ops", world.clock.now() + timedelta(hours=2), (), world.ports, held="queue")
    assert take_turn(dispatch, 1, world.ports, world.bundle) == "running"
    assert world.row(dispatch)["state"] == DispatchState.RUNNING


def test_a_freeze_of_something_else_stops_nothing(world: World) -> None:
    ask_throttled(world)
    freeze({"workflow": "host_swap"}, "sale", "ops", world.clock.now() + timedelta(hours=2), (), world.ports)
    assert take_turns(world) == ["started"]
