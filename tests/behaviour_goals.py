"""How goals and their ladders behave, whatever store is behind control: run wherever `tests.behaviour` runs."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from chalicelib.catalog.model import Branch, Goal, RuleMode, Rung
from chalicelib.control.cancel import break_dispatch, cancel
from chalicelib.control.freeze import freeze
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ExecutionStatus, Verdict, VerdictKind
from chalicelib.control.ports import Start
from chalicelib.control.settle import release_held
from tests.behaviour import World
from tests.builders import OTHER, make_bundle, make_event, make_rule

HOST_INPUT = {"host": "{% $object.name %}"}
REBOOT = Branch(when=None, run="host_reboot", with_=HOST_INPUT)
SWAP = Rung(run="host_tag", with_=HOST_INPUT)
PAGE = Rung(page="sre")
UNTIL = '$object.state = "running"'


def climb_by(world: World, *ladder: Rung, within_s: int = 1800, **changes: Any) -> None:
    """Have one rule that reboots stopped hosts until they run, with this ladder."""
    goal = Goal(UNTIL, within_s, ladder)
    world.bundle = make_bundle(rules=(make_rule(**{"branches": (REBOOT,), "goal": goal, **changes}),))


def stop_host(world: World, event_id: str = "e1", minute: int = 0) -> Verdict:
    (verdict,) = world.event(make_event(event_id, time=f"2026-01-01T00:{minute:02}:00Z")).verdicts
    return verdict


def run_host(world: World, event_id: str = "up", minute: int = 30) -> None:
    world.event(make_event(event_id, state="running", time=f"2026-01-01T00:{minute:02}:00Z"))


def goal(world: World) -> Mapping[str, Any]:
    found = world.object().goal
    assert found is not None
    return found


def stands(world: World) -> tuple[str, int, int]:
    found = goal(world)
    return found["status"], found["rung"], found["attempt"]


def later(world: World, seconds: int) -> None:
    world.clock.advance(seconds)
    world.tick()


def pages(world: World) -> list[str]:
    return [page["page"] for _, page in world.publisher.published]


def test_a_goal_that_is_met_ends_the_pursuit_and_nothing_more_is_owed(world: World) -> None:
    climb_by(world, SWAP, PAGE)
    dispatch = stop_host(world).dispatch
    assert stands(world) == ("pursuing", 0, 0)
    world.end(dispatch)
    run_host(world)
    assert stands(world) == ("met", 0, 0)
    row = world.row(dispatch)
    assert "goal_owed" not in row
    assert row["lane"].startswith("ended#")
    later(world, 7200)
    assert (len(world.executions.started), pages(world)) == (1, [])


def test_a_bad_end_climbs_at_once_and_the_last_rung_pages(world: World) -> None:
    climb_by(world, SWAP, PAGE)
    first = stop_host(world).dispatch
    world.end(first, ExecutionStatus.FAILED, "NotFound")
    (second,) = set(world.executions.started) - {first}
    row = world.row(second)
    assert (row["workflow"], row["state"], row["goal"]["rung"]) == ("host_tag", "reserved", 1)
    assert "host_reboot" in row["reason"]
    assert '$object.state = "running" is false: "stopped" = "running"' in row["reason"]
    assert second.partition("-")[0] == first.partition("-")[0], "the rung belongs to the event that it began with"
    assert "goal_owed" not in world.row(first)
    world.end(second, ExecutionStatus.FAILED, "NotFound")
    assert stands(world) == ("escalated", 2, 0)
    assert pages(world) == ["sre"]
    later(world, 7200)
    assert (len(world.executions.started), len(pages(world))) == (2, 1)
    run_host(world)
    assert stands(world)[0] == "met", "whoever mended it"


def test_a_success_is_given_a_moment_for_what_it_changed_to_be_seen(world: World) -> None:
    climb_by(world, PAGE)
    dispatch = stop_host(world).dispatch
    world.end(dispatch)
    later(world, 30)
    assert stands(world) == ("pursuing", 0, 0)
    later(world, 31)
    assert stands(world) == ("escalated", 1, 0)
    assert pages(world) == ["sre"]
    assert "succeeded, and the goal is not met" in goal_row(world)["reason"]


def goal_row(world: World) -> Mapping[str, Any]:
    return world.row(goal(world)["dispatch"])


def test_the_deadline_climbs_while_the_dispatch_still_runs_and_its_rung_waits_for_the_lock(world: World) -> None:
    climb_by(world, Rung(run="host_reboot", with_=HOST_INPUT), PAGE)
    first = stop_host(world).dispatch
    world.tell_again(first)
    later(world, 1799)
    assert stands(world) == ("pursuing", 0, 0)
    later(world, 2)
    assert stands(world) == ("pursuing", 1, 0)
    second = goal(world)["dispatch"]
    assert world.waiters() == [second]
    assert "is running, and the goal is not met within 30m" in world.row(second)["why"]
    later(world, 60)
    assert stands(world) == ("pursuing", 1, 0), "each rung has its own time"
    assert world.end(first).promoted == (second,)
    assert "goal_owed" not in world.row(first)
    later(world, 1800)
    assert (stands(world), pages(world)) == (("escalated", 2, 0), ["sre"])


def test_a_rung_is_tried_as_often_as_it_says_each_under_its_own_name(world: World) -> None:
    climb_by(world, Rung(run="host_tag", with_=HOST_INPUT, attempts=3), PAGE)
    world.end(stop_host(world).dispatch, ExecutionStatus.FAILED, "NotFound")
    seen = []
    while goal(world)["status"] == "pursuing":
        seen.append(stands(world)[1:])
        world.end(goal(world)["dispatch"], ExecutionStatus.FAILED, "NotFound")
    assert seen == [(1, 0), (1, 1), (1, 2)]
    assert len(world.executions.started) == 4
    assert "attempt 3 of 3" in [world.row(one)["reason"] for one in world.executions.started][-1]


def test_a_rung_that_control_refuses_is_climbed_past(world: World) -> None:
    climb_by(world, Rung(run="host_stop", with_=HOST_INPUT), PAGE)
    dispatch = stop_host(world).dispatch
    world.tell_again(dispatch)
    later(world, 1801)
    assert stands(world) == ("escalated", 2, 0)
    refused = [row for row in list_event(world, dispatch) if row["state"] == DispatchState.REJECTED]
    assert [row["workflow"] for row in refused] == ["host_stop"]
    assert all("goal_owed" not in row for row in refused)


def list_event(world: World, dispatch: str) -> list[Mapping[str, Any]]:
    pk = f"event#{dispatch.partition('-')[0]}"
    return list(world.ports.store.query(pk, "dispatch#", 100).items)


def test_a_frozen_rung_is_held_and_the_person_is_still_paged(world: World) -> None:
    climb_by(world, SWAP, PAGE)
    dispatch = stop_host(world).dispatch
    freeze({}, "change night", "ana", world.clock.now() + timedelta(hours=2), (), world.ports)
    world.end(dispatch, ExecutionStatus.FAILED, "NotFound")
    assert (stands(world), pages(world)) == (("escalated", 2, 0), ["sre"])
    assert sorted(row["state"] for row in list_event(world, dispatch)) == ["failed", "held", "paged"]


def test_a_page_in_the_middle_waits_for_the_person_before_it_goes_on(world: World) -> None:
    climb_by(world, Rung(page="dev"), SWAP, PAGE)
    world.end(stop_host(world).dispatch, ExecutionStatus.FAILED, "NotFound")
    assert (stands(world), pages(world)) == (("pursuing", 1, 0), ["dev"])
    later(world, 1700)
    assert stands(world) == ("pursuing", 1, 0)
    later(world, 101)
    assert stands(world) == ("pursuing", 2, 0)
    assert goal_row(world)["workflow"] == "host_tag"


def test_after_a_bad_end_that_may_go_on_the_next_rung_comes_when_the_lock_is_let_go(world: World) -> None:
    climb_by(world, SWAP, PAGE)
    dispatch = stop_host(world).dispatch
    world.end(dispatch, ExecutionStatus.TIMED_OUT)
    assert stands(world) == ("pursuing", 0, 0)
    release_held(dispatch, world.ports, world.bundle)
    assert stands(world) == ("pursuing", 1, 0)
    assert world.holders() == [goal(world)["dispatch"]]


def test_what_a_person_took_back_is_not_tried_otherwise(world: World) -> None:
    climb_by(world, SWAP, PAGE)
    dispatch = stop_host(world).dispatch
    world.tell_again(dispatch)
    break_dispatch(dispatch, "ana", "wrong host", world.ports, world.bundle)
    world.tell_again(dispatch)
    release_held(dispatch, world.ports, world.bundle)
    assert stands(world)[0] == "stopped"
    assert goal(world)["why"] == "broken by ana: wrong host"
    later(world, 7200)
    assert (len(world.executions.started), pages(world)) == (1, [])


def test_a_cancelled_reservation_is_not_tried_otherwise(world: World) -> None:
    climb_by(world, SWAP, PAGE)
    world.executions.answer = Start.THROTTLED
    dispatch = stop_host(world).dispatch
    world.executions.answer = None
    cancel(dispatch, "ana", "wrong host", world.ports, world.bundle)
    world.tell_again(dispatch)
    assert stands(world)[0] == "stopped"
    assert "goal_owed" not in world.row(dispatch)


def test_another_event_joins_the_pursuit_and_a_later_one_begins_a_new_one(world: World) -> None:
    climb_by(world, SWAP, PAGE)
    dispatch = stop_host(world).dispatch
    joined = stop_host(world, "e2", 1)
    assert joined.state is DispatchState.DEDUPLICATED
    assert f"because of event e1: the first dispatch, dispatch {dispatch}" in joined.reason
    assert world.waiters() == []
    world.end(dispatch)
    run_host(world, minute=5)
    assert stop_host(world, "e3", 10).kind is VerdictKind.START
    assert (stands(world), goal(world)["event_id"]) == (("pursuing", 0, 0), "e3")


def test_an_event_about_another_object_has_a_pursuit_of_its_own(world: World) -> None:
    climb_by(world, SWAP, PAGE)
    stop_host(world)
    (other,) = world.event(make_event("e2", host="i-0b")).verdicts
    assert other.kind is VerdictKind.START
    assert (world.object(OTHER).goal or {})["dispatch"] == other.dispatch


def test_without_a_ladder_a_goal_that_is_not_met_in_time_is_missed(world: World) -> None:
    climb_by(world)
    dispatch = stop_host(world).dispatch
    world.end(dispatch)
    later(world, 1700)
    assert stands(world)[0] == "pursuing"
    later(world, 101)
    assert stands(world)[0] == "missed"
    assert "the goal is not met within 30m" in goal(world)["why"]
    assert world.row(dispatch)["lane"].startswith("ended#")


def test_a_ladder_without_a_person_at_its_end_is_missed_when_it_is_used_up(world: World) -> None:
    climb_by(world, SWAP)
    world.end(stop_host(world).dispatch, ExecutionStatus.FAILED, "NotFound")
    world.end(goal(world)["dispatch"], ExecutionStatus.FAILED, "NotFound")
    assert (stands(world), pages(world)) == (("missed", 1, 0), [])


def test_a_rule_that_is_switched_off_climbs_no_further(world: World) -> None:
    climb_by(world, SWAP, PAGE)
    dispatch = stop_host(world).dispatch
    climb_by(world, SWAP, PAGE, mode=RuleMode.DISABLED)
    world.end(dispatch, ExecutionStatus.FAILED, "NotFound")
    assert stands(world)[0] == "stopped"
    assert "no longer acts" in goal(world)["why"]


def test_a_refused_event_pursues_nothing(world: World) -> None:
    stop = Branch(when=None, run="host_stop", with_=HOST_INPUT)
    climb_by(world, SWAP, PAGE, branches=(stop,))
    world.ask("host_reboot", "r1", host="i-0a")
    assert stop_host(world).kind is VerdictKind.REJECT
    assert world.object().goal is None


def test_two_rules_pursue_their_goals_of_one_object_side_by_side(world: World) -> None:
    tag = Branch(when=None, run="host_tag", with_=HOST_INPUT)
    rules = (
        make_rule(name="first", branches=(tag,), goal=Goal(UNTIL, 600, (PAGE,))),
        make_rule(name="second", branches=(tag,), goal=Goal('$object.labels.ok = "yes"', 900, (PAGE,))),
    )
    world.bundle = make_bundle(rules=rules)
    world.event(make_event())
    run_host(world, minute=5)
    statuses = {name: found["status"] for name, found in world.object().goals.items()}
    assert statuses == {"first": "met", "second": "pursuing"}
    later(world, 901)
    assert world.object().goals["second"]["status"] == "escalated"


def test_what_a_refused_event_says_of_its_object_is_kept(world: World) -> None:
    stop = Branch(when=None, run="host_stop", with_=HOST_INPUT)
    climb_by(world, PAGE, branches=(stop,))
    world.ask("host_reboot", "r1", host="i-0a")
    assert stop_host(world).kind is VerdictKind.REJECT
    assert world.object().state == "stopped"
