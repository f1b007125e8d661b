"""Give free objects to those who wait for them: by tier, then age, skipping what is still blocked."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.catalog.model import Bundle
from chalicelib.control.debts import pay_debt
from chalicelib.control.freezes import find_freezes_key, read_freezes
from chalicelib.control.goals import is_goal_met
from chalicelib.control.lifecycle import DispatchState, Happening
from chalicelib.control.model import Freezes, Lock, ObjectRecord
from chalicelib.control.plan import explain_frozen
from chalicelib.control.ports import Ports
from chalicelib.control.promotion import admit, is_blocked, read_wanted
from chalicelib.control.records import WAIT, dispatch_key, object_key, read_object
from chalicelib.control.settlement import leave_queue, read_locks
from chalicelib.control.transaction import Committed, Item
from chalicelib.errors import Contended
from chalicelib.identity import ObjectId

PAGE = 100
"""How many waiters one page of the queue, and one batch of reads, covers."""
ATTEMPTS = 8
"""How often one waiter is tried anew when others reserve around it; then reconcile resumes."""


def promote(dispatch: str, ports: Ports, bundle: Bundle) -> tuple[str, ...]:
    """Look at everyone who waits for the objects of a dispatch that is over, and start who can run.

    Gives the ids of those started. Only then is `promotion_owed` cleared: a crash on the way is resumed by a second
    delivery of the status event, or by reconcile. Raises Contended if that is better left to reconcile.
    """
    key = dispatch_key(dispatch)
    row = ports.store.read([key])[key]
    started: list[str] = []
    for object_id, _ in read_locks(row):
        started += _promote_object(object_id, ports, bundle)
    pay_debt(row, "promotion_owed", ports)
    return tuple(started)


def _promote_object(object_id: ObjectId, ports: Ports, bundle: Bundle) -> list[str]:
    started: list[str] = []
    after: Mapping[str, Any] | None = None
    while True:
        page = ports.store.query(object_key(object_id).pk, WAIT, PAGE, after)
        records = _read_records(page.items, ports)
        started += [waiter["dispatch"] for waiter in page.items if _try_waiter(waiter, records, ports, bundle)]
        after = page.after
        if after is None:
            return started


def _read_records(waiters: Sequence[Item], ports: Ports) -> dict[ObjectId, ObjectRecord]:
    wanted = sorted({object_id for waiter in waiters for object_id, _ in read_locks(waiter)})
    rows = ports.store.read([object_key(object_id) for object_id in wanted]) if wanted else {}
    return {object_id: read_object(object_id, rows.get(object_key(object_id))) for object_id in wanted}


def _try_waiter(waiter: Item, records: dict[ObjectId, ObjectRecord], ports: Ports, bundle: Bundle) -> bool:
    """Start one waiter if nothing blocks it. `records` is brought up to date with what was read on the way."""
    for _ in range(ATTEMPTS):
        locks = read_wanted(waiter, records)
        if is_blocked(waiter["workflow"], locks, records, bundle.control):
            return False
        key = dispatch_key(waiter["dispatch"])
        frozen_at = find_freezes_key(waiter["event_id"])
        rows = ports.store.read([key, frozen_at])
        row, freezes = rows.get(key), read_freezes(frozen_at, rows.get(frozen_at))
        if row is None or row["state"] != DispatchState.QUEUED:
            return False
        now = ports.clock.now()
        if out := _find_way_out(row, locks, records, freezes, bundle, now):
            ports.store.commit(leave_queue(row, *out, now))
            return False
        transaction, execution_input = admit(row, locks, records, freezes, bundle.control.start_grace_s, now)
        committed = isinstance(ports.store.commit(transaction), Committed)
        records.update(_read_records([waiter], ports))
        if committed:
            ports.executions.start(row["workflow"], row["id"], execution_input)
            return True
    raise Contended(what=f"the promotion of {waiter['dispatch']}", attempts=ATTEMPTS)


def _find_way_out(
    row: Item,
    locks: tuple[Lock, ...],
    records: Mapping[ObjectId, ObjectRecord],
    freezes: Freezes,
    bundle: Bundle,
    now: datetime,
) -> tuple[Happening, str] | None:
    """Say why a waiter whose turn has come does not run after all."""
    if is_goal_met(row, records, bundle, now):
        return Happening.SUPERSEDED, "while it waited, the goal was reached"
    reason = explain_frozen(row["workflow"], row["tier"], locks, records, bundle, freezes, now)
    return (Happening.FROZEN, reason) if reason else None
