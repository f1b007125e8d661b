"""A decision made executable: which locks it needs, what blocks them, and whether it may start, must wait, or is refused."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.catalog.model import MAX_CLAIMS, Bundle, Intent, RuleMode, Verb, Workflow
from chalicelib.catalog.schema import complete_input
from chalicelib.control.approvals.policy import explain_line, find_line
from chalicelib.control.claims.claim import Applicant, make_claims
from chalicelib.control.claims.conflicts import choose_strictest
from chalicelib.control.claims.rates import list_rates
from chalicelib.control.freezes import Target, explain_freeze, find_freeze, list_calendar
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ACTS, Claim, Freeze, Freezes, Lock, ObjectRecord, Plan, Snapshot, VerdictKind
from chalicelib.control.records import dispatch_key, render_time
from chalicelib.control.resumption import add_resume, explain_unsound, write_resume
from chalicelib.control.transaction import Check, Equals
from chalicelib.decision.explain import summarize_trials
from chalicelib.decision.expressions import render_objects
from chalicelib.decision.model import Action, Decision, Resume
from chalicelib.decision.tiers import classify
from chalicelib.errors import BadInput, ExpressionFailed, InterlockError, MalformedObjectId, UnknownWorkflow
from chalicelib.identity import ObjectId, canonical_json, digest

_RECORDED = {
    Action.IGNORE: DispatchState.IGNORED,
    Action.PAGE: DispatchState.PAGED,
    Action.HELD: DispatchState.HELD,
    Action.FAILED: DispatchState.UNDECIDED,
}


class TooManyLocks(InterlockError):
    """The plan takes {count} rows (locks and budgets) and {limit} fit into one transaction: lock their parent instead."""


def find_workflow(name: str, bundle: Bundle) -> Workflow:
    """Look a workflow or offered atom up. Raises UnknownWorkflow."""
    if name not in bundle.workflows:
        raise UnknownWorkflow(name=name)
    return bundle.workflows[name]


def find_locks(decision: Decision, bundle: Bundle) -> tuple[Lock, ...]:
    """Say which locks a decision needs, strongest intent first where two touch one object.

    Raises UnknownWorkflow, BadInput (the input does not fit the workflow's schema, or a `touches` template does not
    yield an object id) and TooManyLocks. The fences are still unread (0).
    """
    if decision.action is not Action.RUN:
        return ()
    workflow = find_workflow(decision.workflow, bundle)
    given = complete_input(workflow.input_schema, decision.input, workflow.name)
    strongest: dict[ObjectId, Intent] = {}
    for touch in workflow.touches:
        try:
            objects = render_objects(touch.object, {"input": given}, decision.home)
        except (ExpressionFailed, MalformedObjectId) as error:
            raise BadInput(name=workflow.name, cause=f"touches {touch.object}: {error}") from error
        for object_id in objects:
            known = strongest.get(object_id)
            if known is None or touch.intent.rank > known.rank:
                strongest[object_id] = touch.intent
    if len(strongest) > MAX_CLAIMS:
        raise TooManyLocks(count=len(strongest), limit=MAX_CLAIMS)
    return tuple(Lock(object_id, intent) for object_id, intent in sorted(strongest.items()))


def plan(
    decision: Decision, snapshot: Snapshot, bundle: Bundle, now: datetime, freezes: Freezes | None = None,
    *, approved: bool = False,
) -> Plan:  # fmt: skip
    """Make a decision executable against what was read. Pure: the same arguments give the same plan.

    `snapshot` must hold a record of every object that `find_locks` names, as it is with what the event says of it. What is frozen is held: recorded, not run.
    What would start or wait and needs people awaits them first, unless they have `approved` it. A decision whose locks cannot be found
    becomes a recorded failure, never an exception.
    """
    shadow = decision.mode is RuleMode.SHADOW
    if decision.action is not Action.RUN or shadow:
        state = DispatchState.SHADOWED if shadow else _RECORDED[decision.action]
        return _make_plan(decision, bundle, now, kind=VerdictKind.RECORD, state=state, reason=decision.reason)
    try:
        unread = find_locks(decision, bundle)
    except (UnknownWorkflow, BadInput, TooManyLocks) as error:
        return _make_plan(
            decision, bundle, now, kind=VerdictKind.RECORD, state=DispatchState.UNDECIDED, reason=str(error)
        )
    objects = snapshot.objects
    locks = tuple(Lock(lock.object, lock.intent, objects[lock.object].fence) for lock in unread)
    target = find_target(decision.workflow, decision.tier, locks, objects, bundle)
    if decision.resumes is not None and (
        why := explain_unsound(decision.resumes, bundle.workflows[decision.workflow], locks, objects)
    ):
        return _make_plan(
            decision, bundle, now, kind=VerdictKind.REJECT, state=DispatchState.REJECTED, reason=why, locks=locks
        )
    frozen = find_frozen(target, bundle, freezes, now)
    if frozen:
        return _hold(decision, locks, frozen, bundle, now)._replace(freezes=freezes)
    claims = make_claims(_find_applicant(decision, bundle), locks, snapshot, bundle, now)
    if len(claims) > MAX_CLAIMS:
        reason = str(TooManyLocks(count=len(claims), limit=MAX_CLAIMS))
        return _make_plan(decision, bundle, now, kind=VerdictKind.RECORD, state=DispatchState.UNDECIDED, reason=reason)
    kind, state, reason = _judge(decision, claims)
    joined = _find_holders(decision.id, claims, Verb.COALESCE)[:1] if kind is VerdictKind.COALESCE else ()
    line = (
        None
        if approved or kind in {VerdictKind.REJECT, VerdictKind.COALESCE}
        else find_line(bundle.control.approvals, decision, locks)
    )
    if line is not None:
        kind, state, reason = VerdictKind.AWAIT, DispatchState.AWAITING, explain_line(line)
    made = _make_plan(
        decision, bundle, now, kind=kind, state=state, reason=reason, locks=locks, claims=claims, freezes=freezes,
    )  # fmt: skip
    if line is not None or kind is VerdictKind.QUEUE:
        home = [decision.home.account, decision.home.region]
        made = made._replace(approval=line, record={**made.record, "home": home})
    return made if line is not None else _meet_holders(made, joined, claims)


def _find_applicant(decision: Decision, bundle: Bundle) -> Applicant:
    rank = find_rank(decision.tier, bundle)
    return Applicant(decision.id, decision.workflow, decision.rule, decision.tier, rank, decision.home.account)


def _hold(decision: Decision, locks: tuple[Lock, ...], frozen: Freeze, bundle: Bundle, now: datetime) -> Plan:
    """Drop what is frozen, recorded as held; or keep it until the freeze ends, if that says so."""
    reason = explain_freeze(frozen)
    if frozen.held != "queue":
        return _make_plan(decision, bundle, now, kind=VerdictKind.RECORD, state=DispatchState.HELD, reason=reason)
    made = _make_plan(
        decision, bundle, now, kind=VerdictKind.HOLD, state=DispatchState.FROZEN, reason=reason, locks=locks
    )
    kept = {"home": [decision.home.account, decision.home.region], "frozen_by": frozen.id}
    return made._replace(held_until=frozen.until, record={**made.record, **kept})


def find_frozen(target: Target, bundle: Bundle, freezes: Freezes | None, now: datetime) -> Freeze | None:
    """Give the freeze that holds a start up: an ad hoc one first, else one of a calendar."""
    found = find_freeze(freezes.all, target, now) if freezes is not None else None
    return found or find_freeze(list_calendar(bundle.control.freezes, now), target, now)


def find_target(
    workflow: str, tier: str, locks: tuple[Lock, ...], records: Mapping[ObjectId, ObjectRecord], bundle: Bundle
) -> Target:
    """Say what a start would touch, as far as a freeze can name it."""
    labels = [records[lock.object].labels for lock in locks]
    return Target(
        workflow=workflow,
        tier=tier,
        services=frozenset(service for one in labels if (service := classify(one, bundle)[0])),
        zones=frozenset(one["zone"] for one in labels if "zone" in one),
        objects=frozenset(str(lock.object) for lock in locks),
        strongest=max((lock.intent for lock in locks), key=lambda intent: intent.rank, default=Intent.OBSERVE),
    )


def find_rank(tier: str, bundle: Bundle) -> int:
    """Give a tier's rank; an unknown tier ranks last."""
    return next((one.rank for one in bundle.tiers if one.name == tier), len(bundle.tiers))


def _judge(decision: Decision, claims: tuple[Claim, ...]) -> tuple[VerdictKind, DispatchState, str]:
    blockers = [blocker for claim in claims for blocker in claim.blockers]
    verb = choose_strictest([Verb(blocker.verb) for blocker in blockers])
    reasons = "; ".join(dict.fromkeys(blocker.reason for blocker in blockers if blocker.verb == verb))
    if verb is Verb.ALLOW:
        return VerdictKind.START, DispatchState.RESERVED, decision.reason
    if verb is Verb.COALESCE and any(one.dispatch for one in blockers if one.verb == verb):
        return VerdictKind.COALESCE, DispatchState.COALESCED, reasons
    if verb is not Verb.REJECT:  # a count on an ancestor names nobody who could be joined or stopped: wait
        full = {one.name for one in claims if one.waiters >= one.queue_limit and (one.exclusive or one.blockers)}
        if not full:
            return VerdictKind.QUEUE, DispatchState.QUEUED, reasons
        reasons = f"{reasons}; the queue of {', '.join(sorted(full))} is full"
    return VerdictKind.REJECT, DispatchState.REJECTED, reasons


def _find_holders(own: str, claims: tuple[Claim, ...], verb: Verb) -> tuple[str, ...]:
    """Name the dispatches that stand in the way and are to be met with a verb, each once.

    A decision that is made again after a crash meets its own reservation, and that stands.
    """
    found = (one.dispatch for claim in claims for one in claim.blockers if one.verb == verb)
    return tuple(name for name in dict.fromkeys(found) if name not in {"", own})


def _meet_holders(made: Plan, joined: tuple[str, ...], claims: tuple[Claim, ...]) -> Plan:
    """Say whom the plan joins, or whom it has stopped: what is not admitted stops nobody."""
    if joined:
        return made._replace(joins=joined[0], record={**made.record, "into": joined[0]})
    replaced = _find_holders(made.id, claims, Verb.REPLACE) if made.kind is VerdictKind.QUEUE else ()
    return made._replace(replaces=replaced, record={**made.record, "replaces": list(replaced)}) if replaced else made


def make_execution_input(decision: Decision, workflow: Workflow, locks: tuple[Lock, ...]) -> dict[str, Any]:
    """Write the exact input of the execution. No secret is in it: atoms fetch those themselves."""
    subject = str(decision.object) if decision.object else ""
    given = {
        "input": complete_input(workflow.input_schema, decision.input, workflow.name),
        "dispatch": {
            "id": decision.id,
            **grant_fences(subject, locks),
            "object": subject,
            "tier": decision.tier,
            "root_id": decision.root_id,
            "hops": decision.hops,
        },
        "workflow_hash": workflow.hash,
        "retired": False,
    }
    if decision.resumes is None or workflow.resumption is None:
        return given
    return add_resume(given, decision.resumes, workflow.resumption)


def grant_fences(subject: str, locks: tuple[Lock, ...]) -> dict[str, Any]:
    """Give what an execution is told of its fences: `fence` is its subject's, the highest if that is not locked."""
    fences = {str(lock.object): lock.fence for lock in locks}
    return {"fence": fences.get(subject, max(fences.values(), default=0)), "fences": fences}


def hash_plan(
    workflow: Workflow, given: Mapping[str, Any], locks: tuple[Lock, ...], resumes: Resume | None = None
) -> str:
    """Bind what a person would approve: workflow, input, targets, locks and where it begins, but not who holds them now."""
    begins = [canonical_json([resumes.dispatch, resumes.step, dict(resumes.variables)])] if resumes else []
    return digest(
        [
            workflow.name,
            workflow.hash,
            canonical_json(given),
            *(f"{lock.object} {lock.intent}" for lock in locks),
            *begins,
        ]
    )


def _make_plan(
    decision: Decision, bundle: Bundle, now: datetime, *, kind: VerdictKind, state: DispatchState, reason: str,
    locks: tuple[Lock, ...] = (), claims: tuple[Claim, ...] = (), freezes: Freezes | None = None,
) -> Plan:  # fmt: skip
    runs = kind is not VerdictKind.RECORD
    workflow = bundle.workflows[decision.workflow] if runs else None
    execution_input = make_execution_input(decision, workflow, locks) if workflow else {}
    record = _record_decision(decision, now)
    if decision.resumes is not None and workflow is not None:
        record |= write_resume(decision.resumes, workflow.name)
    if list_rates(bundle.control, "account"):
        record["account"] = decision.home.account
    return Plan(
        id=decision.id,
        kind=kind,
        state=state,
        reason=reason,
        workflow=decision.workflow,
        workflow_hash=workflow.hash if workflow else "",
        execution_input=execution_input,
        locks=locks,
        blockers=tuple({blocker.reason: blocker for claim in claims for blocker in claim.blockers}.values()),
        rank=find_rank(decision.tier, bundle),
        expected_s=workflow.expected_s if workflow else 0,
        hold_s=workflow.effect_timeout_s if workflow else 0,
        final_errors=workflow.final_errors if workflow else (),
        grace_s=bundle.control.start_grace_s,
        queue_expires_s=bundle.control.queue_expires_s,
        hash=hash_plan(workflow, execution_input["input"], locks, decision.resumes) if workflow else "",
        record=record,
        claims=claims,
        freezes=freezes if kind is VerdictKind.START else None,
        relies=_rely_on_campaign(decision),
    )


def _rely_on_campaign(decision: Decision) -> tuple[Check, ...]:
    if decision.member_of is None:
        return ()
    campaign, batch = decision.member_of
    goes_on = (Equals("state", str(DispatchState.ROLLING)), Equals("batch_open", batch))
    return (Check(dispatch_key(campaign), goes_on),)


def plan_nothing(decision: Decision, bundle: Bundle, now: datetime, state: DispatchState, reason: str) -> Plan:
    """Record a decision that starts nothing by itself."""
    return _make_plan(decision, bundle, now, kind=VerdictKind.RECORD, state=state, reason=reason)


def _record_decision(decision: Decision, now: datetime) -> dict[str, Any]:
    record: dict[str, Any] = {
        "event_id": decision.event_id,
        "root_id": decision.root_id,
        "hops": decision.hops,
        "rule": decision.rule,
        "object": str(decision.object) if decision.object else "",
        "tier": decision.tier,
        "service": decision.service or "",
        "action": str(decision.action),
        "why": decision.reason,
        "trials": summarize_trials(decision),
        "bundle_version": decision.bundle_version,
        "created_at": render_time(now),
    }
    if decision.mode is RuleMode.SHADOW:
        record["shadow"] = ACTS if decision.action in {Action.RUN, Action.PAGE} else str(decision.action)
    if decision.page:
        record["page"] = decision.page
    if decision.request:
        record["request"] = dict(decision.request)
    if decision.member_of:
        record["campaign"], record["batch"] = decision.member_of
    if decision.goal:
        record["goal"] = {"until": decision.goal.until, "within_s": decision.goal.within_s}
    return record
