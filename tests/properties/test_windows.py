"""Windows are exact: whatever order the calls of doubled, simultaneous and dying deliveries take."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.catalog.model import Accumulate, Branch, Correlate, Dedupe, Goal, Rung, Storm
from chalicelib.control.intake import handle_event
from chalicelib.control.model import ExecutionStatus
from chalicelib.control.reconcile import reconcile
from chalicelib.control.settle import release_held, settle_execution
from tests.behaviour import World, make_world
from tests.builders import HOME, make_bundle, make_event, make_rule
from tests.fakes import MemoryStore
from tests.interleaving import Invocation, Run

REBOOT = Branch(when=None, run="host_reboot", with_={"host": "{% $object.name %}"})
MOST_CRASHES = 3
ACTED = {"reserved", "queued", "running"}

Turn = tuple[int, bool | None]
turns = st.lists(st.tuples(st.integers(0, 11), st.sampled_from([None, None, None, False, True])), max_size=120)
counts = st.integers(1, 4)


def make(**changes: Any) -> World:
    world = make_world()
    world.bundle = make_bundle(rules=(make_rule(**{"branches": (REBOOT,), "goal": None, **changes}),))
    return world


def interleave(world: World, runs: list[Run], order: list[Turn]) -> None:
    """Let the invocations take turns, some dying; then each that is left goes on to its end."""
    under_way = [Invocation(run) for run in runs]
    for index, crash in order:
        one = under_way[index % len(under_way)]
        if not one.done:
            one.step(world.ports, crash=crash if one.crashes < MOST_CRASHES else None)
    for one in under_way:
        one.finish(world.ports)


def deliver(world: World, raw: dict[str, Any]) -> Run:
    return lambda ports: handle_event(raw, world.bundle, HOME, ports)


def release(world: World, dispatch: str) -> Run:
    return lambda ports: release_held(dispatch, ports, world.bundle)


def rows(world: World) -> list[dict[str, Any]]:
    store = world.ports.store
    assert isinstance(store, MemoryStore)
    return [row for key, row in store.rows.items() if key.sk.startswith("dispatch#")]


def tally(world: World) -> Counter[str]:
    return Counter("acted" if row["state"] in ACTED else row["state"] for row in rows(world))


def events(count: int, copies: int, host: Callable[[int], str] = lambda _: "i-0a") -> list[dict[str, Any]]:
    """So many events within some minutes, each delivered so many times."""
    made = [make_event(f"e{n}", host(n), time=f"2026-01-01T00:0{n}:00Z") for n in range(count)]
    return [one for one in made for _ in range(copies)]


@settings(max_examples=60, deadline=None)
@given(count=counts, copies=st.integers(1, 3), order=turns)
def test_of_events_that_are_alike_exactly_one_acts(count: int, copies: int, order: list[Turn]) -> None:
    world = make(correlate=Correlate(dedupe=Dedupe(900)))
    interleave(world, [deliver(world, one) for one in events(count, copies)], order)
    assert tally(world) == Counter({"acted": 1, "deduplicated": count - 1}) - Counter()
    assert len(world.executions.started) <= 1
    world.clock.advance(61)
    world.tick()
    assert len(world.executions.started) == 1


@settings(max_examples=60, deadline=None)
@given(count=counts, copies=st.integers(1, 3), order=turns)
def test_each_event_counts_once_and_each_full_count_fires_once(count: int, copies: int, order: list[Turn]) -> None:
    world = make(correlate=Correlate(accumulate=Accumulate(2, 900)))
    interleave(world, [deliver(world, one) for one in events(count, copies)], order)
    assert tally(world) == Counter({"acted": count // 2, "accumulated": count - count // 2}) - Counter()


@settings(max_examples=60, deadline=None)
@given(count=counts, copies=st.integers(1, 3), order=turns)
def test_a_storm_lets_as_many_pass_as_it_says_and_trips_once(count: int, copies: int, order: list[Turn]) -> None:
    world = make(correlate=Correlate(storm=Storm("all", 2, 900, "sre")))
    interleave(world, [deliver(world, one) for one in events(count, copies, lambda n: f"i-{n}")], order)
    passed = min(count, 2)
    assert tally(world) == Counter({"acted": passed, "held": count - passed}) - Counter()
    tripped = [row["id"] for row in rows(world) if row["state"] == "held" and row.get("page")]
    assert len(tripped) == (count > passed)
    world.clock.advance(61)
    world.tick()
    assert {page["dispatch"] for _, page in world.publisher.published} == set(tripped)
    assert not any(row.get("page_owed") for row in rows(world))


@settings(max_examples=60, deadline=None)
@given(count=counts, copies=st.integers(1, 3), order=turns, later=turns)
def test_what_settles_acts_once(count: int, copies: int, order: list[Turn], later: list[Turn]) -> None:
    world = make(correlate=Correlate(settle_s=90, dedupe=Dedupe(900)))
    interleave(world, [deliver(world, one) for one in events(count, copies)], order)
    assert not world.executions.started
    settling = [row["id"] for row in rows(world) if row["state"] == "settling"]
    assert len(settling) == 1
    doubled = [release(world, one) for one in settling for _ in range(copies)]
    interleave(world, [*doubled, *(deliver(world, one) for one in events(count, 1))], later)
    world.clock.advance(151)
    world.tick()
    assert tally(world) == Counter({"acted": 1, "deduplicated": count - 1}) - Counter()
    assert len(world.executions.started) == 1


@settings(max_examples=60, deadline=None)
@given(lookers=st.integers(1, 4), order=turns, ends=st.sampled_from(["FAILED", "deadline"]))
def test_a_ladder_is_climbed_rung_by_rung_once(lookers: int, order: list[Turn], ends: str) -> None:
    tag = Rung(run="host_tag", with_={"host": "{% $object.name %}"}, attempts=2)
    world = make(goal=Goal('$object.state = "running"', 600, (tag, Rung(page="sre"))))
    (verdict,) = world.event(make_event()).verdicts
    first = verdict.dispatch
    if ends == "FAILED":
        world.executions.end(first, ExecutionStatus.FAILED, "NotFound")
        ended = world.executions.executions[first]
        looks: list[Run] = [lambda ports: settle_execution(first, ended, ports, world.bundle)] * lookers
    else:
        world.tell_again(first)
        world.clock.advance(601)
        looks = [lambda ports: reconcile(ports, world.bundle)] * lookers
    interleave(world, looks, order)
    climbed = Counter((row["goal"]["rung"], row["goal"]["attempt"]) for row in rows(world))
    assert climbed == {(0, 0): 1, (1, 0): 1}
    for _ in range(3):
        for name, one in list(world.executions.executions.items()):
            if one.status is ExecutionStatus.RUNNING:
                world.end(name, ExecutionStatus.FAILED, "NotFound")
        world.clock.advance(61)
        world.tick()
    climbed = Counter((row["goal"]["rung"], row["goal"]["attempt"]) for row in rows(world))
    assert climbed == {(0, 0): 1, (1, 0): 1, (1, 1): 1, (2, 0): 1}
    assert (world.object().goal or {})["status"] == "escalated"
    assert {page["page"] for _, page in world.publisher.published} == {"sre"}
    assert not any(row.get("goal_owed") or row.get("page_owed") for row in rows(world))
