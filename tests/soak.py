"""A soak: random work on 200 objects with random faults, in virtual time; at the end everything reconciles exactly."""

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from chalicelib.control.approvals.approve import reconcile_approvals
from chalicelib.control.cancel import break_dispatch
from chalicelib.control.journal.journal import PARTITION, Outlets, publish_changes, trace_state
from chalicelib.control.journal.transitions import UNTOLD
from chalicelib.control.lifecycle import LIVE
from chalicelib.control.model import ExecutionStatus
from chalicelib.control.paced import take_turn
from chalicelib.control.reconcile import reconcile
from chalicelib.control.records import HOLDER
from chalicelib.control.settle import release_held, settle_execution
from chalicelib.control.transaction import Item
from chalicelib.errors import Contended
from tests.behaviour import World
from tests.behaviour_claims import observe
from tests.builders import make_ports
from tests.fakes import START_OF_TIME, FakeJournal, FakePublisher, MemoryStore
from tests.faults import Crash, Fuse, break_ports
from tests.soak_watch import find_live_clashes, find_service
from tests.soak_work import OBJECTS, Work, make_policy

T = TypeVar("T")
ROUND_S = 20
BATCH = 100
ENDS = [ExecutionStatus.SUCCEEDED] * 6 + [ExecutionStatus.FAILED, ExecutionStatus.TIMED_OUT, ExecutionStatus.ABORTED]
RAN = ("succeeded", "failed", "timed_out", "aborted", "retired")


@dataclass
class RandomFuse(Fuse):
    """Blows at random, before or after the call took effect."""

    dice: random.Random = field(default_factory=random.Random)
    odds: float = 0.02
    blown: int = 0

    def call(self, effect: Callable[[], T]) -> T:
        roll = self.dice.random()
        self.blown += roll < self.odds
        if roll < self.odds / 2:
            raise Crash
        result = effect()
        if roll < self.odds:
            raise Crash
        return result


class Soak:
    """What goes on, and what is still to be delivered again because a process died over it."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.fuse = RandomFuse({}, dice=self.dice)
        self.store, self.told = MemoryStore(changes=[]), FakePublisher()
        self.quiet = World(make_ports(self.store), make_policy())
        for number in range(OBJECTS):
            observe(self.quiet, f"i-{number}", service=find_service(f"i-{number}"))
        self.world = World(break_ports(self.quiet.ports, self.fuse), self.quiet.bundle, fakes=self.quiet.ports)
        self.work = Work(self.dice, self.world, self.quiet)
        self.owed: list[Callable[[], Any]] = []
        self.steps = 0
        self.clashes: list[str] = []

    def step(self) -> None:
        """Let one thing happen, and look."""
        roll = self.dice.random()
        running = self.list_running()
        if roll < 0.4:
            self.attempt(self.work.ask())
        elif roll < 0.75 and running:
            self.end(self.dice.choice(running))
        elif roll < 0.78 and running:
            name = self.dice.choice(running)
            self.attempt(lambda: break_dispatch(name, "ana", "soak", self.world.ports, self.world.bundle))
        elif roll < 0.84:
            self.quiet.clock.advance(self.dice.choice([1, 10, 70, 700]))
            self.attempt(self.tick, again=False)
        elif roll < 0.9:
            self.deliver()
        elif roll < 0.96:
            self.meddle()
        elif self.owed:
            self.attempt(self.owed.pop(self.dice.randrange(len(self.owed))))
        self.steps += 1
        self.clashes += find_live_clashes(self.quiet.executions, self.store, self.quiet.bundle)

    def end(self, name: str) -> None:
        """Let an execution end; one in ten of its events is lost."""
        world = self.world
        end = world.executions.end(name, self.dice.choice(ENDS), self.dice.choice(["", "NotFound"]))
        if self.dice.random() < 0.9:
            self.attempt(lambda: settle_execution(name, end, world.ports, world.bundle))

    def tick(self) -> None:
        """Reconcile, as the minute's function does."""
        reconcile(self.world.ports, self.world.bundle)
        reconcile_approvals(self.world.ports, self.world.bundle)

    def deliver(self) -> None:
        """Deliver the oldest message of a hold, and of a start."""
        sent, paced, world = self.quiet.delays.sent, self.quiet.delays.paced, self.world
        if sent:
            held, _ = sent.pop(0)
            self.attempt(lambda: release_held(held, world.ports, world.bundle))
        if paced:
            name, tries, _ = paced.pop(0)
            self.attempt(lambda: take_turn(name, tries, world.ports, world.bundle))

    def meddle(self) -> None:
        """Let people, hosts or AWS do something besides."""
        deed = self.dice.choice([self.work.freeze, self.work.answer, self.work.answer, self.work.come_up, None])
        if deed is None:
            self.work.throttle()
        elif (made := deed()) is not None:
            self.attempt(made)

    def attempt(self, what: Callable[[], Any], *, again: bool = True) -> None:
        """Try; if the process dies over it, it is delivered again later."""
        try:
            what()
        except (Crash, Contended):
            if again:
                self.owed.append(what)

    def list_running(self) -> list[str]:
        executions = self.quiet.executions.executions
        return [name for name, one in executions.items() if one.status is ExecutionStatus.RUNNING]

    def calm_down(self) -> None:
        """No more faults and no more requests: let all that goes on come to its end."""
        self.fuse.odds = 0
        self.quiet.executions.answer = None
        for _ in range(400):
            owed, self.owed = self.owed, []
            for what in owed:
                self.attempt(what)
            for name in self.list_running():
                self.quiet.end(name)
            sent, self.quiet.delays.sent[:] = list(self.quiet.delays.sent), []
            for name, _ in sent:
                release_held(name, self.quiet.ports, self.quiet.bundle)
            paced, self.quiet.delays.paced[:] = list(self.quiet.delays.paced), []
            for name, tries, _ in paced:
                take_turn(name, tries, self.quiet.ports, self.quiet.bundle)
            self.quiet.clock.advance(600)
            self.quiet.tick()
            reconcile_approvals(self.quiet.ports, self.quiet.bundle)
            self.clashes += find_live_clashes(self.quiet.executions, self.store, self.quiet.bundle)

    def publish(self) -> None:
        """Publish the whole stream, in batches of which some come again after the first part of them was done."""
        changes, outlets = self.store.changes or [], Outlets(FakeJournal(self.store), self.told)
        for start in range(0, len(changes), BATCH):
            again = self.dice.random() < 0.3
            for end in (start + self.dice.randrange(1, BATCH), start + BATCH) if again else (start + BATCH,):
                publish_changes(changes[start:end], outlets)

    def judge(self) -> dict[str, Any]:
        """Give the counts, and whatever does not reconcile: every list is empty if all is well."""
        store, started = self.store, self.quiet.executions.started
        self.publish()
        rows = list(store.rows.values())
        entries: dict[str, list[Item]] = {}
        for key in sorted(key for key in store.rows if key.pk.startswith(PARTITION)):
            entries.setdefault(key.pk.removeprefix(PARTITION), []).append(store.rows[key])
        dispatches = {row["id"]: row for row in rows if row["sk"].startswith("dispatch#")}
        ran = {name for name, row in dispatches.items() if row["state"] in RAN and "batches" not in row}
        asked = [row for row in dispatches.values() if "campaign" not in row]
        events = self.work.events
        first = {name for name in started if not name.endswith("-undo")}
        return {
            "steps": self.steps,
            "events": len(events),
            "campaigns": sum("batches" in row for row in asked),
            "members": len(dispatches) - len(asked),
            "faults": self.fuse.blown,
            "virtual_hours": round((self.quiet.clock.now() - START_OF_TIME).total_seconds() / 3600, 1),
            "executions": len(started),
            "states": dict(Counter(row["state"] for row in dispatches.values())),
            "were": dict(Counter(one["to"] for some in entries.values() for one in some if one.get("to") in LIVE)),
            "told": len(self.told.published),
            "untold": [
                name
                for name, row in dispatches.items()
                if trace_state(entries.get(name, ()))
                not in ({row["state"], ""} if row["state"] in UNTOLD else {row["state"]})
            ],
            "lost": sorted(events ^ {row["event_id"] for row in asked}),
            "twice": len(asked) - len(events),
            "live": [name for name, row in dispatches.items() if row["state"] in LIVE],
            "unaccounted": sorted(ran ^ first),
            "clashes": self.clashes[:5],
            "held": [(row["pk"], name) for row in rows for name in row if _is_left(name, row[name])],
        }


def _is_left(name: str, value: Any) -> bool:
    return name.startswith(HOLDER) or (name.startswith(("waiting", "used#", "count#", "whole#")) and value != 0)


def soak(seconds: float, seed: int) -> dict[str, Any]:
    """Go on for so many real seconds, calm down, and judge."""
    going, began = Soak(seed), time.monotonic()
    while time.monotonic() - began < seconds:
        going.step()
    going.calm_down()
    return {"seed": seed, **going.judge()}


WRONG = ("lost", "twice", "live", "unaccounted", "untold", "clashes", "held")


def find_wrong(found: dict[str, Any]) -> dict[str, Any]:
    """Give what does not reconcile."""
    return {name: found[name] for name in WRONG if found[name]}


def main(minutes: float, seed: int) -> int:
    """Soak in rounds of 20 seconds, each from nothing and with a seed of its own, until one does not reconcile."""
    began = time.monotonic()
    while time.monotonic() - began < minutes * 60:
        found = soak(ROUND_S, seed)
        sys.stdout.write(json.dumps(found) + "\n")
        if find_wrong(found):
            return 1
        seed += 1
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), int(sys.argv[2])))
