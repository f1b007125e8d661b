"""How a rule's windows behave, whatever store is behind control: run wherever `tests.behaviour` runs."""

from typing import Any

import pytest

from chalicelib.catalog.model import Accumulate, Branch, Bundle, Correlate, Dedupe, Rule, RuleMode
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ExecutionStatus, Verdict, VerdictKind
from tests.behaviour import World
from tests.builders import make_bundle, make_event, make_rule


def make_rules(*rules: Rule) -> Bundle:
    return make_bundle(rules=rules)


def set_windows(world: World, correlate: Correlate, **changes: Any) -> None:
    """Have one rule without a goal that reboots stopped hosts, with these windows."""
    reboot = Branch(when=None, run="host_reboot", with_={"host": "{% $object.name %}"})
    world.bundle = make_rules(make_rule(**{"branches": (reboot,), "goal": None, "correlate": correlate, **changes}))


def send(world: World, event_id: str, minute: int = 0, host: str = "i-0a", **changes: Any) -> Verdict:
    """Send a stopped host's event with its own time, so many minutes after the first."""
    at = f"2026-01-01T{minute // 60:02}:{minute % 60:02}:00Z"
    (verdict,) = world.event(make_event(event_id, host, time=at, **changes)).verdicts
    return verdict


# --- dedupe ----------------------------------------------------------------------------------------------------------


def test_one_event_acts_and_those_like_it_are_recorded_with_the_one_that_did(world: World) -> None:
    set_windows(world, Correlate(dedupe=Dedupe(900)))
    first, second = send(world, "e1"), send(world, "e2", 3)
    assert (first.kind, second.state) == (VerdictKind.START, DispatchState.DEDUPLICATED)
    assert second.reason == f"deduplicated by event e1 3m before it (dispatch {first.dispatch})"
    row = world.row(second.dispatch)
    assert (row["verdict"], row["workflow"], row["state"]) == ("record", "host_reboot", "deduplicated")
    assert list(world.executions.started) == [first.dispatch]
    assert send(world, "e3", host="i-0b").kind is VerdictKind.START, "another object has a window of its own"


def test_the_window_is_measured_from_the_event_that_acted_by_the_events_own_times(world: World) -> None:
    set_windows(world, Correlate(dedupe=Dedupe(900)))
    world.end(send(world, "e1", 20).dispatch)
    world.clock.advance(7200)
    assert send(world, "e2", 34).state is DispatchState.DEDUPLICATED, "however late it is delivered"
    assert send(world, "e3", 6).state is DispatchState.DEDUPLICATED, "and in whatever order"
    assert send(world, "e4", 35).kind is VerdictKind.START, "suppressed events do not make it longer"


def test_the_event_that_acted_is_no_duplicate_of_itself(world: World) -> None:
    set_windows(world, Correlate(dedupe=Dedupe(900)))
    first, again = send(world, "e1"), send(world, "e1")
    assert (again.duplicate, again.state, again.dispatch) == (True, DispatchState.RESERVED, first.dispatch)


def test_a_refused_event_opens_no_window(world: World) -> None:
    stop = Branch(when=None, run="host_stop", with_={"host": "{% $object.name %}"})
    set_windows(world, Correlate(dedupe=Dedupe(900)), branches=(stop,))
    holder = world.ask("host_reboot", "r1", host="i-0a")
    assert send(world, "e1").kind is VerdictKind.REJECT
    world.end(holder.dispatch)
    assert send(world, "e2", 1).kind is VerdictKind.START


def test_pages_are_deduplicated_by_what_the_rule_says(world: World) -> None:
    by = Dedupe(900, by="$event.detail.state")
    set_windows(world, Correlate(dedupe=by), branches=(Branch(when=None, page="sre"),))
    states = [send(world, f"e{n}", n, host).state for n, host in enumerate(["i-0a", "i-0b", "i-0c"])]
    assert states == [DispatchState.PAGED, DispatchState.DEDUPLICATED, DispatchState.DEDUPLICATED]
    assert len(world.publisher.published) == 1


def test_what_a_window_cannot_be_found_for_is_recorded_with_the_reason(world: World) -> None:
    set_windows(world, Correlate(dedupe=Dedupe(900, by="$event.detail.color")))
    verdict = send(world, "e1")
    assert verdict.state is DispatchState.UNDECIDED
    assert "$event.detail.color" in verdict.reason
    assert world.executions.started == {}


def test_a_shadow_rule_has_windows_of_its_own(world: World) -> None:
    correlate = Correlate(dedupe=Dedupe(900))
    set_windows(world, correlate, mode=RuleMode.SHADOW)
    found = [send(world, f"e{n}") for n in (1, 2)]
    assert [one.state for one in found] == [DispatchState.SHADOWED, DispatchState.DEDUPLICATED]
    assert [world.row(one.dispatch)["shadow"] for one in found] == ["acts", "deduplicated"]
    world.bundle = make_rules(world.bundle.rules[0]._replace(mode=RuleMode.ACTIVE))
    started = send(world, "e3")
    assert started.kind is VerdictKind.START
    assert "shadow" not in world.row(started.dispatch)


# --- accumulate ------------------------------------------------------------------------------------------------------


def test_nothing_is_done_until_enough_events_have_come_and_then_once(world: World) -> None:
    set_windows(world, Correlate(accumulate=Accumulate(3, 600)))
    first, second, third = (send(world, f"e{n}", n) for n in (1, 2, 3))
    assert (first.state, second.state) == (DispatchState.ACCUMULATED, DispatchState.ACCUMULATED)
    assert second.reason == "2 of 3 events within 10m: e1, e2"
    assert third.kind is VerdictKind.START
    world.end(third.dispatch)
    states = [send(world, f"e{n}", n).state for n in (4, 5, 6)]
    assert states == [DispatchState.ACCUMULATED, DispatchState.ACCUMULATED, DispatchState.RESERVED]


def test_a_repeated_event_counts_once(world: World) -> None:
    set_windows(world, Correlate(accumulate=Accumulate(3, 600)))
    states = [send(world, event).state for event in ("e1", "e1", "e1", "e2", "e2")]
    assert set(states) == {DispatchState.ACCUMULATED}
    assert send(world, "e3").kind is VerdictKind.START


def test_events_too_far_apart_do_not_count_together_in_whatever_order_they_come(world: World) -> None:
    set_windows(world, Correlate(accumulate=Accumulate(3, 600)))
    assert {send(world, f"e{n}", n).state for n in (0, 12, 1, 14)} == {DispatchState.ACCUMULATED}
    assert send(world, "e13", 13).kind is VerdictKind.START, "12, 13 and 14"


def test_the_count_is_kept_when_the_event_that_completes_it_is_refused(world: World) -> None:
    stop = Branch(when=None, run="host_stop", with_={"host": "{% $object.name %}"})
    set_windows(world, Correlate(accumulate=Accumulate(2, 600)), branches=(stop,))
    holder = world.ask("host_reboot", "r1", host="i-0a")
    assert [send(world, f"e{n}", n).state for n in (1, 2)] == [DispatchState.ACCUMULATED, DispatchState.REJECTED]
    world.end(holder.dispatch, ExecutionStatus.SUCCEEDED)
    assert send(world, "e3", 3).kind is VerdictKind.START


def test_accumulated_events_that_fire_within_a_dedupe_window_are_deduplicated(world: World) -> None:
    set_windows(world, Correlate(dedupe=Dedupe(3600), accumulate=Accumulate(2, 600)))
    states = [send(world, f"e{n}", n).state for n in (1, 2, 3, 4, 5)]
    assert states == [
        DispatchState.ACCUMULATED,
        DispatchState.RESERVED,
        DispatchState.ACCUMULATED,
        DispatchState.DEDUPLICATED,
        DispatchState.ACCUMULATED,
    ]


@pytest.mark.parametrize("correlate", [Correlate(dedupe=Dedupe(900)), Correlate(accumulate=Accumulate(2, 900))])
def test_what_the_rule_ignores_is_in_no_window(world: World, correlate: Correlate) -> None:
    ignoring = Branch(when='$event.detail.state = "stopped"', ignore="not now")
    reboot = Branch(when=None, run="host_reboot", with_={"host": "{% $object.name %}"})
    match = {"source": ["aws.ec2"]}
    set_windows(world, correlate, branches=(ignoring, reboot), match=match)
    assert [send(world, f"e{n}").state for n in (1, 2, 3)] == [DispatchState.IGNORED] * 3
    later = send(world, "e4", detail={"instance-id": "i-0a", "state": "terminated"})
    assert later.state in {DispatchState.RESERVED, DispatchState.ACCUMULATED}
    assert "e1" not in later.reason
