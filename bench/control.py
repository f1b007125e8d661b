"""What control costs: whole lives, waiting, hand-offs, how writes spread over keys, and lock libraries beside it.

Requests are counted on moto (`bench.calls`); the hour of 10,000 dispatches is in memory, by the transactions themselves.
"""

import json
import math
from collections import Counter as Counts
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

from bench.calls import LOCKS, Counter, deployed
from bench.journal import measure_journal
from bench.lock_peers import measure as measure_peers
from chalicelib.catalog.model import Bundle, Service
from chalicelib.control.intake import admit
from chalicelib.control.model import Execution, ExecutionStatus, Verdict, VerdictKind
from chalicelib.control.ports import Page, Ports
from chalicelib.control.reconcile import reconcile
from chalicelib.control.records import WAIT
from chalicelib.control.settle import settle_execution
from chalicelib.control.transaction import Check, Committed, Delete, Key, Put, Result, Transaction, Update
from tests.behaviour import World
from tests.behaviour_claims import make_budget, make_covering, make_rate, observe
from tests.builders import make_decision, make_ports
from tests.fakes import MemoryStore

WAITERS = 100
DISPATCHES = 10_000
HOSTS, SERVICES = 2_000, 50
TOGETHER = 20
"""Dispatches that run at a time in the simulated hour."""
_KB = 1024
RUNNING, DONE = Execution(ExecutionStatus.RUNNING), Execution(ExecutionStatus.SUCCEEDED)


def measure_lives() -> dict[str, Any]:
    """Request to started execution, and the whole life with its RUNNING and end events, by the number of locks.

    What telling of it and keeping it costs later, in another function, is counted for itself.
    """
    found = {}
    with deployed() as (ports, bundle, counter):
        for count in LOCKS:
            dispatch = admit(make_decision(f"w{count}", f"life{count}"), bundle, ports).dispatch
            start = _sum(counter)
            settle_execution(dispatch, RUNNING, ports, bundle)
            settle_execution(dispatch, DONE, ports, bundle)
            rest = _sum(counter)
            life = {name: start[name] + rest[name] for name in start}
            journal = measure_journal(dispatch)
            found[f"{count} locks"] = {"to start": start, "whole life": life, "its journal, apart from it": journal}
    return found


def _sum(counter: Counter) -> dict[str, int]:
    taken = counter.take()
    return {name: taken[name] for name in ("count", "write_units")}


def measure_waiting() -> dict[str, Any]:
    """A simulated hour of reconcile every minute beside one holder, with and without a hundred who wait; then drain."""
    found: dict[str, Any] = {}
    for waiters in (0, WAITERS):
        with deployed() as (ports, made, counter):
            control = made.control._replace(queue_limit=WAITERS, queue_expires_s=7200)
            bundle = replace(made, control=control)
            world = World(ports, bundle)
            asked = [_ask_later(world, number) for number in range(waiters + 1)]
            settle_execution(asked[0].dispatch, RUNNING, ports, bundle)
            counter.take()
            for _ in range(60):
                world.clock.advance(60)
                reconcile(ports, bundle)
            found[f"requests of an hour with {waiters} waiters"] = counter.take()["count"]
            if waiters:
                found["hand-off"] = _drain([one.dispatch for one in asked], ports, bundle, counter)
    without, among = (found[f"requests of an hour with {waiters} waiters"] for waiters in (0, WAITERS))
    found["requests that the waiters made"] = among - without
    return found


def _ask_later(world: World, number: int) -> Verdict:
    world.clock.advance(1)
    return world.ask("host_reboot", f"q{number}", host="i-0a")


def _drain(waiting: list[str], ports: Ports, bundle: Bundle, counter: Counter) -> dict[str, Any]:
    """End one after the other; give how many end events each start took, and the requests of each hand-off."""
    requests: list[int] = []
    promoted: list[str] = []
    ended, running = 0, waiting[0]
    while True:
        counter.take()
        settled = settle_execution(running, DONE, ports, bundle)
        ended += 1
        if not settled.promoted:
            break
        requests.append(counter.take()["count"])
        promoted += settled.promoted
        (running,) = settled.promoted
    return {
        "waiters": len(waiting) - 1,
        "started": len(promoted),
        "in order": promoted == waiting[1:],
        "end events for each start": (ended - 1) / len(promoted),
        "requests of each": {"least": min(requests), "most": max(requests)},
    }


@dataclass
class MeteredStore(MemoryStore):
    """Counts write units by partition: of the table 2 for each KB in a transaction, of the index 1 for each entry moved."""

    table: Counts[str] = field(default_factory=Counts)
    index: Counts[str] = field(default_factory=Counts)
    partitions: dict[str, set[Key]] = field(default_factory=lambda: defaultdict(set))

    def commit(self, transaction: Transaction) -> Result:
        keys = [one.key for one in transaction.operations]
        lanes = {key: self.rows.get(key, {}).get("lane") for key in keys}
        result = super().commit(transaction)
        if isinstance(result, Committed):
            for one in transaction.operations:
                self.partitions[one.key.pk].add(one.key)
                self._charge(one, lanes[one.key])
        return result

    def _charge(self, one: Put | Update | Delete | Check, before: str | None) -> None:
        row = self.rows.get(one.key, {})
        size = len(json.dumps(row, default=str))
        self.table[one.key.pk] += 2 * max(1, math.ceil(size / _KB))
        after = row.get("lane")
        if isinstance(one, Put | Update | Delete):
            for lane in {before, after} - {None}:
                self.index[str(lane)] += max(1, math.ceil(size / _KB))

    def query(self, pk: str, prefix: str, limit: int, after: Any = None) -> Page:
        found = sorted(key for key in self.partitions[pk] if key in self.rows and key.sk.startswith(prefix))
        return self._page([key for key in found if after is None or key.sk > after["sk"]], limit)


def measure_keys() -> dict[str, Any]:
    """10,000 dispatches on 2,000 hosts of 50 services, with ancestors, a percentage and a rate of another rule."""
    store = MeteredStore()
    elsewhere = make_rate("rule", 20)._replace(only=("other",))
    bundle = make_covering(make_budget(at_most=50, percent=True), elsewhere)
    services = tuple(Service(f"s{number}", "P1", "team", {"service": f"s{number}"}) for number in range(SERVICES))
    bundle = replace(bundle, services=services, control=bundle.control._replace(shards=16))
    world = World(make_ports(store), bundle)
    for number in range(HOSTS):
        observe(world, f"h{number}", service=f"s{number % SERVICES}", zone=f"z{number % 3}")
    store.table.clear()
    store.index.clear()
    going: list[str] = []
    kinds: Counts[str] = Counts()
    for number in range(DISPATCHES):
        verdict = world.ask("host_reboot", f"d{number}", host=f"h{(number * 7) % HOSTS}")
        kinds[verdict.kind] += 1
        if verdict.kind is VerdictKind.START:
            going.append(verdict.dispatch)
            settle_execution(verdict.dispatch, RUNNING, world.ports, bundle)
        if len(going) >= TOGETHER:
            going += world.end(going.pop(0)).promoted
        world.clock.advance(0.36)
    while going:
        going += world.end(going.pop(0)).promoted
    assert not any(key.sk.startswith(WAIT) for key in store.rows)
    return {
        "dispatches": DISPATCHES,
        "verdicts": {str(kind): count for kind, count in kinds.items()},
        "table": _find_hottest(store.table, sum(store.table.values())),
        "index": _find_hottest(store.index, sum(store.index.values())),
    }


def _find_hottest(units: Counts[str], total: int) -> dict[str, Any]:
    """Give the hottest partitions; only an object, a service or a group is named by the user."""
    unnamed = [(pk, count) for pk, count in units.most_common() if not pk.startswith(("object#", "shard#", "queue#"))]
    named = [(pk, count) for pk, count in units.most_common() if pk.startswith(("object#", "shard#", "queue#"))]

    def show(some: list[tuple[str, int]]) -> dict[str, Any]:
        return {pk: {"share": round(count / total, 4), "a_second": round(count / 3600, 2)} for pk, count in some[:3]}

    return {
        "write_units": total,
        "keys": len(units),
        "hottest that the user did not name": show(unnamed),
        "hottest that they did": show(named),
    }


def measure() -> dict[str, Any]:
    """Give it all."""
    return {
        "lives": measure_lives(),
        "waiting": measure_waiting(),
        "keys in an hour": measure_keys(),
        "lock libraries": measure_peers(),
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
