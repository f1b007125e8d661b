"""Virtual time: jobs are generators that yield what they wait for, and wake in the order of time, then of their start."""

import heapq
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from dsl.rehearse.model import StateFailed


@dataclass(frozen=True, slots=True)
class Sleep:
    """Go on after that many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Gather:
    """Run jobs beside each other, at most `limit` (0: all) at once, and go on with their results in the jobs' order.

    More failures than `tolerated` cancel what still runs; then the job gets the last one, or `exceeded` if that is set.
    A failure that is tolerated leaves None as its job's result.
    """

    jobs: tuple["Job", ...]
    limit: int = 0
    tolerated: int = 0
    exceeded: str | None = None


Job = Generator[Sleep | Gather, Any, Any]


class OutOfTime(Exception):
    """The next thing would happen after the deadline."""


@dataclass(slots=True, eq=False)
class _Process:
    job: Job
    parent: "_Group | None" = None
    index: int = 0
    group: "_Group | None" = None
    gone: bool = False


@dataclass(slots=True, eq=False)
class _Group:
    owner: _Process
    gather: Gather
    results: list[Any]
    running: dict[_Process, None] = field(default_factory=dict)
    started: int = 0
    failures: int = 0


class Clock:
    """Runs a job and all that it gathers."""

    def __init__(self, deadline: float | None = None) -> None:
        """Take the second after which nothing happens any more."""
        self.now = 0.0
        self._deadline = deadline
        self._order = count()
        self._queue: list[tuple[float, int, _Process, Any]] = []

    def run(self, job: Job) -> Any:
        """Run to the end. Raises StateFailed as the job does, and OutOfTime."""
        root = _Process(job)
        self._wake(root, None)
        while self._queue:
            at, _, process, value = heapq.heappop(self._queue)
            if process.gone:
                continue
            if self._deadline is not None and at > self._deadline:
                self.now = self._deadline
                _cancel(root)
                raise OutOfTime
            self.now = at
            ended = self._resume(process, value)
            if ended is not None and process is root:
                return ended[0]
        raise OutOfTime

    def _wake(self, process: _Process, value: Any, after: float = 0) -> None:
        heapq.heappush(self._queue, (self.now + after, next(self._order), process, value))

    def _resume(self, process: _Process, value: Any) -> tuple[Any] | None:
        """Let a job go on. Gives its result in a tuple once it has ended."""
        try:
            wanted = process.job.throw(value) if isinstance(value, StateFailed) else process.job.send(value)
        except StopIteration as stop:
            process.gone = True
            if process.parent is not None:
                self._finish(process, process.parent, stop.value)
            return (stop.value,)
        except StateFailed as problem:
            process.gone = True
            if process.parent is None:
                raise
            self._fail(process, process.parent, problem)
            return None
        if isinstance(wanted, Sleep):
            self._wake(process, None, wanted.seconds)
        else:
            self._gather(process, wanted)
        return None

    def _gather(self, owner: _Process, gather: Gather) -> None:
        group = _Group(owner, gather, [None] * len(gather.jobs))
        owner.group = group
        if gather.jobs:
            self._start(group, range(gather.limit or len(gather.jobs)))
        else:
            self._wake(owner, [])

    def _start(self, group: _Group, room: Iterable[int]) -> None:
        for _ in room:
            if group.started < len(group.gather.jobs):
                process = _Process(group.gather.jobs[group.started], group, group.started)
                group.started += 1
                group.running[process] = None
                self._wake(process, None)

    def _finish(self, process: _Process, group: _Group, result: Any) -> None:
        del group.running[process]
        group.results[process.index] = result
        self._start(group, range(1))
        if not group.running:
            self._wake(group.owner, group.results)

    def _fail(self, process: _Process, group: _Group, problem: StateFailed) -> None:
        group.failures += 1
        if group.failures <= group.gather.tolerated:
            self._finish(process, group, None)
            return
        del group.running[process]
        for sibling in group.running:
            _cancel(sibling)
        exceeded = group.gather.exceeded
        cause = f"{group.failures} items failed, the last with {problem.error}"
        self._wake(group.owner, StateFailed(exceeded, cause) if exceeded else problem)


def _cancel(process: _Process) -> None:
    """Stop a job and all that it waits for, wherever they are."""
    pending = [process]
    while pending:
        one = pending.pop()
        one.gone = True
        if one.group is not None:
            pending += one.group.running
        one.job.close()
