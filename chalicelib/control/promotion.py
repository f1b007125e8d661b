"""The transaction that gives a waiter its locks. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.catalog.model import Control, Intent, Verb
from chalicelib.control.conflicts import find_verb
from chalicelib.control.freezes import require_version
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import Freezes, Lock, ObjectRecord
from chalicelib.control.plan import grant_fences
from chalicelib.control.pursuit import schedule
from chalicelib.control.records import WAITING, dispatch_key, object_key, render_time, wait_key
from chalicelib.control.reservation import require_fence, take_lock
from chalicelib.control.settlement import read_locks
from chalicelib.control.transaction import Delete, Item, OneOf, Operation, Transaction, Update
from chalicelib.identity import ObjectId


def is_blocked(
    workflow: str, locks: tuple[Lock, ...], records: Mapping[ObjectId, ObjectRecord], control: Control
) -> bool:
    """Whether a holder of any of the objects is incompatible with the waiter."""
    return any(
        find_verb(control, (holder.intent, holder.workflow), (lock.intent, workflow)) is not Verb.ALLOW
        for lock in locks
        for holder in records[lock.object].holders
    )


def read_wanted(row: Item, records: Mapping[ObjectId, ObjectRecord]) -> tuple[Lock, ...]:
    """Give the locks a waiter wants, with the fences as read."""
    return tuple(
        Lock(object_id, Intent(intent), records[object_id].fence if object_id in records else 0)
        for object_id, intent in read_locks(row)
    )


def admit(
    row: Item,
    locks: tuple[Lock, ...],
    records: Mapping[ObjectId, ObjectRecord],
    freezes: Freezes,
    grace_s: int,
    now: datetime,
) -> tuple[Transaction, dict[str, Any]]:
    """Move a waiter from every queue it stands in to holding every lock; also give its execution's exact input.

    The input is the one of the plan with the fences that are taken now.
    """
    given = row["execution_input"]
    granted = grant_fences(given["dispatch"]["object"], locks)
    execution_input = {**given, "dispatch": {**given["dispatch"], **granted}}
    fields = {
        "state": str(DispatchState.RESERVED),
        "reason": row["why"],
        "execution_input": execution_input,
        "promoted_at": render_time(now),
        "updated_at": render_time(now),
        "lane_at": schedule(row, now + timedelta(seconds=grace_s)),
    }
    queued = OneOf("state", (str(DispatchState.QUEUED),))
    operations: list[Operation] = [Update(dispatch_key(row["id"]), set=fields, conditions=(queued,))]
    for lock in locks:
        starts = records[lock.object].starts
        operations.append(Delete(wait_key(lock.object, row["rank"], row["queued_at"], row["id"])))
        operations.append(
            Update(
                object_key(lock.object),
                set=take_lock(row["id"], lock, row["workflow"], starts, now),
                add={f"{WAITING}{row['rank']}": -1, "waiting": -1},
                conditions=require_fence(lock),
            )
        )
    return Transaction((*operations, require_version(freezes))), execution_input
