"""Who holds which object, and who waits for it in which order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.api.core import Core
from chalicelib.api.lanes import read_live
from chalicelib.api.objects import show_object
from chalicelib.api.schemas.control import LockBelow, LockedObject, LockHolder, LockQuery, Locks, Waiter
from chalicelib.api.validation import read_object_filter
from chalicelib.catalog.model import Intent
from chalicelib.control.claims.ancestors import COUNT, SHARD_SK, read_ancestor
from chalicelib.control.claims.claim import read_locks, read_taken
from chalicelib.control.intake import read_records
from chalicelib.control.lifecycle import HOLDING_LOCKS, DispatchState
from chalicelib.control.model import ObjectRecord
from chalicelib.control.queue.lines import read_stands
from chalicelib.control.records import WAIT, object_key
from chalicelib.control.transaction import Item
from chalicelib.identity import Home, ObjectId

MAX_OBJECTS = 1_000
"""How many objects one answer lists: API Gateway takes 10 MB and Lambda 6."""
MAX_WAITERS = 1_000


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A dispatch that waits for an object, in the order of its queue: by tier rank, then age."""

    rank: int
    since: str
    dispatch: str
    workflow: str
    intent: str


def list_locks(core: Core, query: LockQuery) -> Locks:
    """List what is held or waited for, or what one object is; it is then read strongly consistent.

    There is no index of held objects: whoever holds or waits is a live dispatch, so the objects of those are read, in
    one batch for each hundred. A lock of the last instants may be missing. Raises InvalidQuery.
    """
    about = read_object_filter(query.object, core.home)
    return _list_all(core) if about is None else _list_one(core, about)


def _list_one(core: Core, about: ObjectId) -> Locks:
    record = read_records({about}, core.ports)[about]
    page = core.ports.store.query(object_key(about).pk, WAIT, MAX_WAITERS)
    waiting = [wait for row in page.items for one, wait in _read_waits(row, row["dispatch"]) if one == about]
    below: list[LockBelow] = []
    complete = page.after is None
    if about.kind in core.bundle.control.ancestors:
        live, whole = read_live(core.ports.store)
        below, complete = _read_below(live).get(about, []), complete and whole
    shown = [_show(record, waiting, below, core.home)] if record.holders or waiting or below else []
    return Locks(locks=shown, complete=complete)


def _list_all(core: Core) -> Locks:
    live, complete = read_live(core.ports.store)
    waiting: dict[ObjectId, list[_Waiting]] = {}
    for row in live:
        if row["state"] == DispatchState.QUEUED:
            for about, wait in _read_waits(row, row["id"]):
                waiting.setdefault(about, []).append(wait)
    held = {about for row in live if row["state"] in HOLDING_LOCKS for about, _ in read_locks(row)}
    below = _read_below(live)
    wanted = sorted(held | waiting.keys() | below.keys())
    records = read_records(set(wanted[:MAX_OBJECTS]), core.ports)
    return Locks(locks=_show_all(records, waiting, below, core.home), complete=complete and len(wanted) <= MAX_OBJECTS)


def _read_waits(row: Item, dispatch: str) -> Iterable[tuple[ObjectId, _Waiting]]:
    """Give the objects that a dispatch waits for: those that it wants, and ancestors that keep it from them."""
    locks = read_locks(row)
    for about, intent in locks:
        yield about, _Waiting(row["rank"], row["queued_at"], dispatch, row["workflow"], intent)
    wanted = {about for about, _ in locks}
    strongest = max((Intent(intent) for _, intent in locks), key=lambda one: one.rank, default=Intent.OBSERVE)
    for about in {read_ancestor(one.key) for one in read_stands(row) if one.key.sk == SHARD_SK} - wanted:
        yield about, _Waiting(row["rank"], row["queued_at"], dispatch, row["workflow"], strongest)


def _read_below(live: Iterable[Item]) -> dict[ObjectId, list[LockBelow]]:
    """Say what is worked on below each ancestor, from the rows of those that do."""
    found: dict[ObjectId, list[LockBelow]] = {}
    for row in live:
        counts: dict[tuple[ObjectId, str], int] = {}
        for taken in read_taken(row) if row["state"] in HOLDING_LOCKS else ():
            for name, count in taken.add.items() if taken.key.sk == SHARD_SK and not taken.held else ():
                at = (read_ancestor(taken.key), name.removeprefix(COUNT))
                counts[at] = counts.get(at, 0) + count
        for (about, intent), count in sorted(counts.items()):
            one = LockBelow(dispatch=row["id"], workflow=row["workflow"], intent=Intent(intent), count=count)
            found.setdefault(about, []).append(one)
    return found


def _show_all(
    records: Mapping[ObjectId, ObjectRecord],
    waiting: Mapping[ObjectId, Sequence[_Waiting]],
    below: Mapping[ObjectId, list[LockBelow]],
    home: Home,
) -> list[LockedObject]:
    return [
        _show(records[about], waiting.get(about, ()), below.get(about, []), home)
        for about in sorted(records)
        if records[about].holders or waiting.get(about) or below.get(about)
    ]


def _show(record: ObjectRecord, waiting: Sequence[_Waiting], below: list[LockBelow], home: Home) -> LockedObject:
    queue = sorted(waiting, key=lambda one: (one.rank, one.since, one.dispatch))
    return LockedObject(
        object=show_object(record.id, home),
        state=record.state,
        fence=record.fence,
        holders=[
            LockHolder(
                dispatch=holder.dispatch, workflow=holder.workflow, intent=holder.intent, fence=holder.fence,
                since=holder.since,
            )
            for holder in record.holders
        ],
        waiting=[
            Waiter(
                position=position, dispatch=one.dispatch, workflow=one.workflow, intent=Intent(one.intent),
                rank=one.rank, since=one.since,
            )
            for position, one in enumerate(queue, 1)
        ],
        below=below,
    )  # fmt: skip
