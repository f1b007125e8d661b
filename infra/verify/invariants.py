"""The promises, as questions about one state. Each gives what is wrong, or None."""

from functools import cache

from chalicelib.control.lifecycle import HOLDING_LOCKS, LIVE, DispatchState
from chalicelib.control.model import ExecutionStatus
from chalicelib.control.records import HOLDER, OBJECT_SK, WAIT
from chalicelib.control.transaction import Item
from infra.verify.steps import deliver_whole, finish
from infra.verify.values import thaw
from infra.verify.worker import Stage, Task
from infra.verify.world import Runs, Table, Worker, World, end


def find_broken(world: World) -> str | None:
    """Give the first promise that a state breaks."""
    return _judge(world.table, world.runs)


@cache
def _judge(table: Table, runs: Runs) -> str | None:
    return check_exclusion(runs) or check_fences(runs) or check_locks(table, runs) or check_queues(table)


@cache
def check_exclusion(runs: Runs) -> str | None:
    """No two executions act on one object at once, nor one and the effects of another that ended badly."""
    active: dict[str, list[str]] = {}
    for run in runs.by_name.values():
        if run.retired or (run.status != ExecutionStatus.RUNNING and run.name not in runs.lingering):
            continue
        for one, _ in run.fences:
            active.setdefault(one, []).append(run.name)
    crowded = {one: names for one, names in active.items() if len(names) > 1}
    return f"two act at once: {crowded}" if crowded else None


def check_locks(table: Table, runs: Runs) -> str | None:
    """Every execution that runs holds all its locks, and every dispatch that holds one holds all of them."""
    held, wanted = _list_held(table)
    if held != wanted:
        return f"held {sorted(held)}, but by the dispatches {sorted(wanted)}"
    running = {
        (one, run.name)
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
    """The counts on an object are its wait rows, and every waiter is queued."""
    states = {row["id"]: row["state"] for row in table.list_rows("dispatch#")}
    for key, text in table.rows.items():
        if key.sk != OBJECT_SK:
            continue
        waiters = [
            thaw(row)["dispatch"] for at, row in table.rows.items() if at.pk == key.pk and at.sk.startswith(WAIT)
        ]
        if thaw(text).get("waiting", 0) != len(waiters):
            return f"{key.pk} counts {thaw(text).get('waiting', 0)} waiters and has {waiters}"
        if stray := [one for one in waiters if states[one] != DispatchState.QUEUED]:
            return f"{key.pk} has waiters that are not queued: {stray}"
    return None


def check_progress(world: World, stage: Stage) -> str | None:
    """Once nothing new comes and nothing fails, ticks and messages bring everything to an end."""
    world = world._replace(faults=())
    for _ in range(12):
        for name in world.runs.by_name:
            world = end(world, name, ExecutionStatus.SUCCEEDED)
        while world.messages:
            world = deliver_whole(world, stage)
            if wrong := find_broken(world):
                return f"while it comes to rest: {wrong}"
        world = world._replace(ticks=world.ticks + 1)
        world = finish(world, Worker.of(Task("tick", str(world.ticks))), stage)
    left = [f"{row['id'][:6]} is {row['state']}" for row in world.table.list_rows("dispatch#") if _is_left(row)]
    return f"never ends: {left}" if left else None


def _is_left(row: Item) -> bool:
    return row["state"] in LIVE or bool(row.get("promotion_owed"))
