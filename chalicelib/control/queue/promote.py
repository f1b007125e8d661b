"""Give what was freed to those who wait for it: by tier, then age, skipping what is still blocked."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.catalog.model import Bundle
from chalicelib.control.claims.claim import make_claims, read_locks, read_taken
from chalicelib.control.debts import pay_debt
from chalicelib.control.freezes import explain_freeze, find_freezes_key, read_freezes
from chalicelib.control.goals.goal import is_goal_met
from chalicelib.control.lifecycle import DispatchState, Happening
from chalicelib.control.model import Claim, Freezes, Lock, ObjectRecord, Snapshot
from chalicelib.control.pace import start
from chalicelib.control.plan import find_frozen, find_target
from chalicelib.control.ports import Ports
from chalicelib.control.queue.lines import find_wake, move_over, read_stands
from chalicelib.control.queue.promotion import (
    admit,
    find_blocking,
    find_suspects,
    read_applicant,
    read_wanted,
    stands_before,
    take_turn,
)
from chalicelib.control.records import WAIT, dispatch_key, object_key, read_object
from chalicelib.control.resumption import explain_taken, find_machine, find_taken, read_resume
from chalicelib.control.settlement import leave_queue, park_waiter
from chalicelib.control.transaction import Cancelled, Committed, Item, Key, Transaction
from chalicelib.errors import Contended
from chalicelib.identity import ObjectId

PAGE = 100
"""How many waiters one page of a queue, and one batch of reads, covers."""
ATTEMPTS = 8
"""How often one waiter is tried anew when others reserve around it; then reconcile resumes."""

Rows = dict[Key, Item | None]


def promote(dispatch: str, ports: Ports, bundle: Bundle) -> tuple[str, ...]:
    """Look at everyone who waits for what a dispatch that is over had taken, or waited for; start who can run.

    Gives the ids of those started. Only then is `promotion_owed` cleared: a crash on the way is resumed by a second
    delivery of the status event, or by reconcile. Raises Contended if that is better left to reconcile.
    """
    key = dispatch_key(dispatch)
    row = ports.store.read([key])[key]
    waiters = sorted(_list_waiters(row, ports), key=lambda one: (one["rank"], one["queued_at"], one["dispatch"]))
    started: list[str] = []
    for first in range(0, len(waiters), PAGE):
        batch = waiters[first : first + PAGE]
        rows = _read_rows(batch, ports)
        started += [waiter["dispatch"] for waiter in batch if _try_waiter(waiter, rows, ports, bundle, dispatch)]
    pay_debt(row, "promotion_owed", ports)
    return tuple(started)


def try_again(row: Item, ports: Ports, bundle: Bundle) -> bool:
    """Look at one waiter whose time has come; whether it was started."""
    waiter = {**row, "dispatch": row["id"]}
    return _try_waiter(waiter, _read_rows([waiter], ports), ports, bundle)


def look_at(row: Item, ports: Ports, bundle: Bundle) -> tuple[Claim, ...]:
    """Say what a waiter would take if it were looked at now, and what stands in the way of each. Only reads."""
    waiter = {**row, "dispatch": row["id"]}
    rows = _read_rows([waiter], ports)
    now = ports.clock.now()
    _, _, claims = _claim(waiter, rows, ports, bundle, now)
    rows |= ports.store.read([one.key for one in claims])
    return _claim(waiter, rows, ports, bundle, now)[2]


def _claim(
    waiter: Item, rows: Rows, ports: Ports, bundle: Bundle, now: datetime
) -> tuple[Snapshot, tuple[Lock, ...], tuple[Claim, ...]]:
    """Say what a waiter whose turn has come takes of the rows as they were read."""
    snapshot = _take_snapshot(waiter, rows)
    locks = read_wanted(waiter, snapshot.objects)
    wanted = make_claims(read_applicant(waiter), locks, snapshot, bundle, now)
    passed = {queue for queue in sorted(find_suspects(wanted)) if _is_preceded(waiter, queue, ports)}
    return snapshot, locks, take_turn(wanted, passed)


def _list_waiters(row: Item, ports: Ports) -> list[Item]:
    """List, each once, who stands in any queue that the dispatch had to do with."""
    taken = [one.queue for one in read_taken(row)]
    stood = [one.queue for one in read_stands(row)]
    found: dict[str, Item] = {}
    for queue in dict.fromkeys((*taken, *stood)):
        found |= {waiter["dispatch"]: waiter for waiter in list_queue(queue, ports)}
    return list(found.values())


def list_queue(queue: str, ports: Ports) -> Iterator[Item]:
    """List who stands in a queue, in order, page by page."""
    after: Mapping[str, Any] | None = None
    while True:
        page = ports.store.query(queue, WAIT, PAGE, after)
        yield from page.items
        after = page.after
        if after is None:
            return


def _read_rows(waiters: Sequence[Item], ports: Ports) -> Rows:
    """Read the objects that waiters want, and whatever else they stand in line for."""
    objects = {object_key(one) for waiter in waiters for one, _ in read_locks(waiter)}
    stands = {stand.key for waiter in waiters for stand in read_stands(waiter)}
    return {**dict.fromkeys(objects), **ports.store.read(sorted(objects | stands))}


def _try_waiter(waiter: Item, rows: Rows, ports: Ports, bundle: Bundle, freed_by: str = "") -> bool:
    """Start one waiter if nothing blocks it. `rows` is brought up to date with what was read on the way."""
    here = {stand.key for stand in read_stands(waiter)}
    for _ in range(ATTEMPTS):
        now = ports.clock.now()
        snapshot, locks, claims = _claim(waiter, rows, ports, bundle, now)
        blocking = find_blocking(claims)
        if any(claim.key in here for claim in blocking) and not find_wake(blocking):
            return False
        row, freezes = _read_waiting(waiter, ports)
        if row is None:
            return False
        execution_input: dict[str, Any] = {}
        if blocking:
            transaction = move_over(row, claims)
        elif out := _find_way_out(row, locks, snapshot.objects, freezes, bundle, now):
            transaction = out
        else:
            grace_s = bundle.control.start_grace_s
            transaction, execution_input = admit(row, locks, claims, freezes, grace_s, now, freed_by)
        result = Committed() if transaction is None else ports.store.commit(transaction)
        if isinstance(result, Cancelled):
            rows.update({refusal.key: refusal.item for refusal in result.refusals})
            continue
        if not execution_input:
            return False
        rows.update({**dict.fromkeys(one.key for one in claims), **ports.store.read([one.key for one in claims])})
        start(find_machine(row), row["id"], execution_input, ports)
        return True
    raise Contended(what=f"the promotion of {waiter['dispatch']}", attempts=ATTEMPTS)


def _is_preceded(waiter: Item, queue: str, ports: Ports) -> bool:
    return any(stands_before(other, waiter, queue) for other in list_queue(queue, ports))


def _take_snapshot(waiter: Item, rows: Rows) -> Snapshot:
    objects = {one: read_object(one, rows.get(object_key(one))) for one, _ in read_locks(waiter)}
    return Snapshot(objects, {key: item for key, item in rows.items() if item is not None})


def _read_waiting(waiter: Item, ports: Ports) -> tuple[Item | None, Freezes]:
    """Read the dispatch of a waiter, None if it waits no more, and what is frozen."""
    key, frozen_at = dispatch_key(waiter["dispatch"]), find_freezes_key(waiter["event_id"])
    rows = ports.store.read([key, frozen_at])
    row = rows.get(key)
    waits = row is not None and row["state"] == DispatchState.QUEUED
    return row if waits else None, read_freezes(frozen_at, rows.get(frozen_at))


def _find_way_out(
    row: Item,
    locks: tuple[Lock, ...],
    records: Mapping[ObjectId, ObjectRecord],
    freezes: Freezes,
    bundle: Bundle,
    now: datetime,
) -> Transaction | None:
    """Write what becomes of a waiter whose turn has come and that does not run after all; None if it does."""
    if is_goal_met(row, records, bundle, now):
        return leave_queue(row, Happening.SUPERSEDED, "while it waited, the goal was reached", now)
    resumes = read_resume(row)
    if resumes is not None and (taken := find_taken(resumes, list(records.values()))):
        return leave_queue(row, Happening.REFUSED, f"while it waited, {explain_taken(taken)}", now)
    target = find_target(row["workflow"], row["tier"], locks, records, bundle)
    freeze = find_frozen(target, bundle, freezes, now)
    if freeze is None:
        return None
    if freeze.held == "queue" and "home" in row:
        return park_waiter(row, freeze, freezes, now)
    return leave_queue(row, Happening.FROZEN, explain_freeze(freeze), now)
