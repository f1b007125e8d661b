"""What can happen next in a state: each possible step, and the state it leads to."""

from collections.abc import Iterator
from typing import Any

from chalicelib.control.model import ExecutionStatus
from infra.verify.acts import list_acts
from infra.verify.worker import Call, Stage, Task
from infra.verify.world import Worker, World, end, perform, settle_effects

What = tuple[str, Task, Call | None, Any]
"""What happened, to whom, by which call, and what it answered."""
Step = tuple[What, World]
"""One thing that happened, and the state after it."""
ENDS = {"done", "failed"}


def list_steps(world: World, stage: Stage) -> Iterator[Step]:
    """Give every next state. A worker's first call happens as it is delivered: before it, nobody could notice."""
    for index, worker in enumerate(world.workers):
        rest = world.workers[:index] + world.workers[index + 1 :]
        yield from _advance(world._replace(workers=rest), worker, stage)
    for index, message in enumerate(world.messages):
        yield from _deliver(world, index, message, stage)
    yield from _end_runs(world)
    for fault, moved, task in list_acts(world):
        if task is None:
            yield (f"{fault}", Task("deployment", str(moved.deployed)), None, None), moved
        else:
            yield from _advance(moved, _begin(moved, task, stage), stage)


def find_call(worker: Worker, stage: Stage) -> Call:
    """Say what a worker does next."""
    call = stage.calls.get(worker)
    if call is None:
        call = stage.calls[worker] = stage.find_next(worker.task, worker.answers)
    return call


def finish(world: World, task: Task, stage: Stage) -> World:
    """Run one worker to its end, with nothing in between."""
    worker = _begin(world, task, stage)
    while (call := find_call(worker, stage)).verb not in ENDS:
        world, worker, _ = perform(world, worker, call)
    return world


def deliver_whole(world: World, stage: Stage) -> World:
    """Deliver the first message in flight and run its worker to its end."""
    message, *rest = world.messages
    taken = world._replace(messages=tuple(rest))
    if message.kind == "hold":
        taken = settle_effects(taken, message.about)
    return finish(taken, message, stage)


def _begin(world: World, task: Task, stage: Stage) -> Worker:
    """Begin an invocation: it keeps the time and the policy that it began with."""
    if stage.timed or world.deployed:
        task = task._replace(at=world.ticks if stage.timed else 0, deployed=world.deployed)
    return Worker.of(task)


def _advance(world: World, worker: Worker, stage: Stage) -> Iterator[Step]:
    """Let a worker make its next call, or die before or after it."""
    call = find_call(worker, stage)
    after, moved, answer = perform(world, worker, call)
    following = find_call(moved, stage)
    while call.verb == "list_lane" and following.verb == "list_lane":
        # The lanes are one question: an index read in its parts, of rows that no part shares with another.
        after, moved, answer = perform(after, moved, following)
        following = find_call(moved, stage)
    kept = after
    if following.verb not in ENDS:
        kept = after._replace(workers=tuple(sorted((*after.workers, moved))))
    yield ("calls", worker.task, call, answer), kept
    left = world.faults.left
    if "crash" in left:
        yield ("dies before", worker.task, call, None), _redeliver(world.spend("crash"), worker.task)
        if call.writes:
            yield ("dies after", worker.task, call, answer), _redeliver(after.spend("crash"), worker.task)
    if "abandon" in left and call.writes:
        yield ("dies after, for good,", worker.task, call, answer), after.spend("abandon")


def _redeliver(world: World, task: Task) -> World:
    """Lambda tries an asynchronous invocation again; the tick comes again by itself, and people see that it failed."""
    return world.post(task._replace(at=0, deployed=0)) if task.kind in {"event", "status", "hold"} else world


def _deliver(world: World, index: int, message: Task, stage: Stage) -> Iterator[Step]:
    taken = world._replace(messages=world.messages[:index] + world.messages[index + 1 :])
    if message.kind == "hold":
        # The queue has measured the delay: whatever its execution had set off is over by now.
        taken = settle_effects(taken, message.about)
    worker = _begin(taken, message, stage)
    yield from _advance(taken, worker, stage)
    if "duplicate" in world.faults.left:
        yield from _advance(taken.spend("duplicate").post(message), worker, stage)
    if "lost" in world.faults.left and message.kind != "event":
        yield ("is lost", message, None, None), taken.spend("lost")


def _end_runs(world: World) -> Iterator[Step]:
    for run in world.runs.by_name.values():
        if run.status == ExecutionStatus.RUNNING:
            about = Task("execution", run.name)
            yield ("succeeds", about, None, None), end(world, run.name, ExecutionStatus.SUCCEEDED)
            if "fail" in world.faults.left:
                failed = end(world.spend("fail"), run.name, ExecutionStatus.FAILED)
                yield ("fails, and its effects may go on", about, None, None), failed
