"""The shapes of the policy files."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from chalicelib.catalog.model import Intent, Role, RuleMode, Verb
from dsl.model.approving import Approvers, Unanswered
from dsl.model.base import Name, PositiveDuration, Share, Strict, mistake
from dsl.policies.batch_model import BatchSpec
from dsl.policies.schedule import ScheduleSpec
from dsl.policies.selectors import SelectorSpec
from dsl.policies.tier_model import Approval, BudgetsSpec, PolicySpec, refuse_nothing
from dsl.policies.window_model import CorrelateSpec

TierName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=20)]
AtomName = Annotated[str, Field(min_length=1)]
Text = Annotated[str, Field(min_length=1)]


class BranchSpec(Strict):
    """One branch of a rule."""

    when: Text | None = None
    default: Literal[True] | None = None
    run: Text | None = None
    with_: dict[str, Any] | None = Field(default=None, alias="with")
    page: Text | None = None
    ignore: Text | None = None


class RungSpec(Strict):
    """One step of a goal's ladder."""

    run: Text | None = None
    with_: dict[str, Any] | None = Field(default=None, alias="with")
    page: Text | None = None
    attempts: Annotated[int, Field(ge=1, le=10)] | None = None


class GoalSpec(Strict):
    """The desired state of a rule's object, and what is done, one after the other, while it is not reached."""

    until: Text
    within: PositiveDuration | None = None
    otherwise: Annotated[tuple[RungSpec, ...], Field(min_length=1, max_length=10)] | None = None


class RuleFile(Strict):
    """One `kind: rule` document."""

    kind: Literal["rule"]
    name: Name
    description: str = ""
    mode: RuleMode
    match: dict[str, Any] | None = None
    schedule: ScheduleSpec | None = None
    object: Text
    correlate: CorrelateSpec | None = None
    decide: Annotated[tuple[BranchSpec, ...], Field(min_length=1)]
    goal: GoalSpec | None = None
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    group: Name | None = None
    page: Text | None = None
    batch: BatchSpec | None = None
    budgets: BudgetsSpec | None = None
    approval: Approval | None = None


class TierSpec(PolicySpec):
    """A tier with what holds for its services by default."""

    name: TierName


class ServiceSpec(PolicySpec):
    """A service; an object belongs to it that has all of its `labels`, or that one of `select` fits.

    What it says goes before its tier's word.
    """

    name: Name
    tier: str
    owner: Text
    labels: Annotated[dict[str, str], Field(min_length=1)] | None = None
    select: Annotated[tuple[SelectorSpec, ...], Field(min_length=1)] | None = None


AccountId = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
RoleName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_+=,.@/-]{1,128}$")]


class AccountSpec(Strict):
    """Another account that atoms work in."""

    role: RoleName
    """The role there that they assume: its name, with its path if it has one."""


class HttpFile(Strict):
    """The `kind: http` document: hosts that `http.call` may speak to; `private_hosts` may have private addresses."""

    kind: Literal["http"]
    hosts: tuple[Text, ...] = ()
    private_hosts: tuple[Text, ...] = ()


class InventorySpec(Strict):
    """A schedule by which the rule `inventory` looks for the objects of each service."""

    every: Annotated[PositiveDuration, Field(ge=60)]


class SourcesFile(Strict):
    """The `kind: sources` document: where events come from besides the default bus. Topics and queues by ARN, buses by name."""

    kind: Literal["sources"]
    topics: tuple[Text, ...] = ()
    queues: tuple[Text, ...] = ()
    buses: tuple[Text, ...] = ()
    inventory: InventorySpec | None = None


class ServicesFile(Strict):
    """The `kind: services` document: tiers, most important first, services, first match first, and other accounts."""

    kind: Literal["services"]
    tiers: Annotated[tuple[TierName | TierSpec, ...], Field(min_length=1)]
    default_tier: str
    services: tuple[ServiceSpec, ...] = ()
    accounts: dict[AccountId, AccountSpec] = Field(default={})


class SideSpec(Strict):
    """One side of a conflict; a list that is left out fits anything."""

    intent: Annotated[tuple[Intent, ...], Field(min_length=1)] | None = None
    workflow: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    rule: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    tier: Annotated[tuple[str, ...], Field(min_length=1)] | None = None


class ConflictSpec(Strict):
    """One line of the conflict list: what running work does to incoming work; a side left out fits anything."""

    running: SideSpec = SideSpec()
    incoming: SideSpec = SideSpec()
    verb: Verb


class QueueSpec(Strict):
    """How many may wait for one object, how many for room in one group, and for how long."""

    limit: Annotated[int, Field(ge=0, le=100)] = 20
    group_limit: Annotated[int, Field(ge=0, le=1000)] = 100
    expires: PositiveDuration = 3600


RATED = ("rule", "object", "account")
"""Scopes of which starts within a time are bounded; of the others, how many objects are worked on at once."""
MOST_SLOTS, MOST_REMEMBERED = 200, 50
"""A rate keeps the time of each start that it allows in one row; an object remembers its last 50 starts."""


class BudgetSpec(Strict):
    """At most so many objects of a group worked on at once, or so many starts within a time; one for each of the scope."""

    name: Name
    scope: Literal["service", "zone", "tier", "group", "rule", "object", "account"]
    only: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    objects: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=40)] = "host"
    intent: Intent | None = None
    at_most: Annotated[Share, AfterValidator(refuse_nothing)]
    within: PositiveDuration | None = None
    verb: Literal["queue", "reject"] = "queue"

    @model_validator(mode="after")
    def _fit(self) -> "BudgetSpec":
        rated = self.scope in RATED
        if rated and self.within is None:
            raise mistake(
                "E919", f"a budget of each {self.scope} is about starts within a time", "add `within: 1h`", "scope"
            )
        if not rated and self.within is not None:
            hint = f"use one of the scopes {', '.join(RATED)}, or leave `within` out"
            raise mistake("E919", f"a budget of each {self.scope} is about work at one time", hint, "within")
        if rated and self.at_most.count is None:
            raise mistake(
                "E919", "starts within a time are counted, and have no percentage", "write a number", "at_most"
            )
        if rated and self.intent is not None:
            raise mistake("E919", "starts within a time count whatever they do", "leave `intent` out", "intent")
        most = MOST_REMEMBERED if self.scope == "object" else MOST_SLOTS
        if rated and (self.at_most.count or 0) > most:
            hint = f"lower it to {most}, or shorten `within`"
            raise mistake("E919", f"the last {most} starts of each {self.scope} are kept, and no more", hint, "at_most")
        return self


class StatesSpec(Strict):
    """States that say that an object is out of service already, or no member of its groups any more."""

    down: tuple[Text, ...] = ("stopping", "stopped", "shutting-down", "shutdown")
    gone: tuple[Text, ...] = ("terminated", "deleted")


class ApprovalSpec(Approvers):
    """Plans that people have to approve before they start: all that is named must fit, and what is left out fits anything."""

    tier: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    intent: Annotated[tuple[Intent, ...], Field(min_length=1)] | None = None
    rule: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    workflow: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    on_expiry: Unanswered = "reject"


class ScopeSpec(Strict):
    """What is frozen: all that is named must fit, and nothing named is everything."""

    service: Text | None = None
    zone: Text | None = None
    tier: Text | None = None
    workflow: Text | None = None


class FreezeSpec(Strict):
    """A calendar of freezes. Times are wall-clock times in `timezone`; `until` ends it, since none goes on for ever."""

    name: Name
    starts: Text
    duration: PositiveDuration
    rrule: Text | None = None
    until: Text
    timezone: Text = "UTC"
    scope: ScopeSpec = ScopeSpec()
    reason: Text
    owner: Text
    exempt_tiers: tuple[str, ...] = ()
    exempt_intents: tuple[Intent, ...] = ()
    held: Literal["drop", "queue"] = "drop"


class ControlFile(Strict):
    """The `kind: control` document: the mutual-exclusion policy."""

    kind: Literal["control"]
    conflicts: Annotated[tuple[ConflictSpec, ...], Field(min_length=1)]
    ancestors: dict[Literal["service", "zone", "group"], Intent] = Field(default={})
    budgets: tuple[BudgetSpec, ...] = ()
    states: StatesSpec = StatesSpec()
    queue: QueueSpec = QueueSpec()
    max_hops: Annotated[int, Field(ge=1, le=100)] = 8
    start_grace: PositiveDuration = 60
    approval: tuple[ApprovalSpec, ...] = ()
    freezes: tuple[FreezeSpec, ...] = ()


class CatalogFile(Strict):
    """The `kind: catalog` document: atoms that are offered on their own; every workflow is offered anyway."""

    kind: Literal["catalog"]
    offer: tuple[AtomName, ...] = ()


class GrantSpec(Strict):
    """A role for some principals, everywhere or within limits."""

    principals: Annotated[tuple[Text, ...], Field(min_length=1)]
    role: Role
    services: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    tiers: Annotated[tuple[TierName, ...], Field(min_length=1)] | None = None
    kinds: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    up_to: Intent | None = None


class AccessFile(Strict):
    """The `kind: access` document: who may do what over the API."""

    kind: Literal["access"]
    grants: Annotated[tuple[GrantSpec, ...], Field(min_length=1)]
