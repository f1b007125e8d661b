"""What an execution did, step by step, made from its history. Pure.

AWS tells which event led to which (`previous`), so visits of the same state in branches and iterations are told apart; a
history without that is read in order, which is right wherever no state is visited twice at one time.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

_ENTERED, _EXITED = "StateEntered", "StateExited"
_SCHEDULED = ("TaskScheduled", "LambdaFunctionScheduled", "ActivityScheduled")
_FAULTS = ("Failed", "TimedOut", "StartFailed", "SubmitFailed", "ScheduleFailed")
_OVER = {"ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"}


class TimelineEvent(NamedTuple):
    """One event of an execution's history."""

    id: int
    previous: int
    """0: the first, or not told."""
    type: str
    """As Step Functions names it, for example `TaskStateEntered`."""
    at: datetime
    state: str = ""
    """Of those that enter or exit one."""
    error: str = ""
    cause: str = ""


class Timelines(Protocol):
    """Reads what executions did."""

    def read(self, workflow: str, name: str) -> tuple[TimelineEvent, ...] | None:
        """Give the whole history, oldest first; None if there is no such execution, or no longer."""


class NoTimelines(NamedTuple):
    """Of executions that keep none."""

    def read(self, workflow: str, name: str) -> tuple[TimelineEvent, ...] | None:
        """Give None."""
        del workflow, name
        return None


class Visit(NamedTuple):
    """One stay in a state. `status` is succeeded, failed, running, or stopped if its execution ended around it."""

    state: str
    kind: str
    """`Task`, `Choice`, `Map`, …"""
    entered_at: datetime
    left_at: datetime | None
    status: str
    attempts: int
    """How often its task was begun; 0 where there is none, or where the history does not say."""
    error: str
    """Of the last attempt that failed, also where another one succeeded or a handler caught it."""
    cause: str

    @property
    def step(self) -> str:
        """The id of the step that it belongs to: `drain.when` is the guard of `drain`."""
        return self.state.partition(".")[0]

    @property
    def role(self) -> str:
        """What it is for its step beside the step itself: `when`, `wait`, …; else empty."""
        return self.state.partition(".")[2]


class _Stay:
    """A visit while it is read."""

    def __init__(self, event: TimelineEvent) -> None:
        self.state, self.entered = event.state, event
        self.left: TimelineEvent | None = None
        self.attempts = 0
        self.fault: TimelineEvent | None = None
        self.failed_last = False


def make_timeline(events: Sequence[TimelineEvent]) -> tuple[Visit, ...]:
    """Give every visit in the order in which the states were entered."""
    stays: dict[int, _Stay] = {}
    owner: dict[int, int] = {}
    over = False
    for event in events:
        if event.type.startswith("Execution"):
            over = over or event.type in _OVER
            _take_end(event, stays)
        elif event.type.endswith(_ENTERED):
            stays[event.id], owner[event.id] = _Stay(event), event.id
        elif (found := _find_owner(event, stays, owner)) is not None:
            owner[event.id] = found
            _take(event, stays[found])
    return tuple(_finish(stay, over=over) for stay in stays.values())


def list_finished(visits: Iterable[Visit]) -> tuple[str, ...]:
    """Give the steps whose task was done, in order, each once."""
    return tuple(dict.fromkeys(one.step for one in visits if one.kind == "Task" and one.status == "succeeded"))


def find_failed(visits: Iterable[Visit]) -> str | None:
    """Give the first step that failed and was not done later; None if none is known."""
    listed = tuple(visits)
    done = set(list_finished(listed))
    return next((one.step for one in listed if one.error and one.step not in done), None)


def _find_owner(event: TimelineEvent, stays: dict[int, _Stay], owner: dict[int, int]) -> int | None:
    """Find the visit that an event belongs to: by what led to it, else the last one that is open."""
    named = event.state if event.type.endswith(_EXITED) else ""
    at = owner.get(event.previous)
    if at is not None and (not named or stays[at].state == named) and stays[at].left is None:
        return at
    open_stays = [key for key, stay in stays.items() if stay.left is None and (not named or stay.state == named)]
    return open_stays[-1] if open_stays else None


def _take_end(event: TimelineEvent, stays: dict[int, _Stay]) -> None:
    """Where a history has no events of tasks, the execution's own error is that of the last state it was in."""
    open_stays = [stay for stay in stays.values() if stay.left is None]
    if event.type.endswith(_FAULTS) and open_stays and not any(stay.failed_last for stay in open_stays):
        open_stays[-1].fault, open_stays[-1].failed_last = event, True


def _take(event: TimelineEvent, stay: _Stay) -> None:
    if event.type.endswith(_EXITED):
        stay.left = event
    elif event.type in _SCHEDULED:
        stay.attempts += 1
        stay.failed_last = False
    elif event.type.endswith(_FAULTS):
        stay.fault, stay.failed_last = event, True


def _finish(stay: _Stay, *, over: bool) -> Visit:
    failed = stay.fault is not None and stay.failed_last
    if stay.left is not None:
        status = "failed" if failed else "succeeded"
    elif failed:
        status = "failed"
    else:
        status = "stopped" if over else "running"
    left = stay.left or (stay.fault if failed else None)
    return Visit(
        state=stay.state,
        kind=stay.entered.type.removesuffix(_ENTERED),
        entered_at=stay.entered.at,
        left_at=left.at if left is not None else None,
        status=status,
        attempts=stay.attempts,
        error=stay.fault.error if stay.fault else "",
        cause=stay.fault.cause if stay.fault else "",
    )
