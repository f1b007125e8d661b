"""What goes into a rehearsal and what comes out of it. Times are seconds of virtual time since the start."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class StateFailed(Exception):
    """A state failed with an error that may be retried or caught: the interpreter's own control flow."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(error, cause)
        self.error, self.cause = error, cause


class Status(StrEnum):
    """How an execution ended, in Step Functions' words."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"


@dataclass(frozen=True, slots=True)
class Execution:
    """What is started: its input and name, and the moment that `$now()` counts from."""

    input: Any
    name: str = "rehearsal"
    machine: str = "rehearsal"
    started: datetime = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt of a task."""

    step: str
    """The step that the payload names, else the state's name."""
    state: str
    attempt: int
    """From 1; AWS's RetryCount is one less."""
    resource: str
    target: str | None
    """The function that is invoked, None for another resource."""
    input: Any
    """What the atom is given: the payload's input, or all arguments of another resource."""
    payload: Any
    """All of what the function gets."""
    at_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What a task does with one call: gives a value, or fails with an error, after a time.

    One that takes longer than its state's TimeoutSeconds is never heard.
    """

    value: Any = None
    error: str | None = None
    cause: str = ""
    takes_s: float = 0
    beats_s: float | None = None
    """How often it sends a heartbeat until then, None for never."""


Answers = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Entered:
    """A state was entered; `where` names the branches and iterations around it, outermost first."""

    state: str
    at_s: float
    where: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Way:
    """One way out of a state: rule `n` of a Choice, its default, or catcher `n`."""

    state: str
    kind: str
    """`rule`, `default` or `catch`."""
    index: int = 0


@dataclass(slots=True)
class Run:
    """What happened."""

    status: Status = Status.SUCCEEDED
    output: Any = None
    error: str | None = None
    cause: str | None = None
    entered: list[Entered] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    """What each call was answered, heard or not."""
    ways: set[Way] = field(default_factory=set)
    retries: int = 0
    duration_s: float = 0
    variables: Mapping[str, Any] = field(default_factory=dict)
    """Those of the outermost scope, at the end."""

    @property
    def path(self) -> list[str]:
        """The names of the states entered."""
        return [one.state for one in self.entered]

    @property
    def transitions(self) -> int:
        """What AWS bills: each state entered, and each retry."""
        return len(self.entered) + self.retries
