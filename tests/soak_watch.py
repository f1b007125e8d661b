"""What must hold at every moment of a soak: nothing excludes what runs beside it, and no budget is passed."""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from chalicelib.catalog.model import Bundle, Intent, Verb
from chalicelib.control.claims.conflicts import judge_pair
from chalicelib.control.model import ExecutionStatus
from chalicelib.control.records import Group, object_key, read_object
from chalicelib.identity import Home, ObjectId, parse_object_id
from tests.builders import HOME
from tests.fakes import FakeExecutions, MemoryStore

SIZES = {"checkout": 190, "ledger": 10}
"""Hosts of each service."""
PERCENT = 30


class Work(NamedTuple):
    """What somebody does to an object."""

    fence: int
    intent: Intent
    workflow: str
    name: str


def find_service(host: str) -> str:
    """Say which service a host belongs to."""
    return "checkout" if int(host.removeprefix("i-")) < SIZES["checkout"] else "ledger"


def find_live_clashes(executions: FakeExecutions, store: MemoryStore, bundle: Bundle) -> Iterator[str]:
    """Look at what runs, whatever the table says, and at whom the table names."""
    running = _list_running(executions, bundle)
    for about, works in running.items():
        yield from _find_pairs(f"running on {about}", works, bundle)
        if about.kind == "service":
            below = [work for one, some in running.items() if _is_below(one, about) for work in some]
            yield from (f"{work} below {works} on {about}" for work in below if work.intent.rank >= Intent.DISRUPT.rank)
    for about in _list_objects():
        holders = read_object(about, store.rows.get(object_key(about))).holders
        works = [Work(one.fence, one.intent, one.workflow, one.dispatch) for one in holders]
        yield from _find_pairs(f"holding {about}", works, bundle)
    for service, size in SIZES.items():
        used, limit = _read_used(store, service), max(1, size * PERCENT // 100)
        if used > limit:
            yield f"{used} of {limit} disrupted in {service}"


def _list_running(executions: FakeExecutions, bundle: Bundle) -> dict[ObjectId, list[Work]]:
    found: dict[ObjectId, list[Work]] = {}
    for name, execution in executions.executions.items():
        if execution.status is not ExecutionStatus.RUNNING:
            continue
        workflow, given = executions.started[name]
        intent = max((one.intent for one in bundle.workflows[workflow].touches), key=lambda one: one.rank)
        for about, fence in given["dispatch"]["fences"].items():
            found.setdefault(parse_object_id(about, Home("", "")), []).append(Work(fence, intent, workflow, name))
    return found


def _find_pairs(where: str, works: list[Work], bundle: Bundle) -> Iterator[str]:
    for first, second in combinations(sorted(works), 2):
        pair = ((one.intent, one.workflow) for one in (first, second))
        if judge_pair(bundle.control, *pair) is not Verb.ALLOW:
            yield f"{where}: {first} and {second}"


def _is_below(about: ObjectId, service: ObjectId) -> bool:
    return about.kind == "host" and find_service(about.name) == service.name


def _list_objects() -> Iterator[ObjectId]:
    for number in range(sum(SIZES.values())):
        yield ObjectId(HOME.account, HOME.region, "host", f"i-{number}")
    for service in SIZES:
        yield ObjectId(HOME.account, HOME.region, "service", service)


def _read_used(store: MemoryStore, service: str) -> int:
    used: int = store.rows.get(Group("service", service, "host").key, {}).get("used#few", 0)
    return used
