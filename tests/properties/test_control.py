"""Promises of control under any order of requests, ends, repeats, ticks and cancellations."""

from itertools import combinations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chalicelib.catalog.model import Verb
from chalicelib.control.claims.conflicts import judge_pair
from chalicelib.control.lifecycle import HOLDING_LOCKS, LIVE, DispatchState
from chalicelib.control.model import ExecutionStatus, ObjectRecord
from chalicelib.control.paced import take_turn
from chalicelib.control.ports import Start
from chalicelib.control.reconcile import cancel_queued
from chalicelib.control.records import object_key, read_object
from chalicelib.control.settle import release_held
from chalicelib.identity import ObjectId
from tests.behaviour import World, make_world
from tests.builders import HOME, make_event
from tests.fakes import MemoryStore

HOSTS = ("i-0a", "i-0b", "i-0c")
OBJECTS = tuple(ObjectId(HOME.account, HOME.region, "host", name) for name in HOSTS)
ENDS = (ExecutionStatus.SUCCEEDED, ExecutionStatus.FAILED, ExecutionStatus.TIMED_OUT, ExecutionStatus.ABORTED)


class ControlMachine(RuleBasedStateMachine):
    """Three hosts, five workflows, and everything that can happen."""

    objects: tuple[ObjectId, ...] = OBJECTS

    def __init__(self) -> None:
        super().__init__()
        self.world: World = make_world()
        self.count = 0
        self.fences: dict[ObjectId, int] = {}

    @property
    def store(self) -> MemoryStore:
        assert isinstance(self.world.ports.store, MemoryStore)
        return self.world.ports.store

    def rows(self) -> list[dict[str, object]]:
        return [row for key, row in self.store.rows.items() if key.sk.startswith("dispatch#")]

    def running(self) -> list[str]:
        found = self.world.executions.executions
        return sorted(name for name, one in found.items() if one.status is ExecutionStatus.RUNNING)

    @rule(
        workflow=st.sampled_from(["host_reboot", "host_stop", "host_tag"]),
        host=st.sampled_from(HOSTS),
        tier=st.sampled_from(["P0", "P1", "P2"]),
    )
    def ask(self, workflow: str, host: str, tier: str) -> None:
        self.count += 1
        self.world.ask(workflow, f"r{self.count}", tier, host=host)

    @rule(pair=st.permutations(HOSTS), tier=st.sampled_from(["P0", "P2"]))
    def swap(self, pair: list[str], tier: str) -> None:
        self.count += 1
        self.world.ask("host_swap", f"r{self.count}", tier, a=pair[0], b=pair[1])

    @rule(event=st.integers(0, 5), host=st.sampled_from(HOSTS), state=st.sampled_from(["stopped", "running"]))
    def event(self, event: int, host: str, state: str) -> None:
        self.world.event(make_event(f"e{event}-{host}-{state}", host, state))

    @rule(answer=st.sampled_from([None, None, Start.THROTTLED]))
    def throttle(self, answer: Start | None) -> None:
        self.world.executions.answer = answer

    @rule(seconds=st.sampled_from([1, 70, 700, 4000]))
    def tick(self, seconds: int) -> None:
        self.world.clock.advance(seconds)
        self.world.tick()

    @precondition(lambda self: self.running())
    @rule(data=st.data(), status=st.sampled_from(ENDS), error=st.sampled_from(["", "NotFound"]), told=st.booleans())
    def end(self, data: st.DataObject, status: ExecutionStatus, error: str, told: bool) -> None:  # noqa: FBT001
        name = data.draw(st.sampled_from(self.running()))
        self.world.executions.end(name, status, error)
        if told:
            self.world.tell_again(name)

    @precondition(lambda self: self.world.executions.executions)
    @rule(data=st.data())
    def repeat_status_event(self, data: st.DataObject) -> None:
        self.world.tell_again(data.draw(st.sampled_from(sorted(self.world.executions.executions))))

    @precondition(lambda self: self.world.delays.sent)
    @rule(data=st.data())
    def deliver_hold_message(self, data: st.DataObject) -> None:
        """Once the queue has waited as long as it was told, as a queue does; maybe a second time."""
        dispatch, seconds = data.draw(st.sampled_from(self.world.delays.sent))
        self.world.clock.advance(seconds)
        release_held(dispatch, self.world.ports, self.world.bundle)

    @precondition(lambda self: self.world.delays.paced)
    @rule(data=st.data())
    def deliver_start_message(self, data: st.DataObject) -> None:
        """Whenever the queue likes, and as often."""
        name, tries, _ = data.draw(st.sampled_from(self.world.delays.paced))
        take_turn(name, tries, self.world.ports, self.world.bundle)

    @precondition(lambda self: any(row["state"] == DispatchState.QUEUED for row in self.rows()))
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        waiting = sorted(str(row["id"]) for row in self.rows() if row["state"] == DispatchState.QUEUED)
        row = self.world.row(data.draw(st.sampled_from(waiting)))
        cancel_queued(row, "cancelled", self.world.ports, self.world.bundle)

    @invariant()
    def holders_of_one_object_are_compatible(self) -> None:
        control = self.world.bundle.control
        for one in self.objects:
            for first, second in combinations(self._read(one).holders, 2):
                earlier, later = sorted((first, second), key=lambda holder: holder.fence)
                verb = judge_pair(control, (earlier.intent, earlier.workflow), (later.intent, later.workflow))
                assert verb is Verb.ALLOW, f"{earlier} and {later} on {one}"

    @invariant()
    def a_dispatch_holds_all_of_its_locks_or_none(self) -> None:
        holding = {(one, holder.dispatch) for one in self.objects for holder in self._read(one).holders}
        expected = {
            (ObjectId(*text.split("/")), row["id"])
            for row in self.rows()
            if row["state"] in HOLDING_LOCKS
            for text, _ in row["locks"]  # type: ignore[attr-defined]
        }
        assert holding == expected

    @invariant()
    def every_execution_runs_under_a_lock_until_it_ends(self) -> None:
        states = {row["id"]: row["state"] for row in self.rows()}
        assert all(states[name] in HOLDING_LOCKS for name in self.running())

    @invariant()
    def fences_only_grow(self) -> None:
        for one in self.objects:
            fence = self._read(one).fence
            assert fence >= self.fences.get(one, 0)
            self.fences[one] = fence

    @invariant()
    def queues_count_right(self) -> None:
        for one in OBJECTS:
            waiters = self.world.waiters(one)
            row = self.store.rows.get(object_key(one), {})
            assert row.get("waiting", 0) == self._read(one).waiters == len(waiters)
            assert all(self.world.row(name)["state"] == DispatchState.QUEUED for name in waiters)

    def teardown(self) -> None:
        """Progress: once nothing new comes, everything ends and nothing is held."""
        world = self.world
        world.executions.answer = None
        for _ in range(60):
            world.clock.advance(4000)
            world.tick()
            for name in self.running():
                world.executions.end(name, ExecutionStatus.SUCCEEDED)
            for name, _ in list(world.delays.sent):
                release_held(name, world.ports, world.bundle)
            if not any(row["state"] in LIVE or row.get("promotion_owed") for row in self.rows()):
                break
        assert [row["id"] for row in self.rows() if row["state"] in LIVE or row.get("promotion_owed")] == []
        assert all(self._read(one).holders == () for one in self.objects)
        assert all(world.waiters(one) == [] for one in self.objects)

    def _read(self, one: ObjectId) -> ObjectRecord:
        return read_object(one, self.store.rows.get(object_key(one)))


TestControl = ControlMachine.TestCase
TestControl.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
