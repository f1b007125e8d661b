"""Dispatches: asked for, shown, taken back, done again."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from chalicelib.api.schemas.base import Blocker, Schema, Spent, Touched
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import VerdictKind


class CancelRequest(Schema):
    """Why a dispatch is taken back; it stays in the record."""

    model_config = ConfigDict(strict=True)

    reason: Annotated[str, Field(min_length=1, max_length=1000)]


class CancelResult(Schema):
    """What was done about it."""

    id: str
    was: DispatchState
    """Its state before."""
    action: str


class StartRequest(Schema):
    """Start a workflow or an offered atom."""

    model_config = ConfigDict(strict=True)

    name: Annotated[str, Field(min_length=1, max_length=128)]
    input: dict[str, Any] = Field(default_factory=dict)
    reason: Annotated[str, Field(max_length=500)] | None = None
    """Why, for the record."""
    object: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    """What it is about; needed only where the workflow locks several objects and one of them matters most."""


class Undo(Schema):
    """What takes back the work of a stopped execution: `running`, `done` or `failed`, and of which steps."""

    state: str
    steps: list[str]
    """Latest first."""
    error: str | None = None


class DispatchQuery(Schema):
    """Which dispatches to list."""

    state: DispatchState | None = None
    object: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    rule: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    workflow: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, Field(max_length=1024)] | None = None


class Admission(Schema):
    """What control said to a start."""

    id: str
    verdict: VerdictKind
    state: DispatchState
    reason: str
    workflow: str
    object: str | None
    tier: str
    blockers: list[Blocker]
    into: str | None = None
    """The dispatch that does what this one wanted, if it has joined one."""
    repeated: bool
    """Whether this Idempotency-Key had started it before; the rest is then how that dispatch stands now."""


class Dispatch(Schema):
    """One dispatch in a list."""

    id: str
    state: DispatchState
    workflow: str | None
    object: str | None
    rule: str
    """`request` for what the API started."""
    tier: str
    service: str | None
    reason: str
    stuck: str | None
    """Why it does not go on, if it does not."""
    broken: str | None
    """Who stopped its execution, and why."""
    into: str | None
    """The dispatch that it has joined, which does what it wanted."""
    shadow: str | None
    """What a shadow rule would have come to: `acts`, or what would have stopped it, such as `deduplicated` or `held`."""
    undo: Undo | None
    """How what a stopped execution had done was taken back; None if that was not needed."""
    created_at: str
    updated_at: str
    started_at: str | None
    ended_at: str | None


class Trial(Schema):
    """One thing that was tried while deciding."""

    rule: str
    branch: int | None
    expression: str | None
    result: bool | None
    reason: str
    rung: int | None = None
    """The rung of the goal's ladder that was climbed, counted from 1."""


class Goal(Schema):
    """The desired state that the dispatch works towards. The rest is None where the dispatch pursues nothing."""

    until: str
    within_s: int
    rung: int | None = None
    """0 for what a branch decided, else the rung of the ladder, counted from 1."""
    attempt: int | None = None
    """Of this rung, counted from 0."""
    deadline: str | None = None


class Requester(Schema):
    """Who asked for a dispatch, and why."""

    principal: str
    reason: str
    retries: str | None = None
    """The dispatch that it does again."""


class Resumed(Schema):
    """Where a dispatch has taken over from one that failed."""

    dispatch: str
    """The one that failed."""
    step: str
    """The step that it goes on from."""
    done: list[str]
    """The steps before that, which it does not do again."""


class LeftOut(Schema):
    """A target that no batch takes, and why."""

    object: str
    reason: str


class Batches(Schema):
    """The batches of a campaign, and how far it is."""

    sizes: list[int]
    """Targets of each batch, in order."""
    targets: int
    open: int
    """The number of the batch that is under way, from 1; 0 before the first."""
    admitted: int
    """How many targets were handed to control."""
    done: int
    failed: int
    """Of the batches that are over, and of all once it is."""
    arithmetic: list[str]
    """For each service that is bounded: how many may be down, and how many were when it was planned."""
    left_out: list[LeftOut]
    """The first of them."""
    left_out_count: int
    stop_failures: str
    """It is stopped once more than this many have failed."""
    progress_deadline_s: int
    """How long it may wait for room."""


class DispatchDetail(Dispatch):
    """Everything recorded of a dispatch."""

    verdict: VerdictKind
    action: str
    outcome: DispatchState | None
    """How the execution ended, also while its locks are still held."""
    error: str | None
    cause: str | None
    page: str | None
    promotion_owed: bool
    queued_at: str | None
    expires_at: str | None
    event_id: str
    root_id: str
    hops: int
    requested: Requester | None
    resumes: Resumed | None
    """None: it begins at the first step."""
    approved_by: list[str]
    """Who approved the plan before it started."""
    trials: list[Trial]
    goal: Goal | None
    blockers: list[Blocker]
    """As they were when it was decided."""
    spending: list[Spent]
    """The arithmetic of the budgets concerned, as of its reservation; while it waits, as of its decision."""
    input: dict[str, Any] | None
    locks: list[Touched]
    fences: dict[str, int]
    """By full object id, as the execution was given them."""
    workflow_hash: str | None
    plan_hash: str | None
    bundle_version: str
    batches: Batches | None
    """Of a campaign: what acts on many targets."""
    campaign: str | None
    """The campaign that it is a part of, and the number of its batch."""
    batch: int | None


class DispatchPage(Schema):
    """Dispatches: live ones first, newest first; then ended ones, latest end first."""

    dispatches: list[Dispatch]
    next: str | None
    """The cursor of the next page, None at the end. A page may be short, even empty, and still have one."""
    complete: bool
    """False if more are live than one answer can look through."""


class TimelineQuery(Schema):
    """Which part of a timeline to give."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 200
    after: Annotated[int, Field(ge=0, le=100_000)] = 0
    """How many states to leave out: `next` of the page before."""


class Moment(Schema):
    """Something that happened to the dispatch itself."""

    at: str
    what: Literal["state", "batch", "stuck", "broken", "approval", "answer", "created", "queued", "started", "ended"]
    """The last four are all that is known of a dispatch without a journal."""
    before: str | None
    """The state of the dispatch, or of the approval, that it came from."""
    after: str | None
    reason: str | None
    by: str | None
    """The person who did it."""
    freed_by: str | None
    """The dispatch whose end gave a waiter its turn."""
    fence: int | None
    step: str | None
    """Of an approval, unless it is of the plan."""


class StateVisit(Schema):
    """One stay of the execution in a state."""

    state: str
    step: str
    """The id of its step in the workflow."""
    role: str
    """Beside the step itself: `when` is its guard, `wait` a pause; else empty."""
    kind: str
    """Task, Choice, Map, …"""
    status: Literal["succeeded", "failed", "running", "stopped"]
    entered_at: str
    left_at: str | None
    duration_s: float | None
    attempts: int
    """0: none, or the history does not say."""
    error: str | None
    """Of its last failed attempt, also where a later one succeeded."""
    cause: str | None


class Timeline(Schema):
    """What became of a dispatch, and every state of its execution in the order in which they were entered."""

    id: str
    state: DispatchState
    workflow: str | None
    resumes: Resumed | None
    """What another dispatch had done before. None: it begins at the first step."""
    moments: list[Moment]
    caught_up: bool
    """False: the moments do not lead to `state`. The journal is a moment behind, or the dispatch is older than it."""
    states: list[StateVisit]
    known: bool
    """False: there is no execution (yet), or its history is gone, as it is after 90 days."""
    next: int | None


class RetryRequest(Schema):
    """Do again what ended badly: from the start, or from the step that failed."""

    model_config = ConfigDict(strict=True)

    reason: Annotated[str, Field(min_length=1, max_length=500)]
    from_: Annotated[Literal["start", "failed"], Field(alias="from")] = "start"
    """`failed`: what was done is not done again. Only as long as nobody else has held its objects since."""
    repeat: bool = False
    """Whether steps that were done may be done again."""


class RetryResult(Admission):
    """What control said to a retry."""

    retries: str
    """The dispatch that it does again."""
    failed_step: str | None
    """Where that one failed, as far as its history says."""
    resumes: Resumed | None
    """What is taken over from it. None: it begins at the first step."""
    repeats: list[str]
    """Steps that were done then, and are done again."""
