"""How windows and ladders that a tier or service gives behave, whatever store is behind control: run where `tests.behaviour` is."""

from dataclasses import replace
from typing import Any

from chalicelib.catalog.model import Correlate, Dedupe, Escalation, Goal, Rule, Storm
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ExecutionStatus, VerdictKind
from chalicelib.control.settle import release_held
from tests.behaviour import World
from tests.behaviour_claims import observe
from tests.behaviour_goals import REBOOT, UNTIL, goal, later, pages, stands, stop_host
from tests.behaviour_windows import send
from tests.builders import make_bundle, make_rule


def inherit(world: World, rule: Rule, service: dict[str, Any] | None = None, **tier: Any) -> None:
    """Have one rule, and let tier P1 say something, and its service checkout something else if it does."""
    bundle = make_bundle(rules=(rule,))
    world.bundle = replace(
        bundle,
        tiers=tuple(one._replace(**tier) if one.name == "P1" else one for one in bundle.tiers),
        services=tuple(one._replace(**(service or {})) if one.name == "checkout" else one for one in bundle.services),
        inherited=("dedupe", "settle", "storm", "escalation"),
    )


def make_bare(**changes: Any) -> Rule:
    return make_rule(**{"branches": (REBOOT,), "goal": None, **changes})


def test_a_window_of_the_tier_is_met_by_objects_of_the_tier_only(world: World) -> None:
    inherit(world, make_bare(), correlate=Correlate(dedupe=Dedupe(900)))
    observe(world, "i-0a")
    first, second = send(world, "e1"), send(world, "e2", 3)
    assert (first.kind, second.state) == (VerdictKind.START, DispatchState.DEDUPLICATED)
    free, freer = send(world, "e3", host="i-0b"), send(world, "e4", 3, host="i-0b")
    assert (free.kind, freer.kind) == (VerdictKind.START, VerdictKind.QUEUE), "it is of no service, and of another tier"


def test_the_service_says_it_otherwise_and_the_rule_last(world: World) -> None:
    service = {"correlate": Correlate(off=("dedupe",))}
    inherit(world, make_bare(), service, correlate=Correlate(dedupe=Dedupe(900)))
    observe(world, "i-0a")
    assert [send(world, f"e{one}", one).kind for one in range(2)] == [VerdictKind.START, VerdictKind.QUEUE]
    inherit(world, make_bare(name="own", correlate=Correlate(dedupe=Dedupe(60))), service)
    assert [send(world, f"f{one}", one).state for one in range(2)] == [DispatchState.QUEUED, DispatchState.QUEUED]
    assert send(world, "f3", 1).state is DispatchState.DEDUPLICATED


def test_an_event_settles_as_the_tier_wants_and_acts_after_that(world: World) -> None:
    inherit(world, make_bare(), correlate=Correlate(settle_s=120))
    observe(world, "i-0a")
    first = send(world, "e1")
    assert (first.state, world.delays.sent) == (DispatchState.SETTLING, [(first.dispatch, 120)])
    release_held(first.dispatch, world.ports, world.bundle)
    assert world.row(first.dispatch)["state"] == "reserved"


def test_a_storm_of_a_tier_holds_and_pages_whom_the_tier_names(world: World) -> None:
    inherit(world, make_bare(), page="boss", correlate=Correlate(storm=Storm("service", 1, 300, "default")))
    observe(world, "i-0a", "i-0b")
    assert send(world, "e1").kind is VerdictKind.START
    assert send(world, "e2", host="i-0b").state is DispatchState.HELD
    assert pages(world) == ["boss"]


def test_a_goal_without_a_ladder_is_escalated_as_the_tier_says(world: World) -> None:
    inherit(world, make_bare(goal=Goal(UNTIL, 0)), escalation=Escalation(600, ("owner", "boss")))
    observe(world, "i-0a")
    first = stop_host(world).dispatch
    assert (goal(world)["within_s"], stands(world)) == (600, ("pursuing", 0, 0))
    world.end(first, ExecutionStatus.FAILED, "NotFound")
    assert (stands(world), pages(world)) == (("pursuing", 1, 0), ["owner"])
    later(world, 601)
    assert (stands(world), pages(world)) == (("escalated", 2, 0), ["owner", "boss"])


def test_where_nobody_says_how_long_a_goal_has_half_an_hour_and_is_missed(world: World) -> None:
    inherit(world, make_bare(goal=Goal(UNTIL, 0)), escalation=Escalation(600, ("boss",)))
    stop_host(world)
    assert goal(world)["within_s"] == 1800
    later(world, 1801)
    assert (stands(world), pages(world)) == (("missed", 0, 0), [])
