"""The sixteen faults that break other schedulers and lock libraries, one test for each.

Where a case has larger proof elsewhere the test is its smallest form: test_crashes.py breaks every call, test_clocks.py
sets every clock wrong, tests/e2e/test_faults.py does it to real requests.
"""

import json
from collections.abc import Callable

import pytest

from chalicelib.aws.store import CONFLICT_ATTEMPTS, DynamoStore
from chalicelib.catalog.model import Branch
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ExecutionStatus, VerdictKind
from chalicelib.control.ports import Start
from chalicelib.control.reconcile import NAME_LIFE
from chalicelib.control.records import RETENTION, event_key, read_time
from chalicelib.control.settle import release_held, settle_execution
from chalicelib.control.transaction import Committed, Key, Result, Transaction, Update
from chalicelib.entry.decide import take_payload
from chalicelib.errors import Contended
from chalicelib.wiring.core import Core
from tests.behaviour import World, make_world
from tests.builders import HOME, OTHER, make_bundle, make_event, make_ports, make_rule
from tests.fakes import MemoryStore
from tests.faults import Crash, Fuse, break_ports
from tests.unit.aws.test_store import ScriptedClient, cancelled

READ, RESERVE, START = 1, 2, 3
"""The calls from an event to a started execution."""


def _cut(world: World, at: int, *, after: bool, step: Callable[[], object]) -> None:
    """Do something with one call failing, before or after it took effect."""
    whole = world.fakes = world.ports
    world.ports = break_ports(whole, Fuse({at: after}))
    with pytest.raises(Crash):
        step()
    world.ports = whole


def test_fault_01_a_crash_between_lock_and_start_is_rolled_forward_and_nobody_else_gets_the_lock_before() -> None:
    world = make_world()
    _cut(world, START, after=False, step=lambda: world.event(make_event()))
    (holder,) = world.holders()
    assert world.ask("host_reboot", "other", host="i-0a").kind is VerdictKind.QUEUE
    world.clock.advance(2 * world.bundle.control.start_grace_s)
    world.tick()
    assert list(world.executions.started) == [holder]


def test_fault_02_a_lock_that_was_taken_though_the_answer_was_lost_is_known_to_be_ones_own() -> None:
    world = make_world()
    _cut(world, RESERVE, after=True, step=lambda: world.event(make_event()))
    again = world.event(make_event()).verdicts[0]
    assert (again.duplicate, again.kind) == (True, VerdictKind.START)
    assert world.holders() == list(world.executions.started) == [again.dispatch]


def test_fault_03_a_start_whose_answer_was_lost_is_started_once() -> None:
    world = make_world()
    _cut(world, START, after=True, step=lambda: world.event(make_event()))
    world.event(make_event())
    assert len(world.executions.started) == 1


def test_fault_04_a_duplicated_event_is_told_the_first_ones_dispatch() -> None:
    world = make_world()
    first, second = (world.event(make_event()).verdicts[0] for _ in range(2))
    assert second.dispatch == first.dispatch
    assert len(world.executions.started) == 1


def test_fault_05_a_record_outlives_its_executions_name_and_an_old_reservation_never_uses_a_name_again() -> None:
    world = make_world()
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    assert "ttl" not in world.row(dispatch), "nothing that lives can expire"
    world.end(dispatch)
    row = world.row(dispatch)
    assert row["ttl"] == int((read_time(row["ended_at"]) + RETENTION).timestamp())
    assert RETENTION.days > 90 > NAME_LIFE.days, "names are free again after 90 days"
    _cut(world, START, after=False, step=lambda: world.ask("host_reboot", "old", host="i-0a"))
    (old,) = world.holders()
    world.clock.advance(NAME_LIFE.total_seconds() + 60)
    world.tick()
    assert world.executions.started[old][1]["retired"], "its name is used up by an execution that does nothing"
    world.tell_again(old)
    assert (world.row(old)["state"], world.holders()) == (DispatchState.RETIRED, [])


def test_fault_06_status_events_out_of_order_move_a_dispatch_in_one_direction_only() -> None:
    world = make_world()
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    running = world.executions.executions[dispatch]
    world.end(dispatch)
    assert not settle_execution(dispatch, running, world.ports, world.bundle).changed
    assert world.row(dispatch)["state"] == DispatchState.SUCCEEDED


def test_fault_07_a_lost_end_is_found_and_its_lock_freed_without_anybodys_help() -> None:
    world = make_world()
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    world.tell_again(dispatch)
    world.executions.end(dispatch, ExecutionStatus.SUCCEEDED)
    world.clock.advance(2 * world.row(dispatch)["expected_s"])
    world.tick()
    assert world.holders() == []


def test_fault_08_a_late_second_end_does_not_free_the_next_holder() -> None:
    world = make_world()
    first = world.ask("host_reboot", "e1", host="i-0a").dispatch
    world.end(first)
    second = world.ask("host_reboot", "e2", host="i-0a").dispatch
    world.tell_again(first)
    assert world.holders() == [second]


def test_fault_09_a_worker_whose_clock_is_an_hour_fast_takes_no_lock_away() -> None:
    world = make_world()
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    world.tell_again(dispatch)
    world.clock.advance(3600)
    world.tick()
    assert world.holders() == [dispatch]
    assert world.ask("host_reboot", "e2", host="i-0a").kind is VerdictKind.QUEUE


def test_fault_10_a_throttled_start_is_late_and_never_lost_nor_doubled() -> None:
    world = make_world()
    world.executions.answer = Start.THROTTLED
    dispatch = world.event(make_event()).verdicts[0].dispatch
    for _ in range(3):
        world.clock.advance(700)
        world.tick()
        assert world.holders() == [dispatch]
    world.executions.answer = None
    world.clock.advance(700)
    world.tick()
    assert list(world.executions.started) == [dispatch]


class ContendedOnce(MemoryStore):
    """Refuses one commit, as DynamoDB does when too many want the same rows."""

    refuse_at: int = 0

    def commit(self, transaction: Transaction) -> Result:
        self.refuse_at -= 1
        if self.refuse_at == 0:
            raise Contended(what="the table", attempts=1)
        return super().commit(transaction)


def test_fault_11_of_a_batch_only_what_failed_comes_again_and_what_succeeded_is_not_done_twice() -> None:
    store = ContendedOnce()
    world = make_world(make_ports(store))
    core = Core(world.ports, world.bundle, HOME, "test")
    records = [
        {"messageId": name, "eventSource": "aws:sqs", "body": json.dumps(make_event(name, host))}
        for name, host in (("good", "i-0a"), ("unlucky", "i-0b"), ("fine", "i-0c"))
    ]
    store.refuse_at = 2
    first = take_payload({"Records": records}, core)
    assert first["batchItemFailures"] == [{"itemIdentifier": "unlucky"}]
    assert len(world.executions.started) == 2
    assert take_payload({"Records": records}, core)["batchItemFailures"] == []
    assert len(world.executions.started) == 3
    assert len(world.executions.calls) == 5, "what was already started was asked for again, and is the same execution"


def test_fault_12_a_job_that_is_overdue_keeps_its_lock_and_one_that_timed_out_until_its_effects_are_over() -> None:
    world = make_world()
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    world.tell_again(dispatch)
    for _ in range(5):
        world.clock.advance(100_000)
        world.tick()
    assert world.holders() == [dispatch]
    world.end(dispatch, ExecutionStatus.TIMED_OUT)
    assert world.holders() == [dispatch]
    release_held(dispatch, world.ports, world.bundle)
    assert world.holders() == []


def test_fault_13_a_rule_that_cannot_be_decided_and_a_poisoned_event_stop_nothing_else() -> None:
    world = make_world()
    broken = make_rule(
        name="broken", branches=(Branch(when="$object.nothing.at.all > 1", ignore="x"), Branch(None, ignore="y"))
    )
    world.bundle = make_bundle(rules=(broken, make_rule()))
    states = {verdict.state for verdict in world.event(make_event()).verdicts}
    assert states == {DispatchState.UNDECIDED, DispatchState.RESERVED}
    assert world.event({"detail": "[" * 2000}).kind == "dead letter"
    assert world.event(make_event("e2", "i-0b")).verdicts[1].kind is VerdictKind.START


def test_fault_14_two_that_want_the_same_two_objects_in_either_order_do_not_block_each_other() -> None:
    world = make_world()
    first = world.ask("host_swap", "e1", a="i-0a", b="i-0b")
    second = world.ask("host_swap", "e2", a="i-0b", b="i-0a")
    assert (first.kind, second.kind) == (VerdictKind.START, VerdictKind.QUEUE)
    assert world.holders() == world.holders(OTHER) == [first.dispatch]
    assert world.end(first.dispatch).promoted == (second.dispatch,)
    assert world.holders() == world.holders(OTHER) == [second.dispatch]


def test_fault_15_a_storm_of_conflicts_is_retried_and_one_release_starts_exactly_one_waiter() -> None:
    conflict = cancelled("TransactionConflict")
    client = ScriptedClient(*[conflict] * (CONFLICT_ATTEMPTS - 1), {})
    pauses: list[int] = []
    store = DynamoStore(client, "table", pauses.append)
    assert store.commit(Transaction((Update(Key("a", "b"), set={"x": 1}),))) == Committed()
    assert pauses == list(range(CONFLICT_ATTEMPTS - 1)), "each pause may be longer than the last"
    world = make_world()
    holder = world.ask("host_reboot", "e0", host="i-0a")
    waiters = sorted(world.ask("host_reboot", f"w{n}", host="i-0a").dispatch for n in range(5))
    before = len(world.executions.calls)
    assert world.end(holder.dispatch).promoted == (waiters[0],)
    assert len(world.executions.calls) == before + 1


def test_fault_16_a_dispatch_keeps_the_rules_it_was_decided_with_when_others_are_deployed() -> None:
    world = make_world()
    dispatch = world.event(make_event()).verdicts[0].dispatch
    input_before = world.row(dispatch)["execution_input"]
    workflows = {name: one._replace(hash="new") for name, one in world.bundle.workflows.items()}
    world.bundle = make_bundle(version="bundle-2", rules=(), workflows=workflows)
    assert world.event(make_event()).kind == "no rule", "the new rules see nothing in it"
    world.clock.advance(700)
    world.tick()
    row = world.row(dispatch)
    assert (row["bundle_version"], row["execution_input"]) == ("bundle-1", input_before)
    assert row["execution_input"]["workflow_hash"] == "hash-host_reboot", "the new machine would retire it"
    assert world.end(dispatch).changed
    assert event_key("e1") in world.ports.store.read([event_key("e1")])
