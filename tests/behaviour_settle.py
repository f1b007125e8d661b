"""How events settle, whatever store is behind control: run wherever `tests.behaviour` runs."""

from typing import Any

from chalicelib.catalog.model import Accumulate, Branch, Correlate, Dedupe, Goal, RuleMode, Rung
from chalicelib.control.cancel import cancel
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import Verdict, VerdictKind
from chalicelib.control.settle import release_held
from tests.behaviour import World
from tests.behaviour_windows import send, set_windows
from tests.builders import HOST, make_bundle, make_event

SETTLE = Correlate(settle_s=90)


def see_state(world: World, event_id: str, minute: int, state: str = "running", second: int = 0) -> None:
    world.event(make_event(event_id, state=state, time=f"2026-01-01T00:{minute:02}:{second:02}Z"))


def message(world: World, verdict: Verdict) -> DispatchState:
    """Deliver the delayed message of a dispatch, and give its state."""
    release_held(verdict.dispatch, world.ports, world.bundle)
    return DispatchState(world.row(verdict.dispatch)["state"])


def test_an_event_waits_and_acts_if_what_it_observed_is_still_so(world: World) -> None:
    set_windows(world, SETTLE)
    first = send(world, "e1")
    assert (first.state, world.executions.started) == (DispatchState.SETTLING, {})
    assert first.reason == "it acts if after 1m30s host/i-0a is still stopped"
    assert world.delays.sent == [(first.dispatch, 90)]
    assert message(world, first) is DispatchState.RESERVED
    row = world.row(first.dispatch)
    assert row["reason"].endswith("still so after 1m30s")
    assert (row["verdict"], row["settle"]["for_s"], list(world.executions.started)) == ("start", 90, [first.dispatch])
    assert message(world, first) is DispatchState.RESERVED, "a message that comes twice changes nothing"
    assert len(world.executions.started) == 1


def test_an_event_is_dropped_if_its_object_is_something_else_by_then(world: World) -> None:
    set_windows(world, SETTLE)
    first = send(world, "e1")
    see_state(world, "up", 1)
    assert message(world, first) is DispatchState.DROPPED
    row = world.row(first.dispatch)
    assert row["reason"] == "host/i-0a is running, and no longer stopped"
    assert row["lane"].startswith("ended#")
    assert world.executions.started == {}


def test_an_event_is_dropped_if_its_object_was_something_else_in_between_and_the_later_one_acts(world: World) -> None:
    set_windows(world, SETTLE)
    first = send(world, "e1")
    see_state(world, "up", 1)
    second = send(world, "e2", 2)
    assert second.state is DispatchState.SETTLING
    assert message(world, first) is DispatchState.DROPPED
    assert "was something else in between" in world.row(first.dispatch)["reason"]
    assert message(world, second) is DispatchState.RESERVED


def test_an_event_that_observes_the_same_again_waits_for_the_first(world: World) -> None:
    set_windows(world, SETTLE)
    first, second = send(world, "e1"), send(world, "e2", 1)
    assert second.state is DispatchState.DEDUPLICATED
    assert second.reason == f"event e1 already waits for the same to settle (dispatch {first.dispatch})"
    assert message(world, first) is DispatchState.RESERVED, "the same state again is no change"
    world.end(first.dispatch)
    assert send(world, "e3", 2).state is DispatchState.SETTLING, "the first waits no longer"


def test_an_event_that_comes_after_a_newer_one_is_dropped_at_once(world: World) -> None:
    set_windows(world, SETTLE)
    see_state(world, "up", 5)
    late = send(world, "e1", 3)
    assert late.state is DispatchState.DROPPED
    assert late.reason == "host/i-0a was seen running at 2026-01-01T00:05:00.000Z, after it was stopped"


def test_a_lost_message_is_made_good_by_reconcile_and_a_cut_off_one_too(world: World) -> None:
    set_windows(world, SETTLE)
    first = send(world, "e1")
    world.clock.advance(149)
    assert world.tick() == ()
    world.clock.advance(2)
    (done,) = world.tick()
    assert (done.found, world.row(first.dispatch)["state"]) == ("settling", "reserved")


def test_what_an_alarm_says_of_a_host_settles_by_the_alarm(world: World) -> None:
    by_alarm = {
        "match": {"source": ["aws.cloudwatch"], "detail": {"state": {"value": ["ALARM"]}}},
        "object": 'host/{% $substringAfter($event.detail.alarmName, "-") %}',
    }
    set_windows(world, SETTLE, **by_alarm)
    first = alarm(world, "a1", 0, "ALARM")
    assert first.reason.endswith("alarm/down-i-0a is still ALARM")
    alarm(world, "a2", 1, "OK")
    assert message(world, first) is DispatchState.DROPPED
    second = alarm(world, "a3", 2, "ALARM")
    see_state(world, "up", 2)
    assert message(world, second) is DispatchState.RESERVED, "what else is seen of the host ends nothing"


def alarm(world: World, event_id: str, minute: int, value: str) -> Verdict:
    raw = make_event(event_id, time=f"2026-01-01T00:{minute:02}:00Z") | {
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "detail": {"alarmName": "down-i-0a", "state": {"value": value, "timestamp": f"2026-01-01T00:{minute:02}:00Z"}},
    }
    outcome = world.event(raw)
    return outcome.verdicts[0] if outcome.verdicts else Verdict("", VerdictKind.RECORD, DispatchState.IGNORED, "")


def test_the_decision_is_made_on_the_object_as_it_then_is(world: World) -> None:
    branches = (
        Branch(when='$object.tier = "P0"', page="sre"),
        Branch(when=None, run="host_reboot", with_={"host": "{% $object.name %}"}),
    )
    set_windows(world, SETTLE, branches=branches)
    first = send(world, "e1")
    label(world, service="ledger")
    assert message(world, first) is DispatchState.PAGED
    assert [page["page"] for _, page in world.publisher.published] == ["sre"]


def label(world: World, **labels: str) -> None:
    from chalicelib.control.records import object_key  # noqa: PLC0415 - a write behind control's back
    from chalicelib.control.transaction import Transaction, Update  # noqa: PLC0415

    world.ports.store.commit(Transaction((Update(object_key(HOST), set={"labels": labels}),)))


def test_a_settled_event_waits_for_a_lock_like_any_other(world: World) -> None:
    set_windows(world, SETTLE)
    holder = world.ask("host_reboot", "r1", host="i-0a")
    first = send(world, "e1")
    assert message(world, first) is DispatchState.QUEUED
    assert world.end(holder.dispatch).promoted == (first.dispatch,)


def test_who_acted_within_the_dedupe_window_is_asked_once_it_has_settled(world: World) -> None:
    set_windows(world, Correlate(settle_s=90, dedupe=Dedupe(900)))
    first = send(world, "e1")
    assert message(world, first) is DispatchState.RESERVED
    world.end(first.dispatch)
    see_state(world, "up", 3)
    second = send(world, "e2", 4)
    assert second.state is DispatchState.SETTLING
    assert message(world, second) is DispatchState.DEDUPLICATED
    assert "by event e1 4m before it" in world.row(second.dispatch)["reason"]


def test_a_dropped_event_opens_no_dedupe_window(world: World) -> None:
    set_windows(world, Correlate(settle_s=90, dedupe=Dedupe(900)))
    first = send(world, "e1")
    see_state(world, "up", 1)
    second = send(world, "e2", 2)
    message(world, first)
    assert message(world, second) is DispatchState.RESERVED


def test_the_event_that_completes_a_count_settles(world: World) -> None:
    set_windows(world, Correlate(settle_s=90, accumulate=Accumulate(2, 600)))
    assert send(world, "e1").state is DispatchState.ACCUMULATED
    second = send(world, "e2", 1)
    assert second.state is DispatchState.SETTLING
    assert message(world, second) is DispatchState.RESERVED, "it is not counted again"
    world.end(second.dispatch)
    assert send(world, "e3", 2).state is DispatchState.ACCUMULATED


def test_a_shadow_rule_settles_and_records_what_it_would_do(world: World) -> None:
    set_windows(world, SETTLE, mode=RuleMode.SHADOW)
    first = send(world, "e1")
    assert first.state is DispatchState.SETTLING
    assert message(world, first) is DispatchState.SHADOWED
    assert world.executions.started == {}


def test_a_settling_event_can_be_cancelled_and_then_holds_nobody_up(world: World) -> None:
    set_windows(world, SETTLE)
    first = send(world, "e1")
    assert cancel(first.dispatch, "ana", "known", world.ports, world.bundle).action == "it waits no longer"
    assert message(world, first) is DispatchState.CANCELLED
    assert send(world, "e2", 1).state is DispatchState.SETTLING


def test_a_rule_that_is_gone_drops_what_settled_for_it(world: World) -> None:
    set_windows(world, SETTLE)
    first = send(world, "e1")
    rules = world.bundle
    world.bundle = make_bundle(rules=())
    assert message(world, first) is DispatchState.DROPPED
    assert world.row(first.dispatch)["reason"] == "there is no rule host_stopped any more"
    world.bundle = rules
    assert send(world, "e2", 1).state is DispatchState.SETTLING, "the window was let go"


def test_a_goal_is_taken_up_once_the_event_has_settled(world: World) -> None:
    goal = Goal('$object.state = "running"', 600, (Rung(page="sre"),))
    set_windows(world, SETTLE, goal=goal)
    first = send(world, "e1")
    assert world.object().goal is None
    message(world, first)
    found: Any = world.object().goal
    assert (found["status"], found["dispatch"]) == ("pursuing", first.dispatch)


def test_a_duplicated_event_settles_once(world: World) -> None:
    set_windows(world, SETTLE)
    first, again = send(world, "e1"), send(world, "e1")
    assert (again.duplicate, again.state) == (True, DispatchState.SETTLING)
    message(world, first)
    assert send(world, "e1").state is DispatchState.RESERVED
    assert len(world.executions.started) == 1
