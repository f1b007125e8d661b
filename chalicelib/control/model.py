"""Plans, verdicts and what control remembers, as frozen values."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from chalicelib.catalog.model import ApprovalLine, Intent
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.transaction import NOTHING, Check, Condition, Item, Key, Operation
from chalicelib.identity import ObjectId


class VerdictKind(StrEnum):
    """What control says to a plan."""

    START = "start"
    QUEUE = "queue"
    REJECT = "reject"
    COALESCE = "coalesce"
    """It joins a running dispatch instead of running itself."""
    AWAIT = "await_approval"
    HOLD = "hold"
    """Frozen: it is looked at again when the freeze ends."""
    BATCH = "batch"
    """It acts on many targets, batch after batch: the plan keeps the batches, and each target is admitted for itself."""
    RECORD = "record"
    """Nothing is to run (ignored, paged, held, shadowed, failed to decide): only the decision is kept."""


ACTS = "acts"
"""What a shadow rule's decision would have come to, had it been active and none of its windows in the way."""


class Holder(NamedTuple):
    """A dispatch that holds a lock on an object."""

    dispatch: str
    intent: Intent
    workflow: str
    fence: int
    since: str
    """ISO 8601; shown to people, compared with nothing."""
    rule: str = ""
    tier: str = ""


class ObjectRecord(NamedTuple):
    """One object as stored: state, lock, fence and start history are one row."""

    id: ObjectId
    fence: int = 0
    holders: tuple[Holder, ...] = ()
    waiting: Mapping[int, int] = NOTHING
    """How many dispatches wait for it, by tier rank."""
    starts: tuple[tuple[str, str], ...] = ()
    """(workflow, ISO time), oldest first, the last 50."""
    state: str | None = None
    state_at: str | None = None
    labels: Mapping[str, str] = NOTHING
    goals: Mapping[str, Mapping[str, Any]] = NOTHING
    """By rule: `{rule, until, within_s, status, dispatch, rung, attempt, since, deadline, event_id}` (`goals.Status`)."""
    goals_version: int = 0
    """Grows with every change of a goal."""
    epoch: int = 0
    """How often its state has changed."""
    registered: bool = False
    """Whether it is on the list of known objects: it is from the first time that something was observed of it."""
    place: str | None = None
    """What it counts for, as its row has it (see `places`); None: the policy counted nothing when it was last seen."""

    @property
    def goal(self) -> Mapping[str, Any] | None:
        """The goal that was taken up last."""
        return max(self.goals.values(), key=lambda one: (one["since"], one["rule"]), default=None)

    @property
    def waiters(self) -> int:
        """How many wait in all."""
        return sum(self.waiting.values())


class Lock(NamedTuple):
    """A lock that a plan wants on an object, with the fence as read."""

    object: ObjectId
    intent: Intent
    seen: int = 0

    @property
    def fence(self) -> int:
        """What the fence will be once this lock is held."""
        return self.seen + 1


class Snapshot(NamedTuple):
    """What was read: the objects of a plan, and of the other rows that it takes from those that are known.

    A row that was not read is taken to be as if nobody had ever taken anything of it. The transaction checks that, and
    its refusal is then the reading.
    """

    objects: Mapping[ObjectId, ObjectRecord]
    rows: Mapping[Key, Item] = NOTHING


ANY = "*"
DONE = {
    Intent.OBSERVE: "observed",
    Intent.CONFIGURE: "configured",
    Intent.DISRUPT: "disrupted",
    Intent.DESTROY: "destroyed",
}
"""What is done to objects, in a word."""


class Blocker(NamedTuple):
    """Why something cannot be had now: a holder, no room, or the waiters that come first.

    `dispatch` and `workflow` are those of a holder, else empty.
    """

    about: str
    """What cannot be had, in short: `host/i-0ab`, `service/checkout`."""
    dispatch: str
    workflow: str
    intent: str
    since: str
    verb: str
    reason: str
    still: Condition | None
    """Holds for the row as long as this blocks; None if no other dispatch's end will ever change it."""
    ahead: str = ""
    """If these are the waiters that come first, where they stand. They keep newcomers back. Who waits already is kept
    back only by a lock on an ancestor that is wanted by somebody before it in that queue; with `ANY`, by nobody.
    """
    until: str = ""
    """When time alone ends it (ISO 8601); reconcile looks at the waiter then. Empty: the end of another dispatch does."""


class Spending(NamedTuple):
    """The arithmetic of one budget."""

    budget: str
    group: str
    """For people: `hosts disrupted in service checkout`."""
    cost: int
    used: int | None
    """Before; None if it was not read, and the transaction only relied on there being room."""
    limit: int
    percent: int | None
    """What the limit is of `size`, None if it is an absolute number."""
    size: int | None


class Claim(NamedTuple):
    """What a dispatch takes of one row, and what stands in the way of that."""

    key: Key
    queue: str
    """The partition in which those stand who wait for it."""
    name: str
    """In short, for people: `host/i-0ab`, `service/checkout`."""
    exclusive: bool
    """Whether whoever waits at all also waits here, and keeps newcomers back; else only whom this row blocks."""
    set: Mapping[str, Any] = NOTHING
    add: Mapping[str, int] = NOTHING
    """Counts that go up, and down again when the dispatch is over."""
    grow: Mapping[str, int] = NOTHING
    """Counts that only ever go up."""
    held: bool = False
    """Whether the row names the dispatch as a holder."""
    seen: tuple[Condition, ...] = ()
    """Holds as long as nobody has taken the row since it was read."""
    room: tuple[Condition, ...] = ()
    """Must hold for it to be taken."""
    unpassed: tuple[Condition, ...] = ()
    """Must hold for a newcomer besides: nobody waits who comes first."""
    line: str = "waiting#"
    """What the counts of its waiters by tier rank are called in the row."""
    waiters: int = 0
    queue_limit: int = 0
    blockers: tuple[Blocker, ...] = ()
    spending: tuple[Spending, ...] = ()


class Sighting(NamedTuple):
    """What to write of an observation, and what the object's row must still say for that to be right."""

    object: ObjectId
    seen_at: str | None
    """`state_at` as read."""
    fields: Mapping[str, Any]
    """Empty if the observation is not newer than what is known; the condition holds all the same."""
    seen_goals: int | None = None
    """The version of its goals that a change of one relies on; None if none changes."""
    met: tuple[str, ...] = ()
    """The dispatches whose goals it meets."""
    moves: Mapping[Key, int] = NOTHING
    """By how much the sizes of groups change with it."""
    seen_epoch: int | None = None
    """How often the state had changed as read; None if it does not change now."""


class Pursuit(NamedTuple):
    """What a plan writes of its object's goal, and what it relies on."""

    object: ObjectId
    seen: int
    """The version of the object's goals as read."""
    goal: Mapping[str, Any]
    """Empty: nothing is written, but the goals must be as they were read."""
    registered: bool
    """Whether the object is on the list of known ones."""


class Freeze(NamedTuple):
    """One freeze. An empty scope is everything."""

    id: str
    scope: Mapping[str, str]
    """By kind (`freezes.SCOPES`): all that is named must fit. An object is named by its full id."""
    reason: str
    owner: str
    since: str
    until: str
    exempt_tiers: tuple[str, ...] = ()
    exempt_intents: tuple[Intent, ...] = ()
    held: str = "drop"
    """What becomes of what it holds: `drop`, or `queue` until it ends."""


class Freezes(NamedTuple):
    """What is frozen, as one shard's row says it."""

    key: Key
    version: int = 0
    """0: nothing was ever frozen."""
    all: tuple[Freeze, ...] = ()


class Plan(NamedTuple):
    """A decision made executable. Everything that `dispatch` writes follows from it."""

    id: str
    kind: VerdictKind
    state: DispatchState
    """What the dispatch row will say: reserved, queued, or the terminal state of a plan that starts nothing."""
    reason: str
    workflow: str
    """Empty if nothing is to run."""
    workflow_hash: str
    execution_input: Mapping[str, Any]
    locks: tuple[Lock, ...]
    blockers: tuple[Blocker, ...]
    rank: int
    """Of the tier: 0 is promoted first."""
    expected_s: int
    hold_s: int
    final_errors: tuple[str, ...]
    grace_s: int
    queue_expires_s: int
    hash: str
    record: Mapping[str, Any]
    """What the row keeps of the decision: event, rule, trials, tier, bundle version, goal."""
    freezes: Freezes | None = None
    """What was frozen when it was read: a start relies on that."""
    sighting: Sighting | None = None
    """What the event says of an object, written in the same transaction."""
    claims: tuple[Claim, ...] = ()
    """What it takes, or waits for: its locks, and whatever else the policy makes of them."""
    windows: tuple[Operation, ...] = ()
    """What the decision writes of its rule's windows, in the same transaction."""
    members: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    """Of a campaign: (object, input) of each target, batch after batch."""
    held_until: str = ""
    """When the freeze ends that holds it, if it is to run then."""
    approval: ApprovalLine | None = None
    """Who has to approve it before it may start."""
    joins: str = ""
    """The dispatch that it joins, if it does: it must still be going on."""
    replaces: tuple[str, ...] = ()
    """The dispatches that are stopped so that it can run."""
    relies: tuple[Check, ...] = ()
    """What must still be so when it is written, whatever is decided again: its campaign goes on, with its batch."""
    owes_page: bool = False
    """It is held, and a person is to be told."""
    expects: str = ""
    """The state that its dispatch must be in; empty: there must be none yet."""
    pursuit: Pursuit | None = None
    """None where the plan has nothing to do with a goal."""

    @property
    def machine(self) -> str:
        """Which machine is started: the workflow's own, or what goes on with it."""
        return str(self.record.get("machine") or self.workflow)


class Verdict(NamedTuple):
    """What became of a plan. `duplicate`: this very decision was recorded before, and that record stands."""

    dispatch: str
    kind: VerdictKind
    state: DispatchState
    reason: str
    blockers: tuple[Blocker, ...] = ()
    duplicate: bool = False
    into: str = ""
    """The dispatch that does what this one wanted, if it has joined one."""


class Stale(NamedTuple):
    """What the plan was computed from has changed: decide again, with the rows that refused it as they are now."""

    dispatch: str
    rows: Mapping[Key, Item | None] = NOTHING


class ExecutionStatus(StrEnum):
    """As Step Functions reports it."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    ABORTED = "ABORTED"


class HistoryEvent(NamedTuple):
    """One event of an execution's history, as far as undo and resumption need it."""

    id: int
    previous: int
    """The event it follows in its own branch or iteration; 0 for the first."""
    kind: str = ""
    """`entered` or `exited` of a state, else empty."""
    state: str = ""
    variables: Mapping[str, Any] = NOTHING
    """What the state assigned when it was exited."""
    data: Any = None
    """The state's input when it was entered, its output when it was exited."""
    cut: tuple[str, ...] = ()
    """Of the variables, those that the history does not have whole."""


class Execution(NamedTuple):
    """What Step Functions knows of an execution."""

    status: ExecutionStatus
    error: str = ""
    cause: str = ""
    retired: bool = False
    """Its input says that it was started only to take the name."""
    redriven: bool = False
    about: ObjectId | None = None
    """The object of its dispatch, if its input says so and was told with it."""
