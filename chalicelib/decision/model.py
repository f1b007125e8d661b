"""Decisions and what they are computed from, as frozen values."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

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


class ObjectView(NamedTuple):
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


class History(NamedTuple):
    """What was started on an object before: (workflow, aware time), in any order."""

    starts: tuple[tuple[str, datetime], ...] = ()


class Subject(NamedTuple):
    """A rule that an event matches, and the object that the event is about by that rule."""

    rule: Rule
    object: ObjectId


class Failure(NamedTuple):
    """A rule that cannot be decided for an event, and why. It does not stop the others."""

    rule: Rule
    reason: str


class Trial(NamedTuple):
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
    rung: int | None = None
    """The rung of the goal's ladder that was climbed, counted from 1; None for a rule and its branches."""


class Fanout(NamedTuple):
    """What a decision is about that acts on many targets: which ones, and how the input of each is made."""

    kind: str | None
    service: str | None
    zone: str | None
    labels: Mapping[str, str]
    healthy: tuple[str, ...]
    """States in which a target is taken for serving; empty: the usual ones."""
    template: Mapping[str, Any]
    """The branch's `with`; `$target` is yet to be bound."""
    bindings: Mapping[str, object]


class Resume(NamedTuple):
    """What a dispatch that goes on from the failed step of another one takes over."""

    dispatch: str
    """The one that failed."""
    step: str
    """Where it goes on."""
    done: tuple[str, ...]
    """The steps before it, which are not done again."""
    workflow_hash: str
    fences: Mapping[str, int]
    """Of the failed dispatch, by full object id: as long as they are the objects' own, nobody else has held them."""
    variables: Mapping[str, Any]
    """What the finished steps had made, by name; null where nothing from here on reads it."""


class Decision(NamedTuple):
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
    reason: str
    tier: str
    service: str | None
    trials: tuple[Trial, ...]
    goal: Goal | None
    bundle_version: str
    decided_at: datetime
    workflow: str = ""
    """Set if the action is run."""
    input: Mapping[str, Any] = MappingProxyType({})
    """As the branch gives it; control adds the workflow's defaults and checks it."""
    page: str | None = None
    """Who is paged, if the action is page."""
    request: Mapping[str, str] | None = None
    """`{principal, reason, digest}` of a start that somebody asked for; None for what a rule decided."""
    fanout: Fanout | None = None
    """Set if it runs on many targets, batch after batch, instead of the object."""
    member_of: tuple[str, int] | None = None
    """The campaign and the number of the batch that it belongs to."""
    rung: int = 0
    """Of the goal's ladder, counted from 1; 0 for what a branch decided."""
    attempt: int = 0
    """Of this rung, counted from 0."""
    resumes: Resume | None = None
    """Set if it goes on from the failed step of another dispatch."""
