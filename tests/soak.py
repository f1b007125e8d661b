"""A soak: random work on 200 objects with random faults, in virtual time; at the end everything reconciles exactly."""

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from chalicelib.catalog.model import Bundle, Conflict, Intent, Verb
from chalicelib.control.cancel import break_dispatch
from chalicelib.control.journal.journal import PARTITION, Outlets, publish_changes, trace_state
from chalicelib.control.lifecycle import LIVE
from chalicelib.control.model import ExecutionStatus
from chalicelib.control.reconcile import reconcile
from chalicelib.control.records import HOLDER
from chalicelib.control.settle import release_held, settle_execution
from chalicelib.control.transaction import Item
from chalicelib.errors import Contended
from tests.behaviour import World
from tests.behaviour_claims import make_budget, make_covering, observe
from tests.builders import make_ports
from tests.fakes import START_OF_TIME, FakeJournal, FakePublisher, MemoryStore
from tests.faults import Crash, Fuse, break_ports

T = TypeVar("T")
OBJECTS, BUSY = 200, 8
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


def make_policy() -> Bundle:
    """Everything at once: budgets, ancestors, and every verb."""
    bundle = make_covering(make_budget(at_most=30, percent=True))
    first = (
        Conflict((Intent.DISRUPT,), (Intent.DISRUPT,), ("host_reboot",), ("host_reboot",), Verb.COALESCE),
        Conflict((), (), ("host_tag",), ("host_reboot",), Verb.REPLACE),
    )
    return replace(bundle, control=bundle.control._replace(conflicts=(*first, *bundle.control.conflicts)))


class Soak:
    """What goes on, and what is still to be delivered again because a process died over it."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.fuse = RandomFuse({}, dice=self.dice)
        self.store, self.told = MemoryStore(changes=[]), FakePublisher()
        self.quiet = World(make_ports(self.store), make_policy())
        observe(self.quiet, *(f"i-{number}" for number in range(OBJECTS)))
        self.world = World(break_ports(self.quiet.ports, self.fuse), self.quiet.bundle, fakes=self.quiet.ports)
        self.owed: list[Callable[[], Any]] = []
        self.events: set[str] = set()

    def step(self) -> None:
        """Let one thing happen."""
        world, dice, roll = self.world, self.dice, self.dice.random()
        running, sent = self.list_running(), self.quiet.delays.sent
        if roll < 0.45:
            self.attempt(self.ask())
        elif roll < 0.82 and running:
            name = dice.choice(running)
            end = world.executions.end(name, dice.choice(ENDS), dice.choice(["", "NotFound"]))
            if dice.random() < 0.9:  # else its event is lost
                self.attempt(lambda: settle_execution(name, end, world.ports, world.bundle))
        elif roll < 0.85 and running:
            name = dice.choice(running)
            self.attempt(lambda: break_dispatch(name, "ana", "soak", world.ports, world.bundle))
        elif roll < 0.91:
            self.quiet.clock.advance(dice.choice([1, 70, 700]))
            self.attempt(lambda: reconcile(world.ports, world.bundle), again=False)
        elif roll < 0.95 and sent:
            name, _ = sent.pop(0)
            self.attempt(lambda: release_held(name, world.ports, world.bundle))
        elif self.owed:
            self.attempt(self.owed.pop(dice.randrange(len(self.owed))))

    def ask(self) -> Callable[[], Any]:
        """Make up a request."""
        host = f"i-{self.dice.randrange(self.dice.choice([BUSY, OBJECTS]))}"
        name, tier = f"e{len(self.events)}", self.dice.choice(["P0", "P1", "P2"])
        self.events.add(name)
        workflow = self.dice.choice(["host_reboot", "host_stop", "host_tag", "drain"])
        given = {"service": "checkout"} if workflow == "drain" else {"host": host}
        return lambda: self.world.ask(workflow, name, tier, **given)

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
        for _ in range(400):
            owed, self.owed = self.owed, []
            for what in owed:
                self.attempt(what)
            for name in self.list_running():
                self.quiet.end(name)
            sent, self.quiet.delays.sent[:] = list(self.quiet.delays.sent), []
            for name, _ in sent:
                release_held(name, self.quiet.ports, self.quiet.bundle)
            self.quiet.clock.advance(600)
            self.quiet.tick()

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
        ran = {name for name, row in dispatches.items() if row["state"] in RAN}
        first = {name for name in started if not name.endswith("-undo")}
        return {
            "events": len(self.events),
            "faults": self.fuse.blown,
            "virtual_hours": round((self.quiet.clock.now() - START_OF_TIME).total_seconds() / 3600, 1),
            "executions": len(started),
            "states": dict(Counter(row["state"] for row in dispatches.values())),
            "told": len(self.told.published),
            "untold": [name for name, row in dispatches.items() if trace_state(entries.get(name, ())) != row["state"]],
            "lost": sorted(self.events ^ {row["event_id"] for row in dispatches.values()}),
            "twice": len(dispatches) - len(self.events),
            "live": [name for name, row in dispatches.items() if row["state"] in LIVE],
            "unaccounted": sorted(ran ^ first),
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


def find_wrong(found: dict[str, Any]) -> dict[str, Any]:
    """Give what does not reconcile."""
    return {name: found[name] for name in ("lost", "twice", "live", "unaccounted", "untold", "held") if found[name]}


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
