"""Decisions and what they are computed from, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.catalog.model import Goal, Rule, RuleMode
from chalicelib.identity import Home, ObjectId


class Action(StrEnum):
    """What is to be done."""

    RUN = "run"
    PAGE = "page"
    IGNORE = "ignore"
    FAILED = "failed"
    """Deciding failed; the reason says where. Nothing is done, and no other rule is affected."""
    HELD = "held"
    """The chain of dispatches behind the event is too long; a person must look."""


@dataclass(frozen=True, slots=True)
class ObjectView:
    """An object as a decision sees it."""

    id: ObjectId
    state: str | None
    """None if it was never observed."""
    state_at: datetime | None
    labels: Mapping[str, str]
    service: str | None
    zone: str | None
    tier: str
    exists: bool
    """Whether anything is recorded or observed of it."""


@dataclass(frozen=True, slots=True)
class History:
    """What was started on an object before: (workflow, aware time), in any order."""

    starts: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """A rule that an event matches, and the object that the event is about by that rule."""

    rule: Rule
    object: ObjectId


@dataclass(frozen=True, slots=True)
class Failure:
    """A rule that cannot be decided for an event, and why. It does not stop the others."""

    rule: Rule
    reason: str


@dataclass(frozen=True, slots=True)
class Trial:
    """One thing that was tried while deciding: the rule as a whole (no branch) or one of its branches."""

    rule: str
    branch: int | None
    """Counts from 0; None for the rule itself."""
    expression: str | None
    """None for the rule itself and for its default."""
    result: bool | None
    """None if it failed."""
    reason: str
    """For a condition that is false: its first false term, with the values on both sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The pure result of rule, event, object state and history."""

    id: str
    """The dispatch id: equal for every retry of the same decision."""
    event_id: str
    root_id: str
    hops: int
    """Of the event; what is dispatched because of it is one hop further."""
    rule: str
    mode: RuleMode
    home: Home
    """Where short object ids belong: the event's account and region."""
    object: ObjectId | None
    """None only for a start that is about no single object."""
    action: Action
    workflow: str = ""
    """Set if the action is run."""
    input: Mapping[str, Any] = field(default_factory=dict)
    """As the branch gives it; control adds the workflow's defaults and checks it."""
    page: str | None = None
    """Who is paged, if the action is page."""
    reason: str
    tier: str
    service: str | None
    trials: tuple[Trial, ...]
    goal: Goal | None
    bundle_version: str
    decided_at: datetime
    request: Mapping[str, str] | None = None
    """`{principal, reason, digest}` of a start that somebody asked for; None for what a rule decided."""
