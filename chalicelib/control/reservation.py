"""The transactions that admit a plan, make it wait, or only record it. Pure: plan and time in, writes out."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.control.claims.claim import write_taken
from chalicelib.control.claims.places import write_moves
from chalicelib.control.freezes import require_version
from chalicelib.control.goals.pursuit import schedule
from chalicelib.control.lifecycle import HOLDING_LOCKS, DispatchState
from chalicelib.control.model import Blocker, Claim, Lock, Plan, Sighting, VerdictKind
from chalicelib.control.queue.lines import choose_places, find_wake, line_up, write_stands
from chalicelib.control.records import (
    GOAL,
    GOALS_VERSION,
    JOINED,
    MEMBERS_A_ROW,
    ROW_VERSION,
    dispatch_key,
    ended_lane,
    expire_at,
    live_lane,
    member_key,
    members_key,
    object_key,
    read_time,
    render_time,
)
from chalicelib.control.transaction import (
    Absent,
    Check,
    Condition,
    Equals,
    OneOf,
    Operation,
    Put,
    Transaction,
    Update,
    merge_updates,
)
from chalicelib.identity import ObjectId

MARGIN = timedelta(seconds=60)
"""Reconcile does what a delayed message should have, if that is so long overdue: it was lost."""


def build_transaction(plan: Plan, now: datetime) -> Transaction:
    """Write what a plan asks for: reserve, enqueue or record."""
    if plan.kind is VerdictKind.START:
        return reserve(plan, now)
    if plan.kind is VerdictKind.QUEUE:
        return enqueue(plan, now)
    if plan.kind is VerdictKind.BATCH:
        return open_campaign(plan, now)
    if plan.kind in {VerdictKind.AWAIT, VerdictKind.HOLD}:
        # Loaded here: a cold start without a policy that asks people or freezes does without.
        from chalicelib.control.approvals.awaiting import set_aside  # noqa: PLC0415

        return set_aside(plan, now)
    return record(plan, now)


def reserve(plan: Plan, now: datetime) -> Transaction:
    """Take every claim of the plan and write the dispatch, or nothing."""
    due = schedule(plan.record, now + timedelta(seconds=plan.grace_s))
    row = make_row(plan, now, lane=live_lane(plan.id), lane_at=due)
    if taken := write_taken(plan.claims):
        row["claims"] = taken
    operations: list[Operation] = [put_dispatch(plan, row)]
    operations += [take(one, one.unpassed) for one in plan.claims]
    if plan.freezes is not None:
        operations.append(require_version(plan.freezes))
    return Transaction(merge_updates((*operations, *plan.relies, *write_subjects(plan))))


def open_campaign(plan: Plan, now: datetime) -> Transaction:
    """Keep a campaign with all of its targets; no batch is open yet, and no target is locked by it."""
    due = now + timedelta(seconds=plan.grace_s)
    fields = {"batch_open": 0, "batch_admitted": 0, "batch_failed": 0, "batch_done": 0, "batch_since": render_time(now)}
    row = {**make_row(plan, now, lane=live_lane(plan.id), lane_at=render_time(due)), **fields}
    operations: list[Operation] = [put_dispatch(plan, row)]
    for page in range(0, len(plan.members), MEMBERS_A_ROW):
        members = [[about, given] for about, given in plan.members[page : page + MEMBERS_A_ROW]]
        key = members_key(plan.id, page // MEMBERS_A_ROW)
        operations.append(Put(key, {"v": ROW_VERSION, "members": members, "ttl": expire_at(now)}))
    return Transaction(merge_updates((*operations, *write_subjects(plan))))


def enqueue(plan: Plan, now: datetime) -> Transaction:
    """Put the dispatch in line wherever it must wait, if what blocks it still does.

    Releasing takes away what blocks and enqueueing requires it to be there, so either the release comes first and this
    is cancelled, or this comes first and the release's promotion sees the row: no wake-up is lost.
    """
    queued_at = plan.record.get("queued_at", render_time(now))
    due = now + timedelta(seconds=plan.queue_expires_s)
    wake = find_wake(plan.claims)
    look_at = min(due, read_time(wake)) if wake else due
    if plan.replaces:
        look_at = min(look_at, now + timedelta(seconds=plan.grace_s))
    places = choose_places(plan.claims)
    row = {
        **make_row(plan, now, lane=live_lane(plan.id), lane_at=schedule(plan.record, look_at)),
        "queued_at": queued_at,
        "expires_at": render_time(due),
        "stands": write_stands(places),
    }
    operations: list[Operation] = [put_dispatch(plan, row), *line_up(row, places)]
    return Transaction(merge_updates((*operations, *plan.relies, *write_subjects(plan))))


def record(plan: Plan, now: datetime) -> Transaction:
    """Keep a decision that starts nothing, under the key that its dispatch would have had."""
    if plan.state is DispatchState.SETTLING:
        overdue = read_time(plan.record["settle"]["due"]) + MARGIN
        waiting = make_row(plan, now, lane=live_lane(plan.id), lane_at=render_time(overdue))
        return Transaction(merge_updates((put_dispatch(plan, waiting), *plan.relies, *write_subjects(plan))))
    owes_page = plan.owes_page or plan.state is DispatchState.PAGED
    owes = owes_page or plan.record.get("goal_owed")
    lane = live_lane(plan.id) if owes else ended_lane(plan.id, now)
    row = {
        **make_row(plan, now, lane=lane, lane_at=render_time(now)),
        "ended_at": render_time(now),
        "ttl": expire_at(now),
    }
    if owes_page:
        row["page_owed"] = True
    return Transaction(merge_updates((put_dispatch(plan, row), *_join(plan), *plan.relies, *write_subjects(plan))))


def _join(plan: Plan) -> tuple[Operation, ...]:
    """Have the dispatch that is joined know of it, as long as it is not over."""
    if not plan.joins:
        return ()
    going_on = OneOf("state", tuple(str(state) for state in HOLDING_LOCKS))
    return (Update(dispatch_key(plan.joins), set={f"{JOINED}{plan.id}": True}, conditions=(going_on,)),)


def put_dispatch(plan: Plan, row: Mapping[str, Any]) -> Put:
    """Write the dispatch, of which there must be nothing yet, or only what it takes the place of."""
    expected: Condition = Equals("state", plan.expects) if plan.expects else Absent()
    return Put(dispatch_key(plan.id), row, (expected,))


def take(claim: Claim, more: tuple[Condition, ...] = ()) -> Update:
    """Take one claim if there is room for it, and `more` holds."""
    return Update(
        claim.key, set=claim.set, add={**claim.add, **claim.grow}, conditions=(*claim.seen, *claim.room, *more)
    )


def _note(plan: Plan, about: ObjectId) -> dict[str, Any]:
    """Give what the plan's event says of an object, and what the plan writes of its goal."""
    sighting, pursuit = plan.sighting, plan.pursuit
    fields: dict[str, Any] = dict(sighting.fields) if sighting is not None and sighting.object == about else {}
    if pursuit is not None and pursuit.object == about and pursuit.goal:
        fields |= {f"{GOAL}{pursuit.goal['rule']}": pursuit.goal, GOALS_VERSION: pursuit.seen + 1}
        fields |= {} if pursuit.registered else {"registered": True}
    return fields


def _require_seen(plan: Plan, about: ObjectId) -> tuple[Condition, ...]:
    """Rely on the object's state and goals being as they were read, where anything was made of them."""
    sighting, pursuit = plan.sighting, plan.pursuit
    conditions: list[Condition] = []
    relied = None
    if sighting is not None and sighting.object == about:
        conditions += _require_sighting(sighting)
        relied = sighting.seen_goals
    if pursuit is not None and pursuit.object == about:
        relied = pursuit.seen
    return tuple(conditions) if relied is None else (*conditions, Equals(GOALS_VERSION, relied or None))


def write_subjects(plan: Plan) -> tuple[Operation, ...]:
    """Write the windows, and what concerns the subjects; one that the plan locks is written by that, too."""
    writes_locks = plan.kind in {VerdictKind.START, VerdictKind.QUEUE}
    locked = {lock.object for lock in plan.locks} if writes_locks else frozenset()
    subjects = dict.fromkeys(one.object for one in (plan.sighting, plan.pursuit) if one is not None)
    found: list[Operation] = [*plan.windows]
    for about in subjects:
        fields = _note(plan, about)
        conditions = _require_seen(plan, about)
        if about in locked:
            found.append(Update(object_key(about), set={"v": ROW_VERSION, **fields}, conditions=conditions))
        else:
            found += _write_object(about, fields, conditions)
        found += _register(about, fields)
    return (*found, *(write_moves(plan.sighting.moves) if plan.sighting is not None else ()))


def _write_object(
    about: ObjectId, fields: Mapping[str, Any], conditions: tuple[Condition, ...]
) -> tuple[Operation, ...]:
    if fields:
        return (Update(object_key(about), set={"v": ROW_VERSION, **fields}, conditions=conditions),)
    relied = tuple(one for one in conditions if isinstance(one, Equals) and one.field == GOALS_VERSION)
    return (Check(object_key(about), relied),) if relied else ()


def write_sighting(sighting: Sighting) -> tuple[Operation, ...]:
    """Write what was seen of an object, unless its row has moved on, and what that changes in the sizes of groups."""
    conditions = _require_sighting(sighting)
    if sighting.seen_goals is not None:
        conditions = (*conditions, Equals(GOALS_VERSION, sighting.seen_goals or None))
    seen = Update(object_key(sighting.object), set={"v": ROW_VERSION, **sighting.fields}, conditions=conditions)
    return (seen, *_register(sighting.object, sighting.fields), *write_moves(sighting.moves))


def _require_sighting(sighting: Sighting) -> tuple[Condition, ...]:
    """Two observations may carry one and the same time: the count of changes tells them apart."""
    seen_at = Equals("state_at", sighting.seen_at)
    return (seen_at,) if sighting.seen_epoch is None else (seen_at, Equals("epoch", sighting.seen_epoch or None))


def _register(about: ObjectId, fields: Mapping[str, Any]) -> tuple[Operation, ...]:
    """Put an object that was never seen before on the list of what is known."""
    if not fields.get("registered"):
        return ()
    return (Put(member_key(about), {"v": ROW_VERSION, "object": str(about)}),)


def make_row(plan: Plan, now: datetime, *, lane: str, lane_at: str) -> dict[str, Any]:
    """Write what a dispatch's row says of a plan."""
    row: dict[str, Any] = {
        "v": ROW_VERSION,
        "id": plan.id,
        "state": str(plan.state),
        "verdict": str(plan.kind),
        "reason": plan.reason,
        "rank": plan.rank,
        "updated_at": render_time(now),
        "lane": lane,
        "lane_at": lane_at,
        **plan.record,
    }
    if plan.workflow:
        row["workflow"] = plan.workflow
    if plan.members:
        row |= {"workflow_hash": plan.workflow_hash, "plan_hash": plan.hash, "expected_s": plan.expected_s}
    if plan.execution_input:
        row |= {
            "workflow_hash": plan.workflow_hash,
            "plan_hash": plan.hash,
            "execution_input": plan.execution_input,
            "locks": _list_locks(plan.locks),
            "expected_s": plan.expected_s,
            "hold_s": plan.hold_s,
            "final_errors": list(plan.final_errors),
        }
    if spent := [list(one) for claim in plan.claims for one in claim.spending]:
        row["spending"] = spent
    if plan.blockers:
        row["blockers"] = [list_blocker(blocker) for blocker in plan.blockers]
    return row


def list_blocker(blocker: Blocker) -> dict[str, str]:
    """Write a blocker as rows and responses show it."""
    return {
        "object": blocker.about,
        "dispatch": blocker.dispatch,
        "workflow": blocker.workflow,
        "intent": blocker.intent,
        "since": blocker.since,
        "verb": blocker.verb,
        "reason": blocker.reason,
    }


def _list_locks(locks: tuple[Lock, ...]) -> list[list[str]]:
    return [[str(lock.object), str(lock.intent)] for lock in locks]
