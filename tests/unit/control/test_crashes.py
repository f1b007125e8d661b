"""A crash before or after every single call of the path, then what AWS does anyway: deliver again, and tick."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import combinations, product

import pytest

from chalicelib.catalog.model import Branch, Correlate, Dedupe, Goal, Rung
from chalicelib.control.freeze import freeze, list_freezes, unfreeze
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ExecutionStatus
from chalicelib.control.paced import take_turn
from chalicelib.control.ports import Start
from chalicelib.control.records import dispatch_key
from chalicelib.control.settle import release_held
from chalicelib.identity import ObjectId
from tests.behaviour import World, make_world
from tests.builders import OTHER, make_bundle, make_event, make_rule
from tests.fakes import START_OF_TIME
from tests.faults import Crash, Fuse, break_ports

Step = Callable[[World], object]


def _first(world: World) -> str:
    return next(iter(world.executions.started))


def start(world: World) -> object:
    return world.event(make_event())


def queue_second(world: World) -> object:
    return world.event(make_event("e2", **{"detail-type": "again"}))


def queue_swap(world: World) -> object:
    return world.ask("host_swap", "e3", a="i-0a", b="i-0b")


def seen_running(world: World) -> object:
    return world.tell_again(_first(world)) if world.executions.started else None


def succeed(world: World) -> object:
    if world.executions.executions[_first(world)].status is ExecutionStatus.RUNNING:
        world.executions.end(_first(world), ExecutionStatus.SUCCEEDED)
    return world.tell_again(_first(world))


def time_out(world: World) -> object:
    if world.executions.executions[_first(world)].status is ExecutionStatus.RUNNING:
        world.executions.end(_first(world), ExecutionStatus.TIMED_OUT)
    return world.tell_again(_first(world))


def hold_is_over(world: World) -> object:
    return release_held(_first(world), world.ports, world.bundle)


def tick(world: World) -> object:
    world.clock.advance(700)
    return world.tick()


def use_ladder(world: World) -> object:
    rungs = (Rung(run="host_tag", with_={"host": "{% $object.name %}"}), Rung(page="sre"))
    goal = Goal('$object.state = "running"', 1800, rungs)
    world.bundle = make_bundle(rules=(make_rule(goal=goal),))
    return world.bundle


def fail(world: World) -> object:
    return _fail(world, _first(world))


def fail_rung(world: World) -> object:
    """Reconcile has started by then what a crash left reserved."""
    world.clock.advance(70)
    world.tick()
    (rung,) = set(world.executions.started) - {_first(world)}
    return _fail(world, rung)


def _fail(world: World, dispatch: str) -> object:
    if world.executions.executions[dispatch].status is ExecutionStatus.RUNNING:
        world.executions.end(dispatch, ExecutionStatus.FAILED, "NotFound")
    return world.tell_again(dispatch)


def come_up(world: World) -> object:
    return world.event(make_event("up", state="running", time="2026-01-01T00:05:00Z"))


def deadline(world: World) -> object:
    """Ticks until the deadline is dealt with: one that dies is made good by the next."""
    world.clock.at = START_OF_TIME + timedelta(seconds=1801)
    return [world.tick() for _ in range(2)]


def use_settling(world: World) -> object:
    world.bundle = make_bundle(rules=(make_rule(correlate=Correlate(settle_s=90, dedupe=Dedupe(900))),))
    return world.bundle


def settle_again(world: World) -> object:
    """The messages of all that waits arrive; what lost its message is found by reconcile."""
    for dispatch, _ in list(world.delays.sent):
        release_held(dispatch, world.ports, world.bundle)
    world.clock.advance(151)
    return world.tick()


def stop_again(world: World) -> object:
    return world.event(make_event("e2", time="2026-01-01T00:01:00Z"))


def throttle(world: World) -> object:
    world.executions.answer = Start.THROTTLED
    return world.executions


def take_turns(world: World) -> object:
    """AWS starts again, and the queue of starts delivers every message, those of starts that are done included."""
    world.executions.answer = None
    return [take_turn(name, tries, world.ports, world.bundle) for name, tries, _ in list(world.delays.paced)]


def freeze_all(world: World) -> object:
    until = START_OF_TIME + timedelta(hours=1)
    return freeze({}, "sale", "ops", until, (), world.ports, key="one", held="queue")


def unfreeze_all(world: World) -> object:
    return [unfreeze(one.id, world.ports) for one in list_freezes(world.ports)]


def tick_late(world: World) -> object:
    """The freeze is over."""
    world.clock.advance(4000)
    return world.tick()


STORIES: dict[str, list[Step]] = {
    "event settles, another waits for it, both are looked at": [use_settling, start, stop_again, settle_again],
    "event, failure, rung, its failure, page": [use_ladder, start, fail, fail_rung],
    "event, failure, rung, goal met": [use_ladder, start, fail, come_up],
    "event, success, goal met in time": [use_ladder, start, seen_running, succeed, come_up],
    "event, goal met before the end, success": [use_ladder, start, seen_running, come_up, succeed],
    "event, success, goal not met in time, rung": [use_ladder, start, seen_running, succeed, tick],
    "event, deadline, rung waits, success, goal met": [use_ladder, start, seen_running, deadline, come_up, succeed],
    "event, running, success": [start, seen_running, succeed],
    "event, second waits, success, promotion": [start, queue_second, succeed],
    "event, two-object waiter, success, promotion": [start, queue_swap, succeed],
    "event, time-out, hold, release with a waiter": [start, queue_second, time_out, hold_is_over],
    "event, second waits, freeze, success, the freeze ends": [
        start,
        queue_second,
        freeze_all,
        succeed,
        tick,
        tick_late,
    ],
    "event, two-object waiter, freeze, success, thawed by a person": [
        start,
        queue_swap,
        freeze_all,
        succeed,
        unfreeze_all,
        tick,
        tick,
    ],
    "event, throttled, its turn, success": [throttle, start, take_turns, succeed],
    "event, second waits, success, throttled promotion, its turn": [
        start,
        queue_second,
        throttle,
        succeed,
        take_turns,
        tick,
    ],
    "reservation left to reconcile": [start, tick, succeed, tick],
}
MOST_CALLS = 120


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("story", STORIES)
def test_a_crash_at_any_call_ends_as_if_it_had_not_happened(story: str, after: bool) -> None:  # noqa: FBT001
    expected = _play(STORIES[story], None)
    for at in range(1, MOST_CALLS):
        fuse = Fuse({at: after})
        assert _play(STORIES[story], fuse) == expected, f"crash {'after' if after else 'before'} call {at}"
        if fuse.calls < at:
            return
    pytest.fail("the story makes more calls than were tried")


@pytest.mark.slow
@pytest.mark.parametrize("story", STORIES)
def test_any_two_crashes_end_as_if_they_had_not_happened(story: str) -> None:
    """The second one may also hit the very call that makes good for the first."""
    expected = _play(STORIES[story], None)
    calls = Fuse({})
    _play(STORIES[story], calls)
    for first, second in combinations(range(1, calls.calls + 6), 2):
        for kinds in product((False, True), repeat=2):
            blows = dict(zip((first, second), kinds, strict=True))
            assert _play(STORIES[story], Fuse(blows)) == expected, f"crashes {blows} (True: after the call)"


@pytest.mark.parametrize("seen", [(), (come_up,)], ids=["not yet", "met"])
def test_a_quiet_end_is_one_read_and_one_transaction_whether_its_goal_is_met_or_not(seen: tuple[Step, ...]) -> None:
    world = make_world()
    for step in (use_ladder, start, seen_running, *seen):
        step(world)
    counted = Fuse({})
    world.fakes, world.ports = world.ports, break_ports(world.ports, counted)
    succeed(world)
    assert counted.calls == 2
    assert ("goal_owed" in world.row(_first(world))) is not bool(seen)


@pytest.mark.parametrize("about", [None, OTHER])
def test_an_end_that_does_not_say_its_object_or_says_another_finds_it_in_its_row(about: ObjectId | None) -> None:
    world = make_world()
    for step in (use_ladder, start, seen_running, come_up):
        step(world)
    executions = world.executions.executions
    executions[_first(world)] = executions[_first(world)]._replace(about=about)
    succeed(world)
    assert "goal_owed" not in world.row(_first(world))


def _play(steps: list[Step], fuse: Fuse | None) -> dict[str, object]:
    """Play a story, each step again until it does not crash; then let everything end, and give what is left."""
    world = make_world()
    whole = world.fakes = world.ports
    if fuse:
        world.ports = break_ports(whole, fuse)
    for step in steps:
        while not _survives(step, world):
            pass
    world.ports = whole
    return _finish(world)


def _survives(step: Step, world: World) -> bool:
    try:
        step(world)
    except Crash:
        return False
    return True


def _finish(world: World) -> dict[str, object]:
    for _ in range(6):
        world.clock.advance(4000)
        world.tick()
        for dispatch, (_, given) in list(world.executions.started.items()):
            if world.executions.executions[dispatch].status is ExecutionStatus.RUNNING:
                world.executions.end(dispatch, ExecutionStatus.SUCCEEDED)
            assert not given["retired"]
            world.tell_again(dispatch)
        for dispatch, _ in world.delays.sent:
            release_held(dispatch, world.ports, world.bundle)
    starts = [call for call in world.executions.calls if call.startswith("start")]
    assert len(world.executions.started) <= len(starts)
    return {
        "started": sorted(world.executions.started),
        "states": {name: world.row(name)["state"] for name in world.executions.started},
        "held": world.holders() + world.holders(OTHER),
        "waiting": world.waiters() + world.waiters(OTHER),
        "counts": (world.object().waiters, world.object(OTHER).waiters),
        "owed": [name for name in world.executions.started if "promotion_owed" in world.row(name)],
        "goal": [(world.object().goal or {}).get(name) for name in ("status", "rung", "attempt")],
        "owing": [row["id"] for row in _list_rows(world) if row.get("goal_owed") or row.get("page_owed")],
        "paged": {page["page"] for _, page in world.publisher.published},
        "live": [name for name in world.executions.started if world.row(name)["state"] in _LIVE],
    }


def _list_rows(world: World) -> list[Mapping[str, object]]:
    """Give every decision about the first event."""
    pk = dispatch_key(_first(world)).pk
    return list(world.ports.store.query(pk, "dispatch#", 100).items)


_LIVE = {DispatchState.RESERVED, DispatchState.RUNNING, DispatchState.HOLDING, DispatchState.QUEUED}


@pytest.mark.parametrize("heal", ["delivered again", "tick"])
def test_a_page_that_a_crash_cut_off_is_sent_all_the_same(heal: str) -> None:
    world = make_world()
    world.bundle = make_bundle(rules=(make_rule(branches=(Branch(when=None, page="sre"),)),))
    whole = world.fakes = world.ports
    world.ports = break_ports(whole, Fuse({2: True}))
    with pytest.raises(Crash):
        world.event(make_event())
    assert world.publisher.published == []
    world.ports = whole
    tick(world) if heal == "tick" else world.event(make_event())
    assert [kind for kind, _ in world.publisher.published] == ["Page Requested"]
