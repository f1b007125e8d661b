"""Workers whose clocks are an hour apart decide about locks as if they were not."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product

import pytest

from chalicelib.control.model import ExecutionStatus, VerdictKind
from chalicelib.control.ports import Clock
from chalicelib.control.settle import release_held
from tests.behaviour import World, make_world
from tests.builders import OTHER, make_bundle

HOUR = timedelta(hours=1)
SKEWS = (-HOUR, timedelta(0), HOUR)


@dataclass
class SkewedClock:
    real: Clock
    by: timedelta

    def now(self) -> datetime:
        return self.real.now() + self.by


def _on(world: World, skew: timedelta) -> World:
    """Give the same table and engine, seen by a worker with another clock."""
    ports = world.ports._replace(clock=SkewedClock(world.clock, skew))
    return World(ports, world.bundle, fakes=world.ports)


def _make_patient_world() -> World:
    """How long a waiter is patient is said in hours, and may be an hour off: here that is long enough."""
    world = make_world()
    world.bundle = make_bundle(control=world.bundle.control._replace(queue_expires_s=24 * 3600))
    return world


@pytest.mark.parametrize(("first", "second", "third"), tuple(product(SKEWS, repeat=3)))
def test_who_holds_who_waits_and_who_is_next_does_not_depend_on_clocks(
    first: timedelta, second: timedelta, third: timedelta
) -> None:
    world = _make_patient_world()
    one, two, three = (_on(world, skew) for skew in (first, second, third))
    holder = one.ask("host_reboot", "e1", host="i-0a")
    both = two.ask("host_swap", "e2", a="i-0a", b="i-0b")
    newcomer = three.ask("host_reboot", "e3", tier="P2", host="i-0b")
    assert [verdict.kind for verdict in (holder, both, newcomer)] == [
        VerdictKind.START,
        VerdictKind.QUEUE,
        VerdictKind.QUEUE,
    ]
    three.tick()
    assert world.holders() == [holder.dispatch], "a tick on a wrong clock takes nothing away"
    assert two.end(holder.dispatch).promoted == (both.dispatch,)
    assert (world.holders(), world.holders(OTHER)) == ([both.dispatch], [both.dispatch])
    assert one.end(both.dispatch).promoted == (newcomer.dispatch,)
    assert world.holders(OTHER) == [newcomer.dispatch]


@pytest.mark.parametrize(("settler", "ticker"), tuple(product(SKEWS, repeat=2)))
def test_a_hold_ends_by_its_message_and_by_no_clock(settler: timedelta, ticker: timedelta) -> None:
    world = make_world()
    dispatch = world.ask("host_reboot", "e1", host="i-0a").dispatch
    _on(world, settler).end(dispatch, ExecutionStatus.TIMED_OUT)
    for _ in range(3):
        _on(world, ticker).tick()
    assert world.holders() == [dispatch]
    released = release_held(dispatch, _on(world, ticker).ports, world.bundle)
    assert released.changed
    assert world.holders() == []


@pytest.mark.parametrize(("decider", "ticker"), tuple(product(SKEWS, repeat=2)))
def test_a_reservation_is_rolled_forward_and_never_freed_whatever_the_clocks(
    decider: timedelta, ticker: timedelta
) -> None:
    world = make_world()
    dispatch = _on(world, decider).ask("host_reboot", "e1", host="i-0a").dispatch
    for _ in range(3):
        _on(world, ticker).tick()
        assert world.holders() == [dispatch]
    assert list(world.executions.started) == [dispatch]
