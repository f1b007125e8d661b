"""What is told and kept of a dispatch's life, from the stream of its rows."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.catalog.model import Branch
from chalicelib.control.approvals.approval import Answer, Reply
from chalicelib.control.cancel import break_dispatch, cancel, release_dispatch
from chalicelib.control.freeze import freeze, unfreeze
from chalicelib.control.journal.journal import Outlets, publish_changes, read_journal, trace_state
from chalicelib.control.journal.transitions import Change, Transition, find_transitions
from chalicelib.control.model import ExecutionStatus
from chalicelib.control.ports import Start
from chalicelib.control.settle import settle_execution
from chalicelib.control.transaction import Item, Key
from dsl.policies.lint.event_fields import EVENT_FIELDS, find_unknown
from tests.behaviour import World
from tests.behaviour_campaigns import Fleet
from tests.builders import make_bundle, make_event, make_ports, make_rule
from tests.fakes import FakeJournal, FakePublisher, MemoryStore
from tests.faults import Crash, Fuse


@dataclass
class Watched:
    """A world whose store keeps its stream."""

    store: MemoryStore = field(default_factory=lambda: MemoryStore(changes=[]))
    told: FakePublisher = field(default_factory=FakePublisher)

    def __post_init__(self) -> None:
        self.world = World(make_ports(self.store))
        self.outlets = Outlets(FakeJournal(self.store), self.told)

    @property
    def changes(self) -> list[Change]:
        assert self.store.changes is not None
        return self.store.changes

    def publish(self) -> tuple[Transition, ...]:
        return publish_changes(self.changes, self.outlets)

    def entries(self, about: str) -> list[Item]:
        self.publish()
        return list(read_journal(about, self.store))

    def moves(self, dispatch: str) -> list[tuple[Any, ...]]:
        return [(one["from"], one["to"], one["by"], one["reason"]) for one in self.entries(dispatch)]


@pytest.fixture
def watched() -> Watched:
    return Watched()


def run_one(watched: Watched, host: str = "i-0a") -> str:
    dispatch = watched.world.ask("host_reboot", f"e-{host}", host=host).dispatch
    watched.world.tell_again(dispatch)
    watched.world.end(dispatch)
    return dispatch


def test_a_life_is_three_transitions_each_kept_and_told(watched: Watched) -> None:
    dispatch = run_one(watched)
    watched.publish()
    assert [(one["from"], one["to"]) for one in read_journal(dispatch, watched.store)] == [
        ("", "reserved"),
        ("reserved", "running"),
        ("running", "succeeded"),
    ]
    assert {kind for kind, _ in watched.told.published} == {"Dispatch State Changed"}
    first, second, _ = (detail for _, detail in watched.told.published)
    assert (first["from"], first["to"], first["fence"]) == (None, "reserved", 1)
    assert (second["dispatch"], second["workflow"], second["object"]) == (
        dispatch,
        "host_reboot",
        "111122223333/eu-west-1/host/i-0a",
    )
    row = watched.world.row(dispatch)
    assert {(one["root_id"], one["hops"]) for _, one in watched.told.published} == {(row["root_id"], row["hops"] + 1)}


def test_an_error_is_the_reason_of_the_end_that_it_caused(watched: Watched) -> None:
    dispatch = watched.world.ask("host_reboot", host="i-0a").dispatch
    end = watched.world.executions.end(dispatch, ExecutionStatus.FAILED, "NotFound", "no such host")
    settle_execution(dispatch, end, watched.world.ports, watched.world.bundle)
    assert watched.moves(dispatch)[-1] == ("reserved", "failed", "", "NotFound: no such host")


def test_a_promotion_names_whose_end_freed_it_and_its_new_fence(watched: Watched) -> None:
    first = watched.world.ask("host_reboot", "e1", host="i-0a").dispatch
    second = watched.world.ask("host_reboot", "e2", host="i-0a").dispatch
    watched.world.end(first)
    queued, reserved = watched.entries(second)
    assert (queued["to"], "fence" in queued["facts"]) == ("queued", False)
    assert (reserved["from"], reserved["to"], reserved["facts"]["freed_by"]) == ("queued", "reserved", first)
    assert reserved["facts"]["fence"] == 2


def test_who_breaks_and_who_cancels_is_named(watched: Watched) -> None:
    ports, bundle = watched.world.ports, watched.world.bundle
    running = watched.world.ask("host_reboot", "e1", host="i-0a").dispatch
    waiting = watched.world.ask("host_reboot", "e2", host="i-0a").dispatch
    cancel(waiting, "ana", "not needed", ports, bundle)
    break_dispatch(running, "ben", "it hangs", ports, bundle)
    assert watched.moves(waiting)[-1] == ("queued", "cancelled", "ana", "cancelled by ana: not needed")
    entries = watched.entries(running)
    assert [(one["kind"], one["to"], one["by"]) for one in entries[1:]] == [("broken", "reserved", "ben")]
    end = watched.world.executions.end(running, ExecutionStatus.ABORTED, "", "broken by ben: it hangs")
    settle_execution(running, end, ports, bundle)
    assert watched.moves(running)[-1] == ("reserved", "holding", "", "broken by ben: it hangs")
    assert "Dispatch Broken" in {kind for kind, _ in watched.told.published}


def test_who_releases_what_was_held_is_named(watched: Watched) -> None:
    world = watched.world
    storm = make_event() | {"detail": {"instance-id": "i-0a", "state": "stopped"}}
    until = world.clock.now().replace(year=2027)
    made = freeze({}, "a fire", "ana", until, (), world.ports)
    held = world.event(storm).verdicts[0].dispatch
    unfreeze(made.id, world.ports, "cleo")
    release_dispatch(held, "ben", "it is out", world.ports, world.bundle)
    moves = watched.moves(held)
    assert [(one[1], one[2]) for one in moves] == [("held", ""), ("reserved", "ben")]
    kept = [(one["from"], one["to"], one["by"]) for one in watched.entries(made.id)]
    assert kept == [("", "in force", "ana"), ("in force", "ended", "cleo")]


def test_decisions_to_do_nothing_are_neither_told_nor_kept(watched: Watched) -> None:
    watched.world.bundle = make_bundle(rules=(make_rule(branches=(Branch(when=None, ignore="as it should be"),)),))
    ignored = watched.world.event(make_event()).verdicts[0]
    assert (ignored.state, watched.entries(ignored.dispatch), watched.told.published) == ("ignored", [], [])


def test_an_event_from_too_far_away_is_kept_and_not_told_of_or_it_would_go_on_for_ever(watched: Watched) -> None:
    far = make_event() | {
        "source": "interlock",
        "detail-type": "Dispatch State Changed",
        "detail": {"root_id": "e0", "hops": watched.world.bundle.control.max_hops + 1, "to": "failed"},
    }
    rule = make_rule(match={"source": ["interlock"]})
    watched.world.bundle = make_bundle(rules=(rule._replace(object="host/i-0a"),))
    (held,) = watched.world.event(far).verdicts
    assert [one["to"] for one in watched.entries(held.dispatch)] == ["held"]
    assert [kind for kind, _ in watched.told.published] == []


def test_a_rule_may_match_a_transition_and_acts_one_hop_further(watched: Watched) -> None:
    world = watched.world
    failed = world.event(make_event()).verdicts[0].dispatch
    world.end(failed, ExecutionStatus.FAILED, "NotFound")
    watched.publish()
    told = next(detail for _, detail in watched.told.published if detail["to"] == "failed")
    match = {"source": ["interlock"], "detail-type": ["Dispatch State Changed"], "detail": {"to": ["failed"]}}
    rule = make_rule(name="after", match=match)._replace(object='host/{% $split($event.detail.object, "/")[3] %}')
    world.bundle = make_bundle(rules=(rule,))
    raw = {**make_event("e9"), "source": "interlock", "detail-type": "Dispatch State Changed"}
    (verdict,) = world.event({**raw, "detail": json.loads(json.dumps(told))}).verdicts
    row, first = world.row(verdict.dispatch), world.row(failed)
    assert (row["root_id"], row["hops"]) == (first["root_id"], first["hops"] + 1)
    assert row["object"] == first["object"]


def test_the_compiler_knows_the_fields_of_what_is_told(watched: Watched) -> None:
    """A rule that names another one is a mistake that is found when it is written."""
    world = watched.world
    first = world.ask("host_reboot", "e1", host="i-0a").dispatch
    world.ask("host_reboot", "e2", host="i-0a")
    made = freeze({"tier": "P0"}, "a sale", "ana", world.clock.now() + timedelta(hours=1), ("P1",), world.ports)
    unfreeze(made.id, world.ports)
    break_dispatch(first, "ben", "it hangs", world.ports, world.bundle)
    world.end(first)
    watched.publish()
    assert {kind for kind, _ in watched.told.published} == {
        "Dispatch State Changed",
        "Dispatch Broken",
        "Freeze Changed",
    }
    for kind, detail in watched.told.published:
        fields = EVENT_FIELDS["interlock", kind]
        assert [name for name in detail if find_unknown(fields, (name,)) is not None] == []


def test_what_is_published_again_adds_nothing(watched: Watched) -> None:
    run_one(watched)
    watched.publish()
    rows, told = dict(watched.store.rows), list(watched.told.published)
    assert watched.publish() == ()
    assert (watched.store.rows, watched.told.published) == (rows, told)


def test_a_later_derivation_does_not_change_what_is_kept(watched: Watched) -> None:
    dispatch = run_one(watched)
    (kept, *_) = watched.entries(dispatch)
    key = Key(kept["pk"], kept["sk"])
    watched.outlets.journal.append(key, {**kept, "reason": "another one"})
    assert watched.store.rows[key] == kept


@dataclass
class Dying:
    """Both outlets, behind one fuse."""

    real: Outlets
    fuse: Fuse

    def find(self, keys: Any) -> frozenset[Key]:
        return self.fuse.call(lambda: self.real.journal.find(keys))

    def append(self, key: Key, row: Item) -> None:
        self.fuse.call(lambda: self.real.journal.append(key, row))

    def publish_all(self, events: Any) -> None:
        self.fuse.call(lambda: self.real.announcer.publish_all(events))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_call_loses_neither_entry_nor_event(after: bool) -> None:  # noqa: FBT001
    whole = Watched()
    run_one(whole)
    whole.publish()
    expected = {detail["id"] for _, detail in whole.told.published}
    for at in range(1, 20):
        watched, fuse = Watched(), Fuse({at: after})
        run_one(watched)
        dying = Dying(watched.outlets, fuse)
        try:
            publish_changes(watched.changes, Outlets(dying, dying))
        except Crash:
            publish_changes(watched.changes, Outlets(dying, dying))
        assert watched.store.rows == whole.store.rows
        assert {detail["id"] for _, detail in watched.told.published} == expected
        if fuse.calls < at:
            return
    pytest.fail("it makes more calls than were tried")


def test_a_campaigns_batches_its_stop_and_its_members_are_told_apart(watched: Watched) -> None:
    fleet = Fleet(watched.world, count=3)
    campaign = fleet.begin().dispatch
    fleet.end_all()
    cancel(campaign, "ana", "enough", watched.world.ports, watched.world.bundle)
    fleet.end_all()
    kept = [(one["kind"], one["to"], one["by"]) for one in watched.entries(campaign)]
    assert kept == [
        ("state", "rolling", ""),
        ("batch", "batch 1", ""),
        ("batch", "batch 2", ""),
        ("state", "cancelled", "ana"),
    ]
    assert trace_state(watched.entries(campaign)) == "cancelled"
    opened = [detail for kind, detail in watched.told.published if kind == "Dispatch Batch Opened"]
    assert [(one["dispatch"], one["to"]) for one in opened] == [(campaign, "batch 1"), (campaign, "batch 2")]
    members = [detail for _, detail in watched.told.published if detail.get("campaign") == campaign]
    assert {one["to"] for one in members} == {"reserved", "succeeded"}


def test_what_does_not_go_on_is_told_once(watched: Watched) -> None:
    world = watched.world
    world.executions.answer = Start.REFUSED
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    for _ in range(3):
        world.clock.advance(700)
        world.tick()
    stuck = [one for one in watched.entries(dispatch) if one["kind"] == "stuck"]
    assert [(one["to"], one["reason"], one["at"] > "2026-01-01T00:11") for one in stuck] == [
        ("reserved", world.row(dispatch)["stuck"], True)
    ]
    assert [kind for kind, _ in watched.told.published] == ["Dispatch State Changed", "Dispatch Stuck"]


def test_entries_that_do_not_join_lead_nowhere(watched: Watched) -> None:
    first, second, third = watched.entries(run_one(watched))
    assert [trace_state(some) for some in ((), (first,), (first, second, third))] == ["", "reserved", "succeeded"]
    assert trace_state((first, third)) is None
    assert trace_state((second, third)) is None


def test_approvals_are_in_the_journal_of_their_dispatch_with_who_said_what(watched: Watched) -> None:
    name = "a" * 20 + "-" + "b" * 20
    asked = {"pk": f"approval#{name}", "sk": "request#", "state": "pending", "asked": "go on?", "asked_at": "2026-01-01T00:00:00.000Z", "requester": "ana"}  # fmt: skip
    said = Answer("ben", Reply.APPROVE, "looks right", "h", "2026-01-01T00:01:00.000Z")
    answer = {"pk": f"approval#{name}", "sk": "answer##1", **said._asdict(), "reply": "approve"}
    closed = {**asked, "state": "approved", "reason": "approved by ben", "closed_at": said.at}
    changes = [Change("1", None, asked), Change("2", None, answer), Change("3", asked, closed)]
    publish_changes(changes, watched.outlets)
    told = [
        (one["kind"], one["from"], one["to"], one["by"], one["reason"]) for one in read_journal(name, watched.store)
    ]
    assert told == [
        ("approval", "", "pending", "ana", "go on?"),
        ("answer", "", "approve", "ben", "looks right"),
        ("approval", "pending", "approved", "", "approved by ben"),
    ]
    assert watched.told.published == [], "who asks and who closes has told it"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["id", "state", "reason", "error", "request", "approved_by", "execution_input", "claims", "freezes", "batch_open", "stuck", "hops"]
)  # fmt: skip
KEYS = st.sampled_from(
    [("event#a", "dispatch#b"), ("approval#a-b", "request#"), ("approval#a-b", "answer#x#1"), ("control#0", "freezes"), ("object#a", "object")]
)  # fmt: skip


@given(KEYS, st.none() | st.dictionaries(NAMES, VALUES), st.dictionaries(NAMES, VALUES))
@settings(max_examples=200, deadline=None)
def test_no_row_whatever_it_holds_stops_the_stream(key: tuple[str, str], old: Item | None, new: Item) -> None:
    where = {"pk": key[0], "sk": key[1]}
    found = find_transitions(Change("7", {**old, **where} if old is not None else None, {**new, **where}))
    assert len({one.id for one in found}) == len(found)
    assert all(len(one.reason) <= 500 for one in found)


def test_an_unchanged_row_is_no_transition(watched: Watched) -> None:
    run_one(watched)
    for before, after in pairwise(one.new for one in watched.changes if one.new["sk"].startswith("dispatch#")):
        assert find_transitions(Change("1", after, after)) == ()
        assert before != after
