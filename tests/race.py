"""A race for real: processes that want the same hosts and their services, on one DynamoDB, while a witness looks on.

What each process believes to hold is written down by the clock that they share, from when its execution was started to
when it begins to end it. Two records that overlap although the policy forbids it are a double hold, whatever the table
says. The witness reads the table all the time: no object may ever name two holders that exclude each other, and no
fence may go back.
"""

import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from chalicelib.aws.clock import SystemClock, pause
from chalicelib.aws.store import DynamoStore
from chalicelib.catalog.model import Bundle, Intent, Verb
from chalicelib.control.claims.conflicts import judge_pair
from chalicelib.control.intake import admit
from chalicelib.control.lifecycle import LIVE
from chalicelib.control.model import Execution, ExecutionStatus, ObjectRecord
from chalicelib.control.ports import Ports, Start
from chalicelib.control.records import HOLDER, object_key, read_object
from chalicelib.control.settle import settle_execution
from chalicelib.errors import Contended
from chalicelib.identity import ObjectId
from infra.cloud import Cloud, open_local
from infra.local.server import Site, find_program, running_local
from infra.project import find_project
from tests.behaviour import World
from tests.behaviour_claims import make_budget, make_covering, observe
from tests.builders import HOME, make_decision, make_ports
from tests.fakes import FakeExecutions
from tests.tables import CloudClients, create_table, scan_rows

HOSTS = {"checkout": ("i-a", "i-b", "i-c"), "ledger": ("i-d", "i-e")}
WORKFLOWS = ("host_reboot", "host_reboot", "host_tag", "host_tag", "host_tag", "host_stop", "host_swap", "drain")
ENDS = (ExecutionStatus.SUCCEEDED, ExecutionStatus.SUCCEEDED, ExecutionStatus.FAILED)
PATIENCE_S = 60


class Hold(NamedTuple):
    """What one execution believed to hold, and how long, in seconds of the clock that all processes share."""

    about: str
    """The full id of the object."""
    dispatch: str
    workflow: str
    intent: str
    fence: int
    begin: float
    end: float


@dataclass
class Engine(FakeExecutions):
    """One process's executions: those it has started, each from that moment on, until it ends them itself."""

    bundle: Bundle = field(default_factory=make_covering)
    running: dict[str, float] = field(default_factory=dict)

    def start(self, workflow: str, name: str, execution_input: Mapping[str, Any]) -> Start:
        answer = super().start(workflow, name, execution_input)
        if answer is Start.STARTED:
            self.running[name] = time.monotonic()
        return answer


def make_policy() -> Bundle:
    """Hosts are counted on their services, and two of a service's may be disrupted at a time."""
    return make_covering(make_budget(at_most=2))


def find_service(host: str) -> str:
    return next(service for service, hosts in HOSTS.items() if host in hosts)


def open_ports(endpoint: str, table: str) -> Ports:
    store = DynamoStore(CloudClients(open_local(endpoint)), table, pause)
    return make_ports(store)._replace(clock=SystemClock())


class Racer:
    """One process."""

    def __init__(self, endpoint: str, table: str, worker: int) -> None:
        self.bundle, self.engine = make_policy(), Engine()
        self.ports = open_ports(endpoint, table)._replace(executions=self.engine)
        self.worker, self.dice = worker, random.Random(worker)
        self.holds: list[Hold] = []
        self.verdicts: Counter[str] = Counter()
        self.contended = 0

    def play(self, number: int) -> None:
        """Ask for something, and end what has gone on for longest."""
        workflow, hosts = self.dice.choice(WORKFLOWS), [one for some in HOSTS.values() for one in some]
        given = {"host": self.dice.choice(hosts)}
        if workflow == "host_swap":
            given = dict(zip("ab", self.dice.sample(hosts, 2), strict=True))
        if workflow == "drain":
            given = {"service": self.dice.choice(list(HOSTS))}
        tier = self.dice.choice(["P0", "P1", "P2"])
        asked = make_decision(workflow, f"round{number}-worker{self.worker}", tier, **given)
        self._insist(lambda: self.verdicts.update([str(admit(asked, self.bundle, self.ports).kind)]))
        if self.engine.running:
            self.end_oldest()

    def end_oldest(self) -> None:
        """End one, and write down what it held until this moment."""
        name = min(self.engine.running, key=self.engine.running.__getitem__)
        began, ended = self.engine.running.pop(name), time.monotonic()
        workflow, given = self.engine.started[name]
        touched = self.bundle.workflows[workflow].touches
        for about, fence in given["dispatch"]["fences"].items():
            intent = max((one.intent for one in touched), key=lambda intent: intent.rank)
            self.holds.append(Hold(about, name, workflow, str(intent), fence, began, ended))
        status = self.dice.choice(ENDS)
        end = Execution(status, error="" if status is ExecutionStatus.SUCCEEDED else "NotFound")
        self._insist(lambda: settle_execution(name, end, self.ports, self.bundle))

    def _insist(self, call: Any) -> None:
        """Do it again if others were in the way for too long, as Lambda delivers again."""
        while True:
            try:
                call()
            except Contended:
                self.contended += 1
            else:
                return


def work(endpoint: str, table: str, worker: int, rounds: int, until: float, barrier: Barrier, queue: Any) -> None:
    """Be one process: race, at the latest until then, and end what is left until nobody has anything left."""
    try:
        racer = Racer(endpoint, table, worker)
        barrier.wait()
        played = 0
        while played < rounds and time.monotonic() < until:
            racer.play(played)
            played += 1
        barrier.wait()
        # Ending may promote what somebody else asked for, and whoever promotes has it to end.
        while racer.engine.running:
            racer.end_oldest()
        queue.put((racer.holds, racer.verdicts, racer.contended, list(racer.engine.started), played))
    except BaseException as error:
        barrier.abort()
        queue.put(repr(error))
        raise


def watch(endpoint: str, table: str, over: Event, queue: Any) -> None:
    """Be the witness: read the objects again and again, and report what must not be."""
    ports, control = open_ports(endpoint, table), make_policy().control
    hosts = [ObjectId(HOME.account, HOME.region, "host", one) for some in HOSTS.values() for one in some]
    looks, wrong, fences = 0, [], dict.fromkeys(hosts, 0)
    while not over.is_set():
        rows = ports.store.read([object_key(one) for one in hosts])
        looks += 1
        for one in hosts:
            record = read_object(one, rows.get(object_key(one)))
            wrong += [f"{one}: {found}" for found in find_clashes(record, control)]
            if record.fence < fences[one]:
                wrong.append(f"{one}: its fence went from {fences[one]} to {record.fence}")
            fences[one] = record.fence
    queue.put((looks, wrong))


def find_clashes(record: ObjectRecord, control: Any) -> Iterator[str]:
    """Give pairs of holders that exclude each other."""
    for first, second in combinations(sorted(record.holders, key=lambda holder: holder.fence), 2):
        pair = ((one.intent, one.workflow) for one in (first, second))
        if judge_pair(control, *pair) is not Verb.ALLOW:
            yield f"{first.dispatch} and {second.dispatch}"


def find_double_holds(holds: list[Hold], bundle: Bundle) -> list[str]:
    """Give pairs of records that overlap in time although their work excludes each other, on an object or its service."""
    places: dict[str, list[Hold]] = {}
    for hold in holds:
        kind, name = hold.about.split("/")[2:]
        places.setdefault(name if kind == "service" else find_service(name), []).append(hold)
    wrong = []
    for some in places.values():
        going_on: list[Hold] = []
        for hold in sorted(some, key=lambda one: one.begin):
            going_on = [one for one in going_on if one.end > hold.begin]
            wrong += [f"{one} and {hold}" for one in going_on if _exclude(one, hold, bundle)]
            going_on.append(hold)
    return wrong


def _exclude(first: Hold, second: Hold, bundle: Bundle) -> bool:
    if first.dispatch == second.dispatch:
        return False
    if first.about != second.about:
        covering = "/service/" in first.about or "/service/" in second.about
        return covering and Intent.CONFIGURE not in {first.intent, second.intent}
    earlier, later = sorted((first, second), key=lambda one: one.fence)
    pair = ((Intent(one.intent), one.workflow) for one in (earlier, later))
    return judge_pair(bundle.control, *pair) is not Verb.ALLOW


def find_bad_fences(holds: list[Hold]) -> list[str]:
    """Give what was granted a fence of an object that somebody else had, or had passed, before."""
    by_object: dict[str, list[Hold]] = {}
    for hold in holds:
        by_object.setdefault(hold.about, []).append(hold)
    return [
        f"{about}: {former.fence} of {former.dispatch} and {latter.fence} of {latter.dispatch}"
        for about, some in by_object.items()
        for former, latter in pairwise(sorted(some, key=lambda one: (one.fence, one.begin)))
        if former.fence == latter.fence
    ]


def race(cloud: Cloud, processes: int, rounds: int, minutes: float) -> dict[str, Any]:
    """Race for so many rounds, or minutes, and give the counts, and what is wrong: every list is empty if all is well."""
    assert cloud.endpoint is not None
    table = create_table(cloud.client("dynamodb"), uuid4().hex[:8])
    for service, hosts in HOSTS.items():
        observe(World(open_ports(cloud.endpoint, table), make_policy()), *hosts, service=service)
    context = get_context("spawn")
    barrier, over, queue, seen = context.Barrier(processes), context.Event(), context.Queue(), context.Queue()
    began = time.monotonic()
    until = began + 60 * minutes
    racers = [
        context.Process(target=work, args=(cloud.endpoint, table, one, rounds, until, barrier, queue))
        for one in range(processes)
    ]
    witness = context.Process(target=watch, args=(cloud.endpoint, table, over, seen))
    for one in (*racers, witness):
        one.start()
    answers = [queue.get() for _ in racers]
    over.set()
    looks, wrong = seen.get(timeout=PATIENCE_S)
    for one in (*racers, witness):
        one.join(timeout=PATIENCE_S)
    if failed := [one for one in answers if isinstance(one, str)]:
        return {"failed": failed}
    found = judge(cloud, table, answers)
    return {"seconds": round(time.monotonic() - began), "looks": looks, **found, "witnessed": wrong}


def judge(cloud: Cloud, table: str, answers: list[Any]) -> dict[str, Any]:
    """Compare what the processes wrote down with each other, and with what is left in the table."""
    holds = [hold for some, *_ in answers for hold in some]
    started = [name for *_, some, _ in answers for name in some]
    asked = sum(played for *_, played in answers)
    rows = scan_rows(cloud.client("dynamodb"), table)
    dispatches = {row["id"]: row for row in rows.values() if row["sk"].startswith("dispatch#")}
    waiting = [name for name, row in dispatches.items() if row["state"] in LIVE]
    return {
        "rounds": [played for *_, played in answers],
        "asked": asked,
        "verdicts": dict(sum((verdicts for _, verdicts, *_ in answers), Counter[str]())),
        "started": len(started),
        "contended": sum(contended for _, _, contended, *_ in answers),
        "states": dict(Counter(row["state"] for row in dispatches.values())),
        "double_holds": find_double_holds(holds, make_policy()),
        "fences_twice": find_bad_fences(holds),
        "started_twice": [name for name, count in Counter(started).items() if count > 1],
        "lost": asked - len(dispatches),
        "live": waiting,
        "held": [(key.pk, name) for key, row in rows.items() for name in row if _is_left(name, row[name])],
    }


def _is_left(name: str, value: Any) -> bool:
    return name.startswith(HOLDER) or (name.startswith(("waiting", "used#", "count#", "whole#")) and value != 0)


WRONG = ("failed", "double_holds", "fences_twice", "started_twice", "lost", "live", "held", "witnessed")


def find_wrong(found: Mapping[str, Any]) -> dict[str, Any]:
    """Give what must not be."""
    return {name: found[name] for name in WRONG if found.get(name)}


def main(processes: int, rounds: int, minutes: float) -> int:
    """Race on a local AWS of its own."""
    with tempfile.TemporaryDirectory() as home:
        site = Site(find_program(find_project()), Path(home))
        with running_local(site) as running:
            found = race(open_local(running.endpoint), processes, rounds, minutes)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    return 1 if find_wrong(found) else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
