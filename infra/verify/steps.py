"""What can happen next in a state: each possible step, and the state it leads to."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ExecutionStatus
from infra.verify.worker import Call, Stage, Task
from infra.verify.world import Worker, World, end, perform, settle_effects

What = tuple[str, Task, Call | None, Any]
"""What happened, to whom, by which call, and what it answered."""
ENDS = {"done", "failed"}


class Step(NamedTuple):
    """One thing that happened, for the story."""

    what: What
    world: World


def list_steps(world: World, stage: Stage) -> Iterator[Step]:
    """Give every next state. A worker's first call happens as it is delivered: before it, nobody could notice."""
    for index, worker in enumerate(world.workers):
        rest = world.workers[:index] + world.workers[index + 1 :]
        yield from _advance(world._replace(workers=rest), worker, stage)
    for index, message in enumerate(world.messages):
        yield from _deliver(world, index, message, stage)
    yield from _end_runs(world)
    yield from _act(world, stage)


def find_call(worker: Worker, stage: Stage) -> Call:
    """Say what a worker does next."""
    call = stage.calls.get(worker)
    if call is None:
        call = stage.calls[worker] = stage.find_next(worker.task, worker.answers)
    return call


def finish(world: World, worker: Worker, stage: Stage) -> World:
    """Run one worker to its end, with nothing in between."""
    while (call := find_call(worker, stage)).verb not in ENDS:
        world, worker, _ = perform(world, worker, call)
    return world


def deliver_whole(world: World, stage: Stage) -> World:
    """Deliver the first message in flight and run its worker to its end."""
    message, *rest = world.messages
    taken = world._replace(messages=tuple(rest))
    if message.kind == "hold":
        taken = settle_effects(taken, message.about)
    return finish(taken, Worker.of(message), stage)


def _advance(world: World, worker: Worker, stage: Stage) -> Iterator[Step]:
    """Let a worker make its next call, or die before or after it."""
    call = find_call(worker, stage)
    after, moved, answer = perform(world, worker, call)
    while call.verb == "list_lane" and (following := find_call(moved, stage)).verb == "list_lane":
        # The lanes are one question: an index read in eight parts, of rows that no part shares with another.
        after, moved, answer = perform(after, moved, following)
    if find_call(moved, stage).verb not in ENDS:
        kept = after._replace(workers=tuple(sorted((*after.workers, moved))))
    else:
        kept = after
    yield Step(("calls", worker.task, call, answer), kept)
    if world.left("crash"):
        yield Step(("dies before", worker.task, call, None), _redeliver(world.spend("crash"), worker.task))
        if call.writes:
            yield Step(("dies after", worker.task, call, answer), _redeliver(after.spend("crash"), worker.task))
    if world.left("abandon") and call.writes:
        yield Step(("dies after, for good,", worker.task, call, answer), after.spend("abandon"))


def _redeliver(world: World, task: Task) -> World:
    """Lambda tries an asynchronous invocation again; the tick comes again by itself."""
    return world if task.kind in {"tick", "cancel", "break", "shrink"} else world.post(task)


def _deliver(world: World, index: int, message: Task, stage: Stage) -> Iterator[Step]:
    taken = world._replace(messages=world.messages[:index] + world.messages[index + 1 :])
    if message.kind == "hold":
        # The queue has measured the delay: whatever its execution had set off is over by now.
        taken = settle_effects(taken, message.about)
    worker = Worker.of(message)
    yield from _advance(taken, worker, stage)
    if world.left("duplicate"):
        yield from _advance(taken.spend("duplicate").post(message), worker, stage)
    if world.left("lost") and message.kind != "event":
        yield Step(("is lost", message, None, None), taken.spend("lost"))


def _end_runs(world: World) -> Iterator[Step]:
    for run in world.runs.by_name.values():
        if run.status == ExecutionStatus.RUNNING:
            about = Task("execution", run.name)
            yield Step(("succeeds", about, None, None), end(world, run.name, ExecutionStatus.SUCCEEDED))
            if world.left("fail"):
                failed = end(world.spend("fail"), run.name, ExecutionStatus.FAILED)
                yield Step(("fails, and its effects may go on", about, None, None), failed)


def _act(world: World, stage: Stage) -> Iterator[Step]:
    for fault, detail in (("tick", ""), ("late", "late")):
        if world.left(fault):
            ticked = world.spend(fault)._replace(ticks=world.ticks + 1)
            yield from _advance(ticked, Worker.of(Task("tick", str(ticked.ticks), detail)), stage)
    if world.left("shrink"):
        yield from _advance(world.spend("shrink"), Worker.of(Task("shrink", "a host")), stage)
    for act in ("cancel", "break"):
        if world.left(act):
            for row in world.table.list_rows("dispatch#"):
                if row["state"] in _ACTABLE[act]:
                    yield from _advance(world.spend(act), Worker.of(Task(act, row["id"])), stage)


_ACTABLE = {
    "cancel": {DispatchState.QUEUED, DispatchState.RESERVED},
    "break": {DispatchState.RESERVED, DispatchState.RUNNING, DispatchState.UNDOING},
}
