"""The world in memory, as far as cases and backtests do not show it."""

from chalicelib.control.ports import Start
from infra.offline.memory import ManualClock
from infra.offline.world import World
from tests.builders import HOME, make_bundle, make_event


def test_a_start_that_is_throttled_takes_its_turn_as_time_goes_by() -> None:
    world = World(make_bundle(), ManualClock(), HOME)
    world.executions.answer = Start.THROTTLED
    (verdict,) = world.send(make_event()).verdicts
    world.pass_time(5)
    assert world.executions.started == {}
    world.executions.answer = None
    world.pass_time(20)
    assert list(world.executions.started) == [verdict.dispatch]
