"""States as values: what a workflow is lowered to, and all that `emit` knows of it.

Field values are JSON in which every string is already a literal or a whole `{% … %}` expression.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Any
Assign = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Retrier:
    """One entry of `Retry`. Seconds; `max_attempts` counts the attempts after the first."""

    errors: tuple[str, ...]
    max_attempts: int
    interval_s: int | None = None
    backoff: float | None = None
    max_delay_s: int | None = None
    jitter: bool = False


@dataclass(frozen=True, slots=True)
class Catcher:
    """One entry of `Catch`."""

    errors: tuple[str, ...]
    next: str
    assign: Assign = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What every state has. `next` None is the end of its scope."""

    name: str
    comment: str | None = None
    next: str | None = None
    assign: Assign = field(default_factory=dict)
    output: Json = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(State):
    """Call a service: by default Lambda, to invoke the function of an atom."""

    arguments: Json
    timeout_s: int
    heartbeat_s: int | None = None
    resource: str = "arn:aws:states:::lambda:invoke"
    retriers: tuple[Retrier, ...] = ()
    catchers: tuple[Catcher, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One way out of a `Choice`."""

    condition: str
    next: str
    assign: Assign = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(State):
    """Take the first rule that is true, else `next`, assigning `assign`."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(State):
    """Wait a number of seconds or until a timestamp: exactly one is set."""

    seconds: Json = None
    timestamp: Json = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass(State):
    """Assign and go on, or end with an output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Succeed(State):
    """End the machine well, with an output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail(State):
    """End the machine badly."""

    error: str
    cause: str


@dataclass(frozen=True, slots=True)
class Scope:
    """States that only know each other: the machine, a branch, an iteration."""

    start: str
    states: tuple[State, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel(State):
    """Run scopes at once."""

    branches: tuple[Scope, ...]
    arguments: Json = None
    retriers: tuple[Retrier, ...] = ()
    catchers: tuple[Catcher, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Map(State):
    """Run one scope for every item: inline, or each in an execution of its own if `label` names the map."""

    items: Json
    selector: Json
    body: Scope
    max_concurrency: int
    label: str | None = None
    retriers: tuple[Retrier, ...] = ()
    catchers: tuple[Catcher, ...] = ()


@dataclass(frozen=True, slots=True)
class Machine:
    """A whole state machine."""

    comment: str
    timeout_s: int
    scope: Scope
