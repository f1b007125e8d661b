"""One way through for an event: parse, find what it is about, read, decide, plan, dispatch; each outcome recorded.

Every way in ends here or in `admit`: events, webhooks, schedules, the API and the command line.
"""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.catalog.model import Bundle, Rule
from chalicelib.control.alarms import find_alarm, raise_alarm
from chalicelib.control.correlation import acts, correlate, find_keys, find_more_keys, read_windows
from chalicelib.control.debts import pay_goals
from chalicelib.control.dispatch import dispatch
from chalicelib.control.freezes import find_freezes_key, read_freezes
from chalicelib.control.goals.goal import sight, view_record
from chalicelib.control.goals.pursuit import find_pursuit, join, pursue
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ObjectRecord, Plan, Snapshot, Stale, Verdict
from chalicelib.control.plan import TooManyLocks, find_locks, plan
from chalicelib.control.ports import Ports
from chalicelib.control.records import object_key, read_object, read_time
from chalicelib.control.transaction import Item, Key
from chalicelib.control.unmatched import record_dead_letter, record_observations, record_unmatched, write_raw
from chalicelib.control.windows.gate import Occasion
from chalicelib.control.windows.row import Arrival
from chalicelib.control.windows.settle import Watched, watch
from chalicelib.decision.decide import decide, find_subjects
from chalicelib.decision.defaults import complete_rule, widen_rule
from chalicelib.decision.failures import decide_failure
from chalicelib.decision.model import Decision, Failure, Fanout, History, ObjectView, Subject
from chalicelib.decision.tiers import DEFAULT_PAGE, find_page
from chalicelib.errors import BadInput, Contended, ExpressionFailed, MalformedEvent, UnknownWorkflow
from chalicelib.events.model import Event, Observation
from chalicelib.events.parse import parse
from chalicelib.identity import Home, ObjectId

ATTEMPTS = 12
"""How often a decision is made anew when what it was computed from changes under it."""


class Outcome(NamedTuple):
    """What became of an event: a verdict for each rule that matched, or why there is none."""

    event_id: str
    kind: str
    """`verdicts`, `no rule` or `dead letter`."""
    verdicts: tuple[Verdict, ...] = ()
    cause: str = ""


def handle_event(raw: object, bundle: Bundle, home: Home, ports: Ports) -> Outcome:
    """Take one raw event through. Raises only if the store or the engine does not answer; a repeat does no harm."""
    try:
        event = parse(raw, home)
    except MalformedEvent as error:
        event_id = record_dead_letter(raw, str(error), ports)
        return Outcome(event_id, "dead letter", cause=str(error))
    subjects = find_subjects(event, bundle)
    if not subjects:
        record_unmatched(event, bundle, ports)
        return Outcome(event.id, "no rule")
    verdicts = tuple(_handle_subject(subject, event, bundle, ports) for subject in subjects)
    decided = {subject.object for subject in subjects if isinstance(subject, Subject)}
    record_observations(tuple(seen for seen in event.observations if seen.object not in decided), bundle, ports)
    return Outcome(event.id, "verdicts", verdicts)


def admit(decision: Decision, bundle: Bundle, ports: Ports) -> Verdict:
    """Take a decision that is already made (a request by API or CLI) through the same reservation as an event's."""
    foreseen = find_objects(decision, bundle)
    about = About(decision.event_id, decision.object, foreseen)
    return admit_about(lambda _view, _history: decision, about, None, bundle, ports)


def propose(decision: Decision, bundle: Bundle, ports: Ports) -> Plan:
    """Plan a decision as it would be admitted now, and write nothing: a dry run."""
    frozen_at = find_freezes_key(decision.event_id)
    rows: dict[Key, Item | None] = {}
    locked = find_objects(decision, bundle)
    _read_missing({frozen_at, *map(object_key, locked)}, rows, ports)
    while True:
        objects = {one: _read_row(one, rows) for one in locked}
        known = {key: item for key, item in rows.items() if item is not None}
        freezes = read_freezes(frozen_at, rows[frozen_at])
        made = plan(decision, Snapshot(objects, known), bundle, ports.clock.now(), freezes)
        unread = {claim.key for claim in made.claims} - rows.keys()
        if not unread:
            return made
        _read_missing(unread, rows, ports)


def _handle_subject(subject: Subject | Failure, event: Event, bundle: Bundle, ports: Ports) -> Verdict:
    if isinstance(subject, Failure):
        return admit(decide_failure(event, subject, bundle, ports.clock.now()), bundle, ports)
    rule: Rule = subject.rule
    wide = widen_rule(rule, bundle)
    try:
        keys = find_keys(wide, event, subject.object)
    except ExpressionFailed as problem:
        failure = Failure(rule, f"correlate: {str(problem).removesuffix('.')}")
        return admit(decide_failure(event, failure, bundle, ports.clock.now()), bundle, ports)
    observation = next((seen for seen in event.observations if seen.object == subject.object), None)

    def decide_again(view: ObjectView, history: History) -> Decision:
        return decide(event, rule, view, history, bundle, ports.clock.now())

    def complete(made: Plan, record: ObjectRecord, rows: Mapping[Key, Item], now: datetime) -> Plan:
        view = view_record(record, bundle, observation)
        own = complete_rule(rule, view.service, view.tier, bundle)
        pursued = find_pursuit(record, own, event.id)
        if pursued is not None and made.record["action"] == "run" and made.state is not DispatchState.SHADOWED:
            return join(made, record, pursued)
        watched = _watch(event, own, rows, bundle)
        arrival = Arrival(event.id, event.time, made.id, str(subject.object))
        page = find_storm_page(own, view, bundle)
        occasion = Occasion(arrival, acts(made), watched.watches, watched.over, view, page)
        windows = read_windows(own, keys | find_more_keys(own, view), rows)
        return pursue(correlate(made, own, occasion, windows, now), record, own, now)

    about = About(
        event.id, subject.object, foreseen=find_observed(wide, event), raw=write_raw(event.raw),
        windows=tuple(keys.values()), find_more=lambda view: find_own_windows(rule, view, bundle), complete=complete,
    )  # fmt: skip
    return admit_about(decide_again, about, observation, bundle, ports)


def find_own_windows(rule: Rule, view: ObjectView, bundle: Bundle) -> tuple[Key, ...]:
    """Say where those windows of a rule are that depend on what is known of the object."""
    own = complete_rule(rule, view.service, view.tier, bundle)
    return tuple(find_more_keys(own, view).values())


def find_observed(rule: Rule, event: Event) -> frozenset[ObjectId]:
    """Give the objects that a settling event watches."""
    settles = rule.correlate is not None and rule.correlate.settle_s is not None
    return frozenset(seen.object for seen in event.observations) if settles else frozenset()


def find_storm_page(rule: Rule, view: ObjectView, bundle: Bundle) -> str | None:
    """Say who is paged about a storm, None if nobody is."""
    storm = rule.correlate.storm if rule.correlate is not None else None
    if storm is None or storm.page != DEFAULT_PAGE:
        return storm.page if storm is not None else None
    return find_page(rule, view.service, view.tier, bundle).value


def _watch(event: Event, rule: Rule, rows: Mapping[Key, Item], bundle: Bundle) -> Watched:
    latest = {seen.object: seen for seen in sorted(event.observations, key=lambda seen: seen.at)}
    records = {one: read_object(one, rows.get(object_key(one))) for one in find_observed(rule, event)}
    return watch((latest[one], records[one], view_record(records[one], bundle, latest[one])) for one in records)


Complete = Callable[[Plan, ObjectRecord, Mapping[Key, Item], datetime], Plan]
"""(plan, the subject's record, the rows as read, now) to the plan with its windows and its goal."""


class About(NamedTuple):
    """What a decision is about, as far as that is known before it is made."""

    event_id: str
    subject: ObjectId | None
    foreseen: frozenset[ObjectId] = frozenset()
    """More objects that it will lock: they are read together with the subject; others need a second read."""
    raw: str = ""
    """The event's own text, kept with the decision."""
    windows: tuple[Key, ...] = ()
    """Where the rule's windows are: they are read together with the subject."""
    find_more: Callable[[ObjectView], tuple[Key, ...]] | None = None
    """Where more windows are, once the subject is known."""
    complete: Complete | None = None
    """What a rule makes of the plan; None if no rule decides."""


def admit_about(
    decide_now: Callable[[ObjectView, History], Decision],
    about: About,
    observation: Observation | None,
    bundle: Bundle,
    ports: Ports,
) -> Verdict:
    """Read, decide, plan and dispatch, and again if what was read has changed meanwhile: its refusal says to what."""
    subject = about.subject
    frozen_at = find_freezes_key(about.event_id)
    rows: dict[Key, Item | None] = {}
    first = {subject, *about.foreseen} if subject else about.foreseen
    _read_missing({frozen_at, *about.windows, *map(object_key, first)}, rows, ports)
    for _ in range(ATTEMPTS):
        record = _read_row(subject, rows) if subject else ObjectRecord(id=ObjectId("", "", "", ""))
        view = view_record(record, bundle, observation)
        decision = decide_now(view, read_history(record))
        locked = find_objects(decision, bundle)
        more = about.find_more(view) if about.find_more is not None else ()
        _read_missing({*map(object_key, locked), *more}, rows, ports)
        now = ports.clock.now()
        objects = {one: _read_row(one, rows) for one in locked}
        sighting = sight(observation, record, bundle, now) if observation is not None else None
        if sighting and subject in objects:
            seen = sighting.fields
            objects[subject] = record._replace(**{name: seen[name] for name in ("state", "labels") if name in seen})
        known = {key: item for key, item in rows.items() if item is not None}
        if decision.fanout is None:
            made = plan(decision, Snapshot(objects, known), bundle, now, read_freezes(frozen_at, rows[frozen_at]))
        else:
            made = _plan_campaign(decision, decision.fanout, bundle, ports, now)
        if about.raw:
            made = made._replace(record={**made.record, "raw": about.raw})
        if about.complete is not None:
            made = about.complete(made, record, known, now)
        if (alarm := find_alarm(decision, made.state)) is not None:
            _read_missing({alarm}, rows, ports)
            made = raise_alarm(made, decision, alarm, rows, bundle, now)
        made = made._replace(sighting=sighting)
        verdict = dispatch(made, ports)
        if not isinstance(verdict, Stale):
            if made.sighting is not None and not verdict.duplicate:
                pay_goals(made.sighting.met, ports)
            return verdict
        rows.update(verdict.rows)
    raise Contended(what=f"the reservation of {decision.id}", attempts=ATTEMPTS)


def _plan_campaign(decision: Decision, fanout: Fanout, bundle: Bundle, ports: Ports, now: datetime) -> Plan:
    # Loaded here: a cold start without a rule that has batches does without.
    from chalicelib.control.campaigns.plan import plan_campaign  # noqa: PLC0415
    from chalicelib.control.registry import read_kind, view_kind  # noqa: PLC0415

    return plan_campaign(decision, view_kind(read_kind(fanout.kind or "", ports), bundle), bundle, now)


def _read_missing(keys: AbstractSet[Key], rows: dict[Key, Item | None], ports: Ports) -> None:
    """Read what was not read yet, in one call for up to 100."""
    missing = sorted(keys - rows.keys())
    if missing:
        rows.update({**dict.fromkeys(missing), **ports.store.read(missing)})


def _read_row(one: ObjectId, rows: Mapping[Key, Item | None]) -> ObjectRecord:
    return read_object(one, rows[object_key(one)])


def find_objects(decision: Decision, bundle: Bundle) -> frozenset[ObjectId]:
    """Give the objects that a decision's locks are on; where they cannot be found, the plan will record why."""
    try:
        return frozenset(lock.object for lock in find_locks(decision, bundle))
    except (UnknownWorkflow, BadInput, TooManyLocks):
        return frozenset()


def read_history(record: ObjectRecord) -> History:
    """Give what was started on an object before, as a decision counts it."""
    return History(tuple((workflow, read_time(at)) for workflow, at in record.starts))


def read_records(objects: AbstractSet[ObjectId], ports: Ports) -> dict[ObjectId, ObjectRecord]:
    """Read the objects' rows, strongly consistent, in one call for up to 100."""
    if not objects:
        return {}
    rows: Mapping[Any, Any] = ports.store.read([object_key(one) for one in sorted(objects)])
    return {one: read_object(one, rows.get(object_key(one))) for one in objects}
