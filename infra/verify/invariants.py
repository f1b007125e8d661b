"""The promises, as questions about one state. Each gives what is wrong, or None."""

from collections.abc import Mapping
from functools import cache
from itertools import chain
from typing import Any

from chalicelib.catalog.model import Budget
from chalicelib.control.approvals.approval import ApprovalState
from chalicelib.control.approvals.records import REQUEST
from chalicelib.control.claims.ancestors import COUNT, LOCKED
from chalicelib.control.claims.budgets import USED
from chalicelib.control.goals.goal import Status
from chalicelib.control.lifecycle import HOLDING_LOCKS, LIVE, DispatchState
from chalicelib.control.model import ExecutionStatus
from chalicelib.control.records import GOAL, HOLDER, OBJECT_SK, WAIT, read_time
from chalicelib.control.settlement import DEBTS
from chalicelib.control.transaction import Item
from chalicelib.control.undo.aftermath import SUFFIX
from infra.verify.steps import deliver_whole, finish
from infra.verify.values import thaw
from infra.verify.worker import Stage, Task
from infra.verify.world import Faults, Runs, Table, World, end


def find_broken(world: World, stage: Stage) -> str | None:
    """Give the first promise that a state breaks."""
    return _judge(world.table, world.runs, stage.bundles[0].control.budgets)


@cache
def _judge(table: Table, runs: Runs, budgets: tuple[Budget, ...]) -> str | None:
    return (
        check_exclusion(runs)
        or check_fences(runs)
        or check_locks(table, runs)
        or check_counts(table)
        or check_queues(table)
        or check_work(runs, tuple(one for one in budgets if not one.within_s))
        or check_rates(table, tuple(one for one in budgets if one.within_s))
        or check_settling(table)
    )


@cache
def check_exclusion(runs: Runs) -> str | None:
    """No two executions act on one object at once, nor one and the effects of another that ended badly.

    Nor does any act on a host while another acts on its service; scenarios that have one have its locks cover them.
    """
    active: dict[str, list[str]] = {}
    for run in runs.by_name.values():
        if run.retired or (run.status != ExecutionStatus.RUNNING and run.name not in runs.lingering):
            continue
        for one, _ in run.fences:
            active.setdefault(one, []).append(run.name)
    whole = [names for one, names in active.items() if "/service/" in one]
    below = [names for one, names in active.items() if "/service/" not in one]
    if whole and below:
        return f"{whole} acts on the service of what {below} act on"
    crowded = {one: names for one, names in active.items() if len(names) > 1}
    return f"two act at once: {crowded}" if crowded else None


def check_locks(table: Table, runs: Runs) -> str | None:
    """Every execution that runs holds all its locks, and every dispatch that holds one holds all of them."""
    held, wanted = _list_held(table)
    if held != wanted:
        return f"held {sorted(held)}, but by the dispatches {sorted(wanted)}"
    running = {
        (one, run.name.removesuffix(SUFFIX))
        for run in runs.by_name.values()
        if run.status == ExecutionStatus.RUNNING and not run.retired
        for one, _ in run.fences
    }
    return f"runs without its lock: {sorted(running - held)}" if running - held else None


@cache
def _list_held(table: Table) -> tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]]]:
    held = {
        (key.pk.removeprefix("object#"), name.removeprefix(HOLDER))
        for key, text in table.rows.items()
        if key.sk == OBJECT_SK
        for name in thaw(text)
        if name.startswith(HOLDER)
    }
    rows = table.list_rows("dispatch#")
    wanted = {(one, row["id"]) for row in rows if row["state"] in HOLDING_LOCKS for one, _ in row["locks"]}
    return frozenset(held), frozenset(wanted)


@cache
def check_counts(table: Table) -> str | None:
    """What is counted as taken is exactly what the dispatches that hold something say they took."""
    counted: dict[tuple[str, str, str], int] = {}
    for row in table.list_rows("dispatch#"):
        for pk, sk, _, add, _ in row.get("claims", ()) if row["state"] in HOLDING_LOCKS else ():
            for name, amount in add.items():
                counted[pk, sk, name] = counted.get((pk, sk, name), 0) + amount
    found = {
        (key.pk, key.sk, name): value
        for key, text in table.rows.items()
        for name, value in thaw(text).items()
        if value and (name.startswith((USED, COUNT)) or name == LOCKED)
    }
    return None if found == counted else f"counted as taken {found}, but by the dispatches {counted}"


@cache
def check_work(runs: Runs, budgets: tuple[Budget, ...]) -> str | None:
    """No more hosts are worked on at once than an absolute budget allows; all hosts are of one service."""
    active = {
        one
        for run in runs.by_name.values()
        if not run.retired and (run.status == ExecutionStatus.RUNNING or run.name in runs.lingering)
        for one, _ in run.fences
    }
    broken = [one.name for one in budgets if not one.percent and len(active) > one.at_most]
    return f"{sorted(active)} are worked on at once, over budget {', '.join(broken)}" if broken else None


@cache
def check_rates(table: Table, rates: tuple[Budget, ...]) -> str | None:
    """Within the time of a rate, no more has started than it allows; all starts are of one rule, on one object each."""
    starts = {
        key.pk: sorted(read_time(at) for _, at in thaw(text).get("starts", ()))
        for key, text in (table.rows.items() if rates else ())
        if key.sk == OBJECT_SK
    }
    for rate in rates:
        for times in starts.values() if rate.scope == "object" else [sorted(chain.from_iterable(starts.values()))]:
            for first, last in zip(times, times[rate.at_most :], strict=False):
                if (last - first).total_seconds() < rate.within_s:
                    return f"{rate.at_most + 1} starts in {last - first}, over rate {rate.name}"
    return None


@cache
def check_settling(table: Table) -> str | None:
    """Of events that observed the very same, one waits for it to settle."""
    watched = [
        row["settle"]["watched"] for row in table.list_rows("dispatch#") if row["state"] == DispatchState.SETTLING
    ]
    return None if all(watched.count(one) == 1 for one in watched) else f"two wait for the same: {watched}"


@cache
def check_fences(runs: Runs) -> str | None:
    """No two executions were ever given the same fence on one object."""
    given: dict[tuple[str, int], str] = {}
    for run in runs.by_name.values():
        for lock in run.fences:
            if lock in given:
                return f"the same fence twice: {lock} for {given[lock]} and {run.name}"
            given[lock] = run.name
    return None


@cache
def check_queues(table: Table) -> str | None:
    """Each row counts exactly the queued dispatches that stand there, and each of them has its row in the queue."""
    standing: dict[tuple[str, str], int] = {}
    queued: set[tuple[str, str]] = set()
    for row in table.list_rows("dispatch#"):
        for pk, sk, queue, _ in row.get("stands", ()) if row["state"] == DispatchState.QUEUED else ():
            standing[pk, sk] = standing.get((pk, sk), 0) + 1
            queued.add((queue, row["id"]))
    counted = {(key.pk, key.sk): thaw(text).get("waiting", 0) for key, text in table.rows.items()}
    counted = {key: count for key, count in counted.items() if count}
    if counted != standing:
        return f"counted as waiting {counted}, but by the dispatches {standing}"
    waiting = {(key.pk, thaw(text)["dispatch"]) for key, text in table.rows.items() if key.sk.startswith(WAIT)}
    return None if waiting == queued else f"in the queues {sorted(waiting)}, but by the dispatches {sorted(queued)}"


def check_progress(world: World, stage: Stage) -> str | None:
    """Once nothing new comes and nothing fails, ticks and messages bring everything to an end."""
    world = world._replace(faults=Faults.of({}))
    for _ in range(12):
        for name in world.runs.by_name:
            world = end(world, name, ExecutionStatus.SUCCEEDED)
        while world.messages:
            world = deliver_whole(world, stage)
            if wrong := find_broken(world, stage):
                return f"while it comes to rest: {wrong}"
        world = world._replace(ticks=world.ticks + 1)
        world = finish(world, Task("tick", str(world.ticks)), stage)
    left = [f"{row['id'][:6]} is {row['state']}" for row in world.table.list_rows("dispatch#") if _is_left(row)]
    left += [f"what is asked about {row['id'][:6]}" for row in world.table.list_rows(REQUEST) if _is_asked(row)]
    left += [f"the goal of {rule}" for rule, goal in list_goals(world.table) if goal["status"] == Status.PURSUING]
    return f"never ends: {left}" if left else None


def _is_left(row: Item) -> bool:
    return row["state"] in LIVE or any(row.get(debt) for debt in DEBTS)


def _is_asked(row: Item) -> bool:
    return row["state"] == ApprovalState.PENDING or bool(row.get("owed"))


@cache
def list_goals(table: Table) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """Give every goal of every object, by the object's name and the rule's."""
    return tuple(
        (f"{key.pk.rpartition('/')[2]} {name.removeprefix(GOAL)}", value)
        for key, text in table.rows.items()
        if key.sk == OBJECT_SK
        for name, value in thaw(text).items()
        if name.startswith(GOAL)
    )
