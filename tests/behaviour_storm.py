"""How storms are held, whatever store is behind control: run wherever `tests.behaviour` runs."""

from datetime import timedelta
from typing import Any

from chalicelib.catalog.model import Branch, Correlate, Dedupe, RuleMode, Storm
from chalicelib.control.freeze import freeze
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import Verdict, VerdictKind
from chalicelib.control.records import object_key
from chalicelib.control.resume import release
from chalicelib.control.settle import release_held
from chalicelib.control.transaction import Put, Transaction
from chalicelib.identity import ObjectId
from tests.behaviour import World
from tests.behaviour_windows import send, set_windows
from tests.builders import HOME, make_event

STORM = Storm("zone", 2, 600, "sre")


def place(world: World, zone: str, *hosts: str) -> None:
    for host in hosts:
        key = object_key(ObjectId(HOME.account, HOME.region, "host", host))
        row: dict[str, Any] = {"v": 1, "labels": {"zone": zone}, "registered": True}
        world.ports.store.commit(Transaction((Put(key, row),)))


def begin(world: World, **correlate: Any) -> None:
    set_windows(world, Correlate(storm=STORM, **correlate))
    place(world, "a", "a1", "a2", "a3", "a4", "a5")
    place(world, "b", "b1", "b2")


def storm(world: World, *hosts: str, minute: int = 0) -> list[Verdict]:
    return [send(world, f"e-{host}-{minute}", minute, host) for host in hosts]


def pages(world: World) -> list[Any]:
    return [page for _, page in world.publisher.published]


def test_too_many_at_once_are_held_and_one_person_is_paged_once(world: World) -> None:
    begin(world)
    first, second, third, fourth = storm(world, "a1", "a2", "a3", "a4")
    assert [one.kind for one in (first, second)] == [VerdictKind.START] * 2
    assert [one.state for one in (third, fourth)] == [DispatchState.HELD] * 2
    assert third.reason.startswith(
        "a storm: more than 2 objects of zone a had such events within 10m, since event e-a3-0"
    )
    assert world.row(fourth.dispatch)["workflow"] == "host_reboot", "what is held says what it would have done"
    (page,) = pages(world)
    assert (page["page"], page["dispatch"], page["reason"]) == ("sre", third.dispatch, third.reason)
    send(world, "e-a3-0", 0, "a3")
    world.clock.advance(61)
    world.tick()
    assert len(pages(world)) == 1
    assert "page_owed" not in world.row(third.dispatch)


def test_another_place_has_a_storm_of_its_own(world: World) -> None:
    begin(world)
    storm(world, "a1", "a2", "a3")
    assert [one.kind for one in storm(world, "b1", "b2")] == [VerdictKind.START] * 2


def test_one_object_with_many_events_is_no_storm(world: World) -> None:
    begin(world)
    for minute in range(8):
        (verdict,) = storm(world, "a1", minute=minute)
        assert verdict.state is not DispatchState.HELD
    assert pages(world) == []


def test_events_far_apart_are_no_storm(world: World) -> None:
    begin(world)
    states = [storm(world, host, minute=minute)[0].kind for host, minute in (("a1", 0), ("a2", 6), ("a3", 12))]
    assert states == [VerdictKind.START] * 3


def test_a_storm_lasts_while_events_come_and_is_over_after_a_window_or_so_without(world: World) -> None:
    begin(world)
    storm(world, "a1", "a2", "a3")
    states = [storm(world, host, minute=minute)[0].state for host, minute in (("a4", 8), ("a5", 16), ("a1", 24))]
    assert set(states) == {DispatchState.HELD}
    (after,) = storm(world, "a4", minute=40)
    assert after.kind is VerdictKind.START
    assert len(pages(world)) == 1
    storm(world, "a2", minute=41)
    (again,) = storm(world, "a3", minute=42)
    assert (again.state, len(pages(world))) == (DispatchState.HELD, 2), "another trip, another page"


def test_a_storm_is_not_written_for_every_event(world: World) -> None:
    begin(world)
    storm(world, "a1", "a2", "a3")
    (window,) = [row for row in list_windows(world) if row["kind"] == "storm"]
    for minute in range(5):
        storm(world, "a4", "a5", minute=minute)
    (later,) = [row for row in list_windows(world) if row["kind"] == "storm"]
    assert later["version"] == window["version"], "it is open for long enough"


def list_windows(world: World) -> list[Any]:
    from chalicelib.control.windows.row import find_key  # noqa: PLC0415 - only this helper looks behind control

    key = find_key(world.bundle.rules[0], "storm", "zone=a")
    row = world.ports.store.read([key]).get(key)
    return [row] if row else []


def test_what_settles_when_a_storm_begins_is_held_too(world: World) -> None:
    begin(world, settle_s=90)
    first, second, third = storm(world, "a1", "a2", "a3")
    assert [one.state for one in (first, second, third)] == [
        DispatchState.SETTLING,
        DispatchState.SETTLING,
        DispatchState.HELD,
    ]
    for one in (first, second):
        release_held(one.dispatch, world.ports, world.bundle)
        assert world.row(one.dispatch)["state"] == DispatchState.HELD
    assert world.executions.started == {}
    assert len(pages(world)) == 1


def test_a_person_releases_what_was_held_and_it_passes_control_like_anything_else(world: World) -> None:
    begin(world, dedupe=Dedupe(900))
    *_, third, fourth = storm(world, "a1", "a2", "a3", "a4")
    told = release(third.dispatch, "ana", "power is back", world.ports, world.bundle)
    assert told.startswith("reserved: ")
    row = world.row(third.dispatch)
    assert row["reason"].endswith("released by ana: power is back")
    assert row["held"] == third.reason
    assert third.dispatch in world.executions.started
    assert release(third.dispatch, "ana", "x", world.ports, world.bundle) == "nothing: it is not held"
    (later,) = storm(world, "a3", minute=12)
    assert later.state in {DispatchState.HELD, DispatchState.DEDUPLICATED}
    holder = world.ask("host_reboot", "r1", host="a4")
    assert release(fourth.dispatch, "ana", "x", world.ports, world.bundle).startswith("queued: ")
    assert world.end(holder.dispatch).promoted == (fourth.dispatch,)


def test_a_release_does_not_pass_a_freeze_nor_a_ladder(world: World) -> None:
    begin(world)
    third = storm(world, "a1", "a2", "a3")[-1]
    freeze({}, "change night", "ana", world.clock.now() + timedelta(hours=1), (), world.ports)
    assert release(third.dispatch, "bob", "now", world.ports, world.bundle).startswith("held: ")
    assert "is frozen until" in world.row(third.dispatch)["reason"]
    world.clock.advance(7200)
    assert release(third.dispatch, "bob", "now", world.ports, world.bundle).startswith("reserved: ")


def test_what_a_request_was_held_for_is_not_released_by_its_event(world: World) -> None:
    freeze({}, "change night", "ana", world.clock.now() + timedelta(hours=1), (), world.ports)
    held = world.ask("host_reboot", "r1", host="i-0a")
    assert held.state is DispatchState.HELD
    assert release(held.dispatch, "bob", "x", world.ports, world.bundle).startswith("nothing: ")


def test_a_storm_of_a_shadow_rule_pages_nobody(world: World) -> None:
    set_windows(world, Correlate(storm=STORM), mode=RuleMode.SHADOW)
    place(world, "a", "a1", "a2", "a3")
    states = storm(world, "a1", "a2", "a3")
    assert {one.state for one in states} == {DispatchState.SHADOWED}
    assert states[-1].reason.startswith("it would be held: a storm")
    assert pages(world) == []


def test_pages_are_held_in_a_storm_like_runs(world: World) -> None:
    set_windows(world, Correlate(storm=STORM), branches=(Branch(when=None, page="dev"),))
    place(world, "a", "a1", "a2", "a3", "a4")
    storm(world, "a1", "a2", "a3", "a4")
    assert [page["page"] for page in pages(world)] == ["dev", "dev", "sre"]


def test_objects_without_the_label_count_together_and_a_storm_may_be_counted_over_all(world: World) -> None:
    for storm_by in (Storm("labels.rack", 2, 600, "sre"), Storm("all", 2, 600, "sre")):
        set_windows(world, Correlate(storm=storm_by))
        verdicts = [send(world, f"{storm_by.per}-{n}", 0, f"i-{n}") for n in range(3)]
        assert [one.state for one in verdicts][-1] is DispatchState.HELD
    world.event(make_event("other", host="i-9"))
