"""Rules that decide at times, whatever store is behind them. Imported beside `tests.behaviour`."""

from dataclasses import replace

from chalicelib.catalog.model import Schedule
from chalicelib.control.lifecycle import DispatchState
from dsl.schedules import match_due, write_due
from tests.behaviour import World
from tests.builders import make_rule

AT, NEXT = "2026-03-29T01:00:00Z", "2026-04-05T01:00:00Z"


def schedule_reboots(world: World) -> None:
    rule = make_rule(name="window", match=match_due("window"), object="host/i-0a")
    world.bundle = replace(
        world.bundle, rules=(rule._replace(schedule=Schedule("cron(0 3 ? * SUN *)", "Europe/Berlin")),), index=None
    )


def test_an_occurrence_that_is_delivered_twice_is_one_decision_and_the_next_one_another(world: World) -> None:
    schedule_reboots(world)
    [first] = world.event(write_due("window", AT)).verdicts
    [again] = world.event(write_due("window", AT)).verdicts
    assert (first.state, again.dispatch, again.duplicate) == (DispatchState.RESERVED, first.dispatch, True)
    assert len(world.executions.executions) == 1
    world.end(first.dispatch)
    [late] = world.event(write_due("window", AT)).verdicts
    assert (late.dispatch, late.duplicate) == (first.dispatch, True)
    [later] = world.event(write_due("window", NEXT)).verdicts
    assert later.dispatch != first.dispatch
    assert len(world.executions.executions) == 2
