"""What control keeps: locks, budgets, freezes, and why something waits."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from chalicelib.api.schemas.base import Blocker, Schema, Spent, Touched
from chalicelib.api.schemas.dispatches import Resumed
from chalicelib.catalog.model import Intent, Verb
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import VerdictKind


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


class LockQuery(Schema):
    """Which locks to list: all, or one object's."""

    object: Annotated[str, Field(min_length=1, max_length=1024)] | None = None


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
