"""The compiled bundle as frozen values: rules, policies, workflows and atoms, by logical names.

Named tuples, as in control: every cold start defines them all, and a dataclass costs four times as much to define. The
two dataclasses have a field that a tuple has as a method.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from chalicelib.catalog.lazy import LazyList

MAX_CLAIMS = 85
"""How many rows a plan may take: a transaction takes 100 operations, and needs some besides."""
BUNDLE_SCHEMA = 1
"""The version of the bundle's own JSON shape; another one is refused by `load`."""


class Intent(StrEnum):
    """What a workflow or atom does to an object, weakest first."""

    OBSERVE = "observe"
    CONFIGURE = "configure"
    DISRUPT = "disrupt"
    DESTROY = "destroy"

    @property
    def rank(self) -> int:
        """0 for observe to 3 for destroy."""
        return tuple(Intent).index(self)


class RuleMode(StrEnum):
    """Whether a rule acts, only records what it would do, or is not looked at."""

    ACTIVE = "active"
    SHADOW = "shadow"
    DISABLED = "disabled"


class Role(StrEnum):
    """What a principal may do over the API, weakest first; each includes those before it."""

    VIEWER = "viewer"
    """Read everything."""
    OPERATOR = "operator"
    """Start, cancel, break, retry, freeze, redeliver."""
    APPROVER = "approver"
    """Approve what waits for it, and change or end freezes."""
    ADMIN = "admin"
    """Read who did what."""

    @property
    def rank(self) -> int:
        """0 for viewer to 3 for admin."""
        return tuple(Role).index(self)


class Verb(StrEnum):
    """What control does with an incoming plan that meets a running one."""

    ALLOW = "allow"
    QUEUE = "queue"
    COALESCE = "coalesce"
    REPLACE = "replace"
    REJECT = "reject"


class Touch(NamedTuple):
    """An object template such as `host/{% $input.host %}` and what is done to the object."""

    object: str
    intent: Intent


class ApiCall(NamedTuple):
    """IAM actions that a machine itself needs, for its direct calls of AWS, and on which resources."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]


class UndoStep(NamedTuple):
    """A step that says how it is taken back, and the names of the variables that its undo reads."""

    step: str
    names: tuple[str, ...]
    items: Mapping[str, str]
    """In a loop: the variables of an iteration, and as what its first state finds them in its input."""


class Aftermath(NamedTuple):
    """What takes back what a workflow had done when its execution was stopped: a machine of its own."""

    hash: str
    """Of the machine's definition: see `Workflow.hash`."""
    steps: tuple[UndoStep, ...]


class Resumption(NamedTuple):
    """What goes on with a workflow from its failed step: a machine of its own, for a new execution."""

    hash: str
    """Of the machine's definition: see `Workflow.hash`."""
    steps: tuple[str, ...]
    """The workflow's own steps, not those inside them, in order."""
    entries: tuple[str, ...]
    """The state that each is entered by."""
    carried: Mapping[str, tuple[int, ...]]
    """The variables that a later step reads than makes them: the positions of the two. What comes after all steps has the
    next position."""
    asks: tuple[str, ...]
    """States in which people are asked."""
    handlers: tuple[str, ...]
    """States of `on_failure` that change something."""


class Workflow(NamedTuple):
    """A compiled workflow, or the generated one-step machine of an atom (`offered_atom` is then its name)."""

    name: str
    description: str
    hash: str
    """Of the compiled definition; an execution whose input names another hash retires in its first state."""
    input_schema: Mapping[str, Any]
    """JSON Schema (2020-12 subset) of the input, defaults included."""
    touches: tuple[Touch, ...]
    excludes: tuple[str, ...]
    timeout_s: int
    expected_s: int
    """How long a run usually takes; reconcile asks about one that has taken more than twice as long."""
    effect_timeout_s: int
    """How long an effect may go on after an execution ended badly: the longest of its atoms."""
    final_errors: tuple[str, ...]
    """Error names after which nothing of the workflow can still be running."""
    undoes: bool
    logical_steps: int
    atoms: tuple[str, ...]
    offered_atom: str | None = None
    calls: tuple[ApiCall, ...] = ()
    aftermath: Aftermath | None = None
    """None if an abort leaves nothing to take back."""
    resumption: Resumption | None = None
    """None if a retry can only begin at the first step."""


class AtomEntry(NamedTuple):
    """What the catalog shows of an atom."""

    name: str
    version: int
    summary: str
    intent: Intent
    objects: tuple[str, ...]
    input_schema: Mapping[str, Any]
    output_schema: Mapping[str, Any]
    emits: tuple[str, ...]
    timeout_s: int
    effect_timeout_s: int
    function_arn: str | None = None
    """The Lambda function that runs it where that is somebody else's, with holes such as ${account}."""


class Branch(NamedTuple):
    """One branch of a rule: `when` is JSONata, None for the default; exactly one of run, page and ignore is set."""

    when: str | None
    run: str | None = None
    with_: Mapping[str, Any] | None = None
    """Values are literals or whole `{% … %}` expressions."""
    page: str | None = None
    ignore: str | None = None
    """The reason to ignore."""


class Rung(NamedTuple):
    """One step of a goal's ladder: exactly one of run and page is set."""

    run: str | None = None
    with_: Mapping[str, Any] | None = None
    page: str | None = None
    attempts: int = 1
    """How often it is run before the next rung."""


class Goal(NamedTuple):
    """The desired state: `until` is JSONata over `$object`; each dispatch has `within_s` seconds from its decision."""

    until: str
    within_s: int
    """0: the service, the tier or nobody says it, see `decision.defaults`."""
    otherwise: tuple[Rung, ...] = ()
    """The ladder: what is done, one after the other, while the goal is not met."""


class Dedupe(NamedTuple):
    """One event in so many seconds acts, the others are only recorded."""

    within_s: int
    by: str | None = None
    """JSONata over `$event`: events that agree on it are one; None: those about one object."""


@dataclass(frozen=True, slots=True)
class Accumulate:
    """Only so many events in so many seconds act, the one that completes them."""

    count: int
    within_s: int
    by: str | None = None


class Storm(NamedTuple):
    """More than so many objects of one place with events in so many seconds: nothing acts, and a person is paged."""

    per: str
    """`zone`, `service`, `tier`, `region`, `account`, `all`, or `labels.<name>`."""
    more_than: int
    within_s: int
    page: str


class Correlate(NamedTuple):
    """What a rule makes of several events: see `chalicelib.control.correlation`."""

    dedupe: Dedupe | None = None
    accumulate: Accumulate | None = None
    settle_s: int | None = None
    """How long what an event observed must stay so before it acts."""
    storm: Storm | None = None
    off: tuple[str, ...] = ()
    """`dedupe`, `accumulate`, `settle`, `storm`: there is none, whatever who is asked next says."""


class Escalation(NamedTuple):
    """What a goal leaves open; None: somebody else says it."""

    within_s: int | None = None
    """How long each dispatch may take to reach the goal."""
    pages: tuple[str, ...] | None = None
    """The last rungs of a ladder that does not end with a page, one after the other."""


class BatchPolicy(NamedTuple):
    """How targets are cut into batches, and when the next one may begin. None: somebody else says it, see `find_batching`.

    Sizes are texts such as `5` or `10%`.
    """

    steps: tuple[str, ...] | None = None
    """The size of each batch in turn; the last one is used again until all are placed."""
    canary: str | None = None
    """The size of an extra first batch."""
    spread: str | None = None
    """`zone`: take from the zones in turn; `none`: in order of their ids."""
    one_zone_at_a_time: bool | None = None
    max_unavailable: Mapping[str, str] | None = None
    """How many of a service may be down at once, by its tier; under an empty name for any tier."""
    stop_failures: str | None = None
    """It is stopped once more than this many of all targets have failed."""
    pause_for_approval: str | None = None
    """`first`: people are asked before the second batch; `every`: before each but the first; `never`."""
    approval: Mapping[str, Any] | None = None
    """`{approvers, need, expires_s}`: who is asked then."""
    progress_deadline_s: int | None = None
    """How long it may wait for room before it is given up."""


class Batch(NamedTuple):
    """What a rule runs its branches on instead of its own object: many targets, batch after batch."""

    targets: Mapping[str, Any]
    """`{kind, service, zone, labels, healthy}`: texts, or whole `{% … %}` expressions; null fits anything."""
    policy: BatchPolicy


class Schedule(NamedTuple):
    """When a rule decides that waits for no event."""

    expression: str
    """As EventBridge takes it: `cron(0 3 ? * SUN *)` or `rate(6 hours)`."""
    timezone: str = "UTC"


class Rule(NamedTuple):
    """Which events matter, which object they are about, and the ordered branches that decide."""

    name: str
    description: str
    mode: RuleMode
    match: Mapping[str, Any]
    """An EventBridge event pattern, verbatim; with a schedule, the one that its occurrences match."""
    object: str
    branches: tuple[Branch, ...]
    goal: Goal | None
    priority: int = 0
    """Of several rules that an event matches, the highest is decided first."""
    group: str | None = None
    """Of the rules of one group that an event matches, only the first is decided."""
    page: str | None = None
    """Goes before the service's and the tier's."""
    correlate: Correlate | None = None
    batch: Batch | None = None
    schedule: Schedule | None = None

    @property
    def runs(self) -> tuple[str, ...]:
        """What its branches and its goal's ladder may run, each once."""
        deeds: tuple[Branch | Rung, ...] = (*self.branches, *(self.goal.otherwise if self.goal is not None else ()))
        return tuple(dict.fromkeys(one.run for one in deeds if one.run is not None))

    @property
    def pages(self) -> tuple[str, ...]:
        """Whom its branches, its goal's ladder and its storm may page, each once."""
        deeds: tuple[Branch | Rung, ...] = (*self.branches, *(self.goal.otherwise if self.goal is not None else ()))
        storm = self.correlate.storm if self.correlate is not None else None
        pages = [one.page for one in deeds if one.page is not None]
        return tuple(dict.fromkeys([*pages, storm.page] if storm is not None else pages))


class Tier(NamedTuple):
    """How much a service matters; rank 0 matters most and is promoted first."""

    name: str
    rank: int
    page: str | None = None
    """Who is paged where a rule says `page: default`, unless its service or the rule names somebody."""
    batch: BatchPolicy | None = None
    """What holds for its services' batches unless the rule or the service says otherwise."""
    correlate: Correlate | None = None
    """Windows of rules that do not speak of them, see `decision.defaults`."""
    escalation: Escalation | None = None


class Selector(NamedTuple):
    """Objects of a service that are told by what they are part of: by labels, which the listing atoms and events give."""

    kind: str
    """`group` (Auto Scaling), `target_group`, `ecs_service` or `labels`."""
    name: str = ""
    """Of the group or target group; of ECS services with `*` for any characters."""
    cluster: str = ""
    """Of ECS services."""
    labels: Mapping[str, str] = MappingProxyType({})
    """Of `labels` and `ecs_service`: all must be equal."""


class Service(NamedTuple):
    """A service and what selects its objects: they have all of the labels, or one of the selectors fits.

    No labels select nothing.
    """

    name: str
    tier: str
    owner: str
    labels: Mapping[str, str]
    page: str | None = None
    """Goes before the tier's."""
    batch: BatchPolicy | None = None
    """Goes before the tier's, value by value."""
    selectors: tuple[Selector, ...] = ()
    correlate: Correlate | None = None
    """Goes before the tier's, window by window."""
    escalation: Escalation | None = None


class Conflict(NamedTuple):
    """One line of the mutual-exclusion policy; None and an empty tuple match anything."""

    running_intents: tuple[Intent, ...]
    incoming_intents: tuple[Intent, ...]
    running_workflows: tuple[str, ...]
    incoming_workflows: tuple[str, ...]
    verb: Verb
    running_rules: tuple[str, ...] = ()
    incoming_rules: tuple[str, ...] = ()
    running_tiers: tuple[str, ...] = ()
    incoming_tiers: tuple[str, ...] = ()

    @property
    def limits(self) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
        """What it names of the running and of the incoming: the intents, workflows, rules and tiers of each."""
        return (
            (self.running_intents, self.running_workflows, self.running_rules, self.running_tiers),
            (self.incoming_intents, self.incoming_workflows, self.incoming_rules, self.incoming_tiers),
        )


class Budget(NamedTuple):
    """A bound on how many objects of a group are worked on at once, or start within a time; one for each of its scope."""

    name: str
    scope: str
    """`service`, `zone`, `tier` or `group`: what the objects are grouped by."""
    only: tuple[str, ...]
    """The groups that it is for, by name; empty: all."""
    objects: str
    """The kind of object that it counts."""
    intent: Intent
    """It counts work of this intent and of stronger ones."""
    at_most: int
    percent: bool
    """Whether `at_most` is in percent of the group's size, of which at least one object may always be worked on."""
    verb: Verb
    """`queue` or `reject`: what becomes of a plan that finds no room. `allow`: it is counted, and nobody is held up."""
    within_s: int = 0
    """If set, this is a rate: `at_most` starts within so many seconds; `scope` is then `rule`, `object` or `account`."""
    rules: tuple[str, ...] = ()
    """The rules whose plans it is for; empty: all. Of several of one name, the first that concerns a plan counts."""
    said_by: str = ""
    """`rule x`, `service x` or `tier x`; empty if the control file says it."""


class ApprovalLine(NamedTuple):
    """Which plans need people's approval before they may start, and whose; an empty tuple of what must fit fits anything.

    Without approvers, whatever it fits needs nobody's.
    """

    tiers: tuple[str, ...]
    intents: tuple[Intent, ...]
    rules: tuple[str, ...]
    workflows: tuple[str, ...]
    approvers: tuple[str, ...]
    """Patterns, see `control.approvers`."""
    need: int
    expires_s: int
    services: tuple[str, ...] = ()
    said_by: str = ""
    """`rule x`, `service x` or `tier x`; empty if the control file says it."""
    on_expiry: str = "reject"
    """What becomes of it if too few have answered in time and nobody has said no: `reject`, or `continue`."""


class Calendar(NamedTuple):
    """Freezes that are known in advance, as the windows that a recurrence rule gave when the bundle was built."""

    name: str
    scope: Mapping[str, str]
    """As a freeze's; empty is everything."""
    reason: str
    owner: str
    windows: tuple[str, ...]
    """Begin and end of each, one after the other, ISO 8601 in UTC with milliseconds, in order."""
    exempt_tiers: tuple[str, ...]
    exempt_intents: tuple[Intent, ...]
    held: str
    """`drop` or `queue`: what becomes of what is held."""


class Control(NamedTuple):
    """The mutual-exclusion policy: the first conflict line that fits decides; none fits: reject."""

    conflicts: tuple[Conflict, ...]
    queue_limit: int
    """How many dispatches may wait for one object."""
    queue_expires_s: int
    max_hops: int
    start_grace_s: int
    """How long a reservation may stay unstarted before reconcile looks at it."""
    budgets: tuple[Budget, ...] = ()
    down: tuple[str, ...] = ()
    """States in which an object is out of service already: working on it costs no budget."""
    gone: tuple[str, ...] = ()
    """States in which an object is no member of its groups any more."""
    group_queue_limit: int = 100
    """How many dispatches may wait for room in one group, or for an ancestor."""
    approvals: tuple[ApprovalLine, ...] = ()
    """The first line that fits a plan says who has to approve it; none: nobody."""
    ancestors: Mapping[str, Intent] = MappingProxyType({})
    """Which kinds of ancestors (`service`, `zone`, `group`) a lock on an object covers, and from which intent on."""
    shards: int = 16
    """In how many rows the work below one ancestor is counted. It must never change while anything is counted."""
    freezes: tuple[Calendar, ...] = ()


class Grant(NamedTuple):
    """A role for some principals; the rest limits what it may change, and an empty tuple limits nothing."""

    principals: tuple[str, ...]
    """Patterns of the ARNs that API Gateway gives: `*` fits anything but a colon, `{account}` is the stack's own."""
    role: Role
    services: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    """Of objects, such as `host`."""
    up_to: Intent = Intent.DESTROY
    """The strongest intent."""


class Access(NamedTuple):
    """Who may do what over the API: all grants that fit a principal count together, and no grant is no role."""

    grants: tuple[Grant, ...] = ()


class HttpHosts(NamedTuple):
    """Hosts that atoms may speak HTTPS to, `*.example.com` with all below; `private` may have private addresses."""

    hosts: tuple[str, ...] = ()
    private: tuple[str, ...] = ()


class Sources(NamedTuple):
    """Where events come from besides the default bus: topics and queues by ARN, buses by name."""

    topics: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    buses: tuple[str, ...] = ()
    inventory_s: int = 0
    """How often an `Inventory Due` event comes for each service; 0: never."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything compiled at build time; `version` is the hash of all of it and is recorded with each decision."""

    version: str
    workflows: Mapping[str, Workflow]
    atoms: Mapping[str, AtomEntry]
    rules: Sequence[Rule]
    services: tuple[Service, ...]
    tiers: tuple[Tier, ...]
    default_tier: str
    control: Control
    index: Mapping[str, Any] | None = None
    """What the rules are found by, made by `decision.index.prepare_index`; None: it is made when first needed."""
    access: Access = field(default_factory=Access)
    """Nobody has a role unless the file says so."""
    http: HttpHosts = field(default_factory=HttpHosts)
    sources: Sources = field(default_factory=Sources)
    accounts: Mapping[str, str] = field(default_factory=dict)
    """Other accounts -> the name of the role there that atoms assume."""
    inherited: tuple[str, ...] = ()
    """Windows, and `escalation`, of which some tier or service speaks: rules may have more than they say themselves."""

    def find_rule(self, name: str) -> Rule | None:
        """Give the rule of that name; of rules that are read when they are asked for, no other is."""
        if isinstance(self.rules, LazyList):
            return self.rules.find("name", name)
        return next((one for one in self.rules if one.name == name), None)
