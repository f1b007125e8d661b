"""The transactions that admit a plan, make it wait, or only record it. Pure: plan and time in, writes out."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.control.freezes import require_version
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import Blocker, Lock, Plan, Sighting, VerdictKind
from chalicelib.control.records import (
    HOLDER,
    MEMBERS_A_ROW,
    ROW_VERSION,
    STARTS_KEPT,
    WAITING,
    dispatch_key,
    ended_lane,
    expire_at,
    live_lane,
    member_key,
    members_key,
    object_key,
    render_time,
    wait_key,
)
from chalicelib.control.transaction import (
    Absent,
    AtLeast,
    Below,
    Condition,
    Equals,
    Operation,
    Present,
    Put,
    Transaction,
    Update,
)


def build_transaction(plan: Plan, now: datetime) -> Transaction:
    """Write what a plan asks for: reserve, enqueue or record."""
    if plan.kind is VerdictKind.START:
        return reserve(plan, now)
    if plan.kind is VerdictKind.QUEUE:
        return enqueue(plan, now)
    if plan.kind is VerdictKind.BATCH:
        return open_campaign(plan, now)
    return record(plan, now)


def reserve(plan: Plan, now: datetime) -> Transaction:
    """Take every lock of the plan and write the dispatch, or nothing.

    Each lock relies on its fence being as read: a reservation is the only thing that moves a fence, so whoever was
    found compatible then is still all there can be. A lock also relies on no newcomer overtaking a waiter, which the
    fence does not tell, so the number of waiters of its rank or above must still be what was read: none.
    """
    due = now + timedelta(seconds=plan.grace_s)
    row = _make_row(plan, now, lane=live_lane(plan.id), lane_at=render_time(due))
    operations: list[Operation] = [Put(dispatch_key(plan.id), row, (Absent(),))]
    operations += [_take_lock(plan, lock, now) for lock in plan.locks]
    if plan.freezes is not None:
        operations.append(require_version(plan.freezes))
    return Transaction((*operations, *plan.relies, *_sight_apart(plan), *plan.windows))


def open_campaign(plan: Plan, now: datetime) -> Transaction:
    """Keep a campaign with all of its targets; no batch is open yet, and no target is locked by it."""
    due = now + timedelta(seconds=plan.grace_s)
    fields = {"batch_open": 0, "batch_admitted": 0, "batch_failed": 0, "batch_done": 0, "batch_since": render_time(now)}
    row = {**_make_row(plan, now, lane=live_lane(plan.id), lane_at=render_time(due)), **fields}
    operations: list[Operation] = [Put(dispatch_key(plan.id), row, (Absent(),))]
    for page in range(0, len(plan.members), MEMBERS_A_ROW):
        members = [[about, given] for about, given in plan.members[page : page + MEMBERS_A_ROW]]
        key = members_key(plan.id, page // MEMBERS_A_ROW)
        operations.append(Put(key, {"v": ROW_VERSION, "members": members, "ttl": expire_at(now)}))
    return Transaction((*operations, *_sight_apart(plan), *plan.windows))


def enqueue(plan: Plan, now: datetime) -> Transaction:
    """Put the dispatch into the queue of each object it wants, if what blocks it still does.

    Releasing a lock takes the holder's field away and enqueueing requires it to be there, so either the release comes
    first and this is cancelled, or this comes first and the release's promotion sees the row: no wake-up is lost.
    """
    queued_at = render_time(now)
    due = now + timedelta(seconds=plan.queue_expires_s)
    row = {
        **_make_row(plan, now, lane=live_lane(plan.id), lane_at=render_time(due)),
        "queued_at": queued_at,
        "expires_at": render_time(due),
    }
    operations: list[Operation] = [Put(dispatch_key(plan.id), row, (Absent(),))]
    for lock in plan.locks:
        key = wait_key(lock.object, plan.rank, queued_at, plan.id)
        waiter = {"v": ROW_VERSION, "dispatch": plan.id, "rank": plan.rank, "queued_at": queued_at,
                  "event_id": plan.record["event_id"], "workflow": plan.workflow, "locks": _list_locks(plan.locks)}  # fmt: skip
        operations.append(Put(key, waiter))
        blocked_by = [blocker for blocker in plan.blockers if blocker.object == lock.object]
        operations.append(
            Update(
                object_key(lock.object),
                set={"v": ROW_VERSION, **_sight(plan, lock)},
                add={f"{WAITING}{plan.rank}": 1, "waiting": 1},
                conditions=(
                    *require_fence(lock),
                    *_require_blocked(blocked_by),
                    Below("waiting", plan.queue_limit),
                    *_require_seen(plan, lock),
                ),
            )
        )
    return Transaction((*operations, *plan.relies, *_sight_apart(plan), *plan.windows))


def record(plan: Plan, now: datetime) -> Transaction:
    """Keep a decision that starts nothing, under the key that its dispatch would have had."""
    owes_page = plan.state is DispatchState.PAGED
    lane = live_lane(plan.id) if owes_page else ended_lane(plan.id, now)
    row = {
        **_make_row(plan, now, lane=lane, lane_at=render_time(now)),
        "ended_at": render_time(now),
        "ttl": expire_at(now),
    }
    if owes_page:
        row["page_owed"] = True
    operation = Put(dispatch_key(plan.id), row, (Absent(),))
    return Transaction((operation, *plan.relies, *_sight_apart(plan), *plan.windows))


def take_lock(
    dispatch: str, lock: Lock, workflow: str, starts: tuple[tuple[str, str], ...], goal: Mapping[str, Any] | None,
    now: datetime,
) -> dict[str, Any]:  # fmt: skip
    """Give the fields that make a dispatch the holder of an object, for a reservation and a promotion alike."""
    at = render_time(now)
    fields: dict[str, Any] = {
        "v": ROW_VERSION,
        "fence": lock.fence,
        f"{HOLDER}{dispatch}": {
            "intent": str(lock.intent),
            "workflow": workflow,
            "fence": lock.fence,
            "since": at,
        },
        "starts": [list(one) for one in (*starts, (workflow, at))[-STARTS_KEPT:]],
    }
    if goal:
        fields["goal"] = {**goal, "dispatch": dispatch, "status": "pursuing"}
    return fields


def require_fence(lock: Lock) -> tuple[Condition, ...]:
    """Require that nothing was reserved on the object since it was read."""
    return (Equals("fence", lock.seen or None),)


def _take_lock(plan: Plan, lock: Lock, now: datetime) -> Update:
    goal = plan.record.get("goal") if str(lock.object) == plan.record["object"] else None
    if goal:
        goal = {**goal, "rule": plan.record["rule"]}
    fields = take_lock(plan.id, lock, plan.workflow, plan.starts.get(str(lock.object), ()), goal, now)
    return Update(
        object_key(lock.object),
        set={**fields, **_sight(plan, lock)},
        conditions=(
            *require_fence(lock),
            *(Below(f"{WAITING}{rank}", 1) for rank in range(plan.rank + 1)),
            *_require_seen(plan, lock),
        ),
    )


def _require_blocked(blockers: list[Blocker]) -> tuple[Condition, ...]:
    """One blocker that must still be there is enough: whatever ends it will look at the queue."""
    for blocker in blockers:
        if blocker.waiting_rank is not None:
            return (AtLeast(f"{WAITING}{blocker.waiting_rank}", 1),)
        return (Present(f"{HOLDER}{blocker.dispatch}"),)
    return ()


def _sight(plan: Plan, lock: Lock) -> Mapping[str, Any]:
    return plan.sighting.fields if plan.sighting and plan.sighting.object == lock.object else {}


def _require_seen(plan: Plan, lock: Lock) -> tuple[Condition, ...]:
    sighting = plan.sighting
    return (Equals("state_at", sighting.seen_at),) if sighting and sighting.object == lock.object else ()


def _sight_apart(plan: Plan) -> tuple[Operation, ...]:
    """The sighting of an object that the plan does not lock is a write of its own."""
    sighting = plan.sighting
    if sighting is None or not sighting.fields:
        return ()
    if any(lock.object == sighting.object for lock in plan.locks):
        return register(sighting)
    return write_sighting(sighting)


def write_sighting(sighting: Sighting) -> tuple[Operation, ...]:
    """Write what was seen of an object, unless its row has moved on."""
    seen = Update(
        object_key(sighting.object),
        set={"v": ROW_VERSION, **sighting.fields},
        conditions=(Equals("state_at", sighting.seen_at),),
    )
    return (seen, *register(sighting))


def register(sighting: Sighting) -> tuple[Operation, ...]:
    """Put an object that was never seen before on the list of what is known."""
    if not sighting.fields.get("registered"):
        return ()
    return (Put(member_key(sighting.object), {"v": ROW_VERSION, "object": str(sighting.object)}),)


def _make_row(plan: Plan, now: datetime, *, lane: str, lane_at: str) -> dict[str, Any]:
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
    if plan.blockers:
        row["blockers"] = [list_blocker(blocker) for blocker in plan.blockers]
    return row


def list_blocker(blocker: Blocker) -> dict[str, str]:
    """Write a blocker as rows and responses show it."""
    return {
        "object": blocker.object.short,
        "dispatch": blocker.dispatch,
        "workflow": blocker.workflow,
        "intent": blocker.intent,
        "since": blocker.since,
        "verb": blocker.verb,
        "reason": blocker.reason,
    }


def _list_locks(locks: tuple[Lock, ...]) -> list[list[str]]:
    return [[str(lock.object), str(lock.intent)] for lock in locks]
