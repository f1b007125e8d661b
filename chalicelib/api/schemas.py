"""What the API takes and gives, field by field. Times are ISO 8601 in UTC, durations are whole seconds."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.catalog.model import Intent, Role, RuleMode, Verb
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import VerdictKind


class Schema(BaseModel):
    """Nothing unknown is taken, and nothing undeclared is given."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class ProblemDocument(BaseModel):
    """What went wrong, as RFC 9457 has it; `type` is stable, `detail` is for people."""

    model_config = ConfigDict(extra="allow")

    type: Annotated[str, Field(pattern="^urn:interlock:problem:[a-z-]+$")]
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    instance: str
    """Names the request in the function's log."""
    faults: list[str] | None = None
    """Each mistake, where there can be several."""
    dispatch: str | None = None
    blockers: list[dict[str, Any]] | None = None


class GatewayRefusal(BaseModel):
    """What API Gateway itself says to a request that is not signed, or that IAM does not allow."""

    model_config = ConfigDict(extra="allow")


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


class FreezeScope(Schema):
    """What is frozen: all that is named must fit, and nothing named is everything."""

    model_config = ConfigDict(strict=True)

    service: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    zone: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    tier: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    object: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    workflow: Annotated[str, Field(min_length=1, max_length=128)] | None = None


class FreezeRequest(Schema):
    """Hold every start in a scope for some time."""

    model_config = ConfigDict(strict=True)

    scope: FreezeScope = FreezeScope()
    reason: Annotated[str, Field(min_length=1, max_length=1000)]
    seconds: Annotated[int, Field(ge=1, le=30 * 24 * 3600)]
    """How long; a freeze without an end is not to be had, and none is longer than 30 days."""
    exempt_tiers: list[Annotated[str, Field(min_length=1, max_length=32)]] = Field(default_factory=list, max_length=10)
    exempt_intents: list[Annotated[Intent, Field(strict=False)]] = Field(default_factory=list, max_length=4)
    held: Literal["drop", "queue"] = "drop"
    """What becomes of what it holds: recorded and dropped, or kept until it ends."""


class FreezeEdit(Schema):
    """Change a freeze; what is left out stays as it is."""

    model_config = ConfigDict(strict=True)

    reason: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    seconds: Annotated[int, Field(ge=1, le=30 * 24 * 3600)] | None = None
    """From now."""
    exempt_tiers: Annotated[list[Annotated[str, Field(min_length=1, max_length=32)]], Field(max_length=10)] | None = (
        None
    )


class FreezeView(Schema):
    """A freeze that is or was in force."""

    id: str
    scope: dict[str, str]
    reason: str
    owner: str
    since: str
    until: str
    exempt_tiers: list[str]
    exempt_intents: list[Intent]
    held: str


class FreezeList(Schema):
    """Every freeze that is in force."""

    freezes: list[FreezeView]


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


class LockQuery(Schema):
    """Which locks to list: all, or one object's."""

    object: Annotated[str, Field(min_length=1, max_length=1024)] | None = None


class Health(Schema):
    """The API answers."""

    status: Literal["ok"] = "ok"
    bundle_version: str


class Touched(Schema):
    """An object template of a workflow, or the object of a lock, and what is done to it."""

    object: str
    intent: Intent


class Entry(Schema):
    """A workflow, or an atom that may be started on its own."""

    name: str
    kind: Literal["workflow", "atom"]
    description: str
    intents: list[Intent]
    """Weakest first; empty if no object is locked."""
    objects: list[str]
    """Templates of the objects it locks."""


class View(Schema):
    """What a run takes, seen one way. `seconds` hold waiting, `calls` are of atoms, `api_calls` theirs of AWS."""

    transitions: float
    seconds: float
    calls: float
    api_calls: float
    usd: float


class EstimateView(Schema):
    """What a run takes and costs, as `interlock estimate` says."""

    best: View
    expected: View
    worst: View
    control_usd: float
    """What reserving, locking and settling cost beside it."""
    prices_as_of: str


class EntryDetail(Entry):
    """Everything the catalog knows of it."""

    hash: str
    bundle_version: str
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None
    """Of an atom; a workflow's output is not declared."""
    touches: list[Touched]
    excludes: list[str]
    timeout_s: int
    expected_s: int
    effect_timeout_s: int
    """How long its locks are kept after an end that may have left something running."""
    final_errors: list[str]
    """Errors after which nothing can be running: the locks are freed at once."""
    undoes: bool
    logical_steps: int
    atoms: list[str]
    example: dict[str, Any] | None
    """An input that its cases run with; None for an atom."""
    estimate: EstimateView | None
    """None for an atom."""


class Catalog(Schema):
    """All that may be started."""

    bundle_version: str
    entries: list[Entry]


class Blocker(Schema):
    """Who stands in the way; `dispatch` is empty for those who wait already."""

    object: str
    dispatch: str
    workflow: str
    intent: str
    since: str
    verb: str
    reason: str


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


class Spent(Schema):
    """What a dispatch takes of a budget."""

    budget: str
    group: str
    """For people: `hosts disrupted in service checkout`."""
    cost: int
    used: int | None
    """Before, as read; null if it was not: the reservation then only relied on there being room."""
    limit: int
    percent: int | None
    size: int | None
    """Of the group, if the limit is a percentage of it and it was read."""


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


class LockHolder(Schema):
    """A dispatch that holds an object."""

    dispatch: str
    workflow: str
    intent: Intent
    fence: int
    since: str


class Waiter(Schema):
    """A dispatch that waits for an object; `position` 1 is looked at first."""

    position: int
    dispatch: str
    workflow: str
    intent: Intent
    rank: int
    """Of its tier: 0 matters most."""
    since: str


class LockBelow(Schema):
    """A dispatch that works on objects below an ancestor."""

    dispatch: str
    workflow: str
    intent: Intent
    count: int
    """How many objects, with this intent."""


class LockedObject(Schema):
    """An object that is held or waited for, or below which something goes on."""

    object: str
    state: str | None
    fence: int
    holders: list[LockHolder]
    waiting: list[Waiter]
    below: list[LockBelow]
    """Of a service, zone or group: what is counted below it."""


class Locks(Schema):
    """All objects that are held or waited for."""

    locks: list[LockedObject]
    complete: bool
    """False if there are more than one answer can list: ask for one object."""


class BudgetRoom(Schema):
    """What is used of one budget in one group."""

    budget: str
    scope: str
    name: str
    objects: str | None
    """The kind of object that is counted; null for starts."""
    intent: Intent | None
    within_s: int | None
    """For starts: within how many seconds."""
    percent: int | None
    size: int | None
    """How many objects the group has, as far as they were observed; null if the limit does not depend on it."""
    limit: int
    used: int
    waiting: int
    verb: Verb


class Budgets(Schema):
    """All budgets, by name and group."""

    budgets: list[BudgetRoom]
    complete: bool
    """False if there are more groups than one answer can list."""


class AuditQuery(Schema):
    """Which entries of the audit to list."""

    principal: Annotated[str, Field(min_length=1, max_length=2048)] | None = None
    action: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """A route, for example `POST /v1/dispatches`."""
    refused: bool | None = None
    """Only what was refused, or only what was not."""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, Field(max_length=1024)] | None = None


class AuditEntry(Schema):
    """Somebody changed something, or was refused."""

    id: str
    at: str
    principal: str
    role: Role | None
    """The highest that the principal had then."""
    action: str
    path: str
    request: str | None
    """The beginning of the body as JSON."""
    status: int | None
    """None: it was cut off, and `about` or the object itself says how far it came."""
    problem: str | None
    """The slug of the problem, if it was refused."""
    about: str | None
    """The dispatch or freeze that it made, changed or met."""


class AuditPage(Schema):
    """The latest first."""

    entries: list[AuditEntry]
    next: str | None


class GrantView(Schema):
    """A grant that fits whoever asks; what is empty limits nothing."""

    role: Role
    services: list[str]
    tiers: list[str]
    kinds: list[str]
    up_to: Intent


class Me(Schema):
    """Who asks, and what they may do."""

    principal: str
    role: Role | None
    """The highest; None: no grant fits."""
    grants: list[GrantView]


class WebhookBody(Schema):
    """What a sender of webhooks sends, in its own form."""

    model_config = ConfigDict(extra="allow")


class Taken(Schema):
    """The ids of the events that a webhook's request held."""

    events: list[str]


class OpenApi(BaseModel):
    """An OpenAPI 3.1 document."""

    model_config = ConfigDict(extra="allow")

    openapi: Literal["3.1.0"]
    info: dict[str, Any]
    paths: dict[str, Any]


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


class WhyBlocker(Blocker):
    """Who or what stands in the way, and how it is met."""

    by: str | None
    """The line of the conflict list that gives the verb. None: a budget's own verb or the order of a queue, as the
    reason says, or the policy has changed since."""
    decides: bool
    """Whether it is one of those with the strictest verb."""
    state: DispatchState | None
    """How the dispatch in the way stands now."""
    ended_at: str | None


class WhyClaim(Schema):
    """One thing that a waiter takes once its turn comes, as it stands now."""

    kind: Literal["lock", "ancestor", "budget", "rate"]
    name: str
    """`host/i-0ab`, `service/checkout`."""
    spending: list[Spent]
    blockers: list[WhyBlocker]
    """Empty: it could be had."""


class WhyQueue(Schema):
    """A queue in which it stands."""

    name: str
    position: int
    """From 1. Who stands before it and is still blocked is skipped."""
    length: int
    ahead: list[Waiter]
    """The first of them."""


class WhyNow(Schema):
    """What a waiter still waits for."""

    claims: list[WhyClaim]
    queues: list[WhyQueue]
    expires_at: str
    wakes_at: str | None
    """When time alone ends something that blocks it."""


class WhyFreed(Schema):
    """How a waiter's turn came."""

    at: str
    waited_s: float
    by: str | None
    """The dispatch whose end gave it its turn; None: time did."""


class Why(Schema):
    """The arithmetic of a verdict."""

    id: str
    state: DispatchState
    verdict: VerdictKind
    reason: str
    workflow: str | None
    resumes: Resumed | None
    """None: it begins at the first step."""
    wanted: list[Touched]
    spending: list[Spent]
    """Of each budget and rate, as of its reservation; while it waits, as of its decision."""
    blockers: list[WhyBlocker]
    """As of its decision."""
    freed: WhyFreed | None
    """None unless it waited and was started."""
    now: WhyNow | None
    """None unless it waits."""
    bundle_version: str
    """With which it was decided."""


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


class RuleView(Schema):
    """A rule in a list."""

    name: str
    description: str
    mode: RuleMode
    object: str
    """The template of the object that it is about."""
    runs: list[str]
    """The workflows and atoms that its branches run."""
    priority: int
    group: str | None


class RuleList(Schema):
    """Every rule."""

    bundle_version: str
    rules: list[RuleView]


class BranchView(Schema):
    """One branch: the first whose `when` is true is taken, and the last has none. One of run, page, ignore is set."""

    when: str | None
    run: str | None
    input: dict[str, Any] | None
    page: str | None
    ignore: str | None


class ScheduleView(Schema):
    """When a rule decides by itself."""

    expression: str
    """As EventBridge takes it: `cron(0 3 ? * SUN *)` or `rate(6 hours)`."""
    timezone: str


class RuleDetail(RuleView):
    """One rule."""

    bundle_version: str
    match: dict[str, Any]
    """An EventBridge event pattern; of a schedule, the one that its occurrences match."""
    schedule: ScheduleView | None
    branches: list[BranchView]
    goal: str | None
    """The JSONata of the desired state."""


class Version(Schema):
    """What runs here."""

    version: str
    api: Literal["v1"]
    bundle_version: str
    account: str
    region: str
    python: str
    workflows: int
    rules: int
