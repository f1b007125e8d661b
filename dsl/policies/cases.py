"""`<rule>.cases.yaml`: what a rule must decide, event by event. Read here, played by the in-memory world."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from dsl.diagnostics import Diagnostic, Span, suggest
from dsl.model.base import Duration, Name, Strict, mistake
from dsl.shape import read_file


def _read_moment(value: object) -> object:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        hint = 'for example "2026-03-11T21:30:00Z", with the quotes'
        raise mistake("E203", f"{value!r} is not a moment with its offset", hint)
    return moment


Moment = Annotated[datetime, BeforeValidator(_read_moment)]
Text = Annotated[str, Field(min_length=1)]
State = Literal[
    "reserved", "queued", "rejected", "ignored", "paged", "held", "undecided", "deduplicated", "accumulated", "settling", "dropped",
]  # fmt: skip
_KIND = re.compile(r"""^kind:[ \t]*["']?rule_cases\b""", re.MULTILINE)


class StartSpec(Strict):
    """A start that the object's history holds: what was run, and how long before the clock's first time."""

    run: Text
    ago: Duration


class ObjectSpec(Strict):
    """What is known of an object at first."""

    state: Text | None = None
    seen: Duration = 3600
    """How long ago it was in that state."""
    labels: dict[str, str] = Field(default_factory=dict)
    started: tuple[StartSpec, ...] = ()


class RunningSpec(Strict):
    """Work that was admitted before the events, by a request; it counts as a start of the object like any other."""

    run: Text
    with_: dict[str, Any] = Field(default_factory=dict, alias="with")
    object: Text | None = None


class EndSpec(Strict):
    """An execution that ends: the one that holds the object."""

    object: Text
    how: Literal["succeeded", "failed", "timed_out", "aborted"] = "succeeded"
    error: str = ""


class ExpectSpec(Strict):
    """What must be decided; what is left out is not looked at."""

    match: bool = True
    """False: the event must not match the rule."""
    object: Text | None = None
    branch: Annotated[int, Field(ge=1)] | Literal["default"] | None = None
    run: Text | None = None
    with_: dict[str, Any] | None = Field(default=None, alias="with")
    """Fields that the input must have; it may have more."""
    page: Text | None = None
    ignore: Text | None = None
    fails: Text | None = None
    """Deciding must fail with a reason that holds this text."""
    batches: tuple[tuple[Text, ...], ...] | None = None
    """The targets of each batch, in order."""
    running: tuple[Text, ...] | None = None
    """Every object that something runs on after this step, in any order."""
    verdict: Literal["start", "queue", "reject", "batch", "record"] | None = None
    state: State | None = None
    """Of the decision's dispatch, after this step."""
    tier: Text | None = None
    service: Text | None = None
    because: Text | None = None
    """Text that the reason must hold."""
    rung: Annotated[int, Field(ge=0)] | None = None
    """Of the goal's ladder; 0 is what a branch decided."""
    attempt: Annotated[int, Field(ge=1)] | None = None
    """Of that rung, counted from 1."""
    goal: Literal["pursuing", "met", "escalated", "missed", "stopped"] | None = None
    """Of the object, after this step."""
    nothing: Literal[True] | None = None
    """Nothing must be decided in a step without an event."""


class StepSpec(Strict):
    """One thing that happens: time passes, and with it what the rule's schedule says; an execution ends; an event arrives."""

    after: Duration = 0
    ends: EndSpec | None = None
    event: dict[str, Any] | None = None
    expect: ExpectSpec | None = None


class CaseSpec(Strict):
    """A story with one clock, beginning in a world that holds these objects and this running work."""

    name: Text
    at: Moment | None = None
    objects: dict[str, ObjectSpec] = Field(default_factory=dict)
    running: tuple[RunningSpec, ...] = ()
    steps: Annotated[tuple[StepSpec, ...], Field(min_length=1)]


class RuleCasesFile(Strict):
    """The cases of one rule; `event` is what the events of all of them share."""

    kind: Literal["rule_cases"]
    rule: Name
    at: Moment = datetime.fromisoformat("2026-01-01T00:00:00Z")
    event: dict[str, Any] = Field(default_factory=dict)
    cases: Annotated[tuple[CaseSpec, ...], Field(min_length=1)]


class ObjectsFile(Strict):
    """`--objects`: what is known of objects, by their ids."""

    objects: dict[str, ObjectSpec]


class RunningFile(Strict):
    """`--running`: what was admitted before."""

    running: tuple[RunningSpec, ...]


def is_rule_cases(text: str) -> bool:
    """Whether a cases file is about a rule; the others are about workflows."""
    return _KIND.search(text) is not None


def read_cases(text: str, file: str) -> tuple[RuleCasesFile | None, tuple[Diagnostic, ...]]:
    """Read a file of cases. Gives None with at least one error; never raises for a user's text."""
    return read_file(text, file, RuleCasesFile)[1:]


def refuse_rule(name: str, known: Iterable[str], file: str) -> Diagnostic:
    """Say that there is no such rule."""
    return Diagnostic("E911", f"there is no rule {name!r}", Span(file, 2, 1, 2, 5), suggest(name, known))


def read_objects(text: str, file: str) -> tuple[ObjectsFile | None, tuple[Diagnostic, ...]]:
    """Read objects, YAML or JSON, the same way."""
    return read_file(text, file, ObjectsFile)[1:]


def read_running(text: str, file: str) -> tuple[RunningFile | None, tuple[Diagnostic, ...]]:
    """Read running work, YAML or JSON, the same way."""
    return read_file(text, file, RunningFile)[1:]
