"""Where a dispatch that must wait stands in line, and how it moves. Pure.

Whoever waits stands in line at each object that it wants, so that no newcomer passes it there, and at whatever else
blocks it, so that it is looked at when that ends. It does not stand where there is room for it: a group's other members
have nothing to do with what it waits for. When its turn comes and something else blocks it by then, it moves.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from chalicelib.catalog.model import MAX_CLAIMS
from chalicelib.control.claims.claim import read_locks
from chalicelib.control.goals.pursuit import schedule
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import Claim
from chalicelib.control.records import ROW_VERSION, WAITING, dispatch_key, object_key, read_time, wait_key
from chalicelib.control.transaction import (
    MAX_OPERATIONS,
    Absent,
    Below,
    Condition,
    Delete,
    Equals,
    Item,
    Key,
    OneOf,
    Operation,
    Put,
    Transaction,
    Update,
    merge_updates,
)

SPARE = MAX_OPERATIONS - MAX_CLAIMS - 4
"""Operations that a reservation may need besides its claims: the dispatch, the freezes, what was seen of another object
with the groups that it changes, the rule's windows, its campaign."""


class Stand(NamedTuple):
    """One row at which a dispatch is counted as waiting, and the queue it is in there."""

    key: Key
    queue: str
    line: str = WAITING


class Place(NamedTuple):
    """Where somebody is about to stand, and what must hold for that."""

    stand: Stand
    conditions: tuple[Condition, ...]


def choose_places(claims: tuple[Claim, ...]) -> tuple[Place, ...]:
    """Say where to wait for claims of which at least one is blocked.

    One blocker that must still be there is enough: whatever ends it will look at the queue. If not all of it fits into
    the transaction that takes the claims in the end, some of what blocks is enough as well.
    """
    wanted = [one for one in claims if one.exclusive or _is_blocked(one)]
    room = MAX_OPERATIONS - SPARE - len(claims)
    if len(wanted) > room or 2 * len(wanted) > MAX_OPERATIONS - SPARE:
        room = min(room, (MAX_OPERATIONS - SPARE) // 2)
        wanted = [one for one in claims if _is_blocked(one)][:room]
    return tuple(
        Place(
            Stand(one.key, one.queue, one.line), (*one.seen, *require_blocked(one), Below("waiting", one.queue_limit))
        )
        for one in wanted
    )


def line_up(row: Item, places: Iterable[Place]) -> tuple[Operation, ...]:
    """Count a dispatch as waiting at each place, and put a row for it into each queue."""
    operations: list[Operation] = []
    for place in places:
        counted = {f"{place.stand.line}{row['rank']}": 1, "waiting": 1}
        operations.append(Update(place.stand.key, set={"v": ROW_VERSION}, add=counted, conditions=place.conditions))
    queues = dict.fromkeys(place.stand.queue for place in places)
    operations += [Put(_find_key(queue, row), _write_waiter(row), (Absent(),)) for queue in queues]
    return tuple(operations)


def step_out(row: Item, stands: Iterable[Stand]) -> tuple[Operation, ...]:
    """Take a dispatch out of the queues it stands in."""
    stands = tuple(stands)
    operations: list[Operation] = [
        Update(stand.key, add={f"{stand.line}{row['rank']}": -1, "waiting": -1}) for stand in stands
    ]
    operations += [Delete(_find_key(queue, row)) for queue in dict.fromkeys(stand.queue for stand in stands)]
    return tuple(operations)


def find_wake(claims: tuple[Claim, ...]) -> str:
    """Say when time alone ends the last of what time ends; empty if none of what blocks is such."""
    return max((blocker.until for one in claims for blocker in one.blockers), default="")


def move_over(row: Item, claims: tuple[Claim, ...]) -> Transaction | None:
    """Stand in line where a waiter is blocked now, and be looked at when time ends that.

    None if it already stands somewhere that blocks it.
    """
    stands = read_stands(row)
    here = {stand.key for stand in stands}
    blocking = [one for one in claims if _is_blocked(one)]
    wake = find_wake(claims)
    woken = {"lane_at": schedule(row, min(read_time(wake), read_time(row["expires_at"])))} if wake else {}
    if not blocking or any(one.key in here for one in blocking):
        if woken.get("lane_at", row["lane_at"]) == row["lane_at"]:
            return None
        return Transaction((Update(dispatch_key(row["id"]), set=woken, conditions=require_standing(row)),))
    chosen = choose_places(claims)
    wanted = {place.stand for place in chosen}
    left = tuple(stand for stand in stands if stand not in wanted)
    entered = tuple(place for place in chosen if place.stand not in stands)
    kept_queues = {place.stand.queue for place in chosen} & {stand.queue for stand in stands}
    moved = Update(
        dispatch_key(row["id"]),
        set={"stands": write_stands(chosen), "moves": row.get("moves", 0) + 1, **woken},
        conditions=require_standing(row),
    )
    operations = (
        moved,
        *(one for one in step_out(row, left) if not _is_in(one, kept_queues)),
        *(one for one in line_up(row, entered) if not _is_in(one, kept_queues)),
    )
    return Transaction(merge_updates(operations))


def require_standing(row: Item) -> tuple[Condition, ...]:
    """Require that the dispatch still waits, and where its row says."""
    return (OneOf("state", (str(DispatchState.QUEUED),)), Equals("moves", row.get("moves")))


def write_stands(places: Iterable[Place]) -> list[list[str]]:
    """Write where a dispatch stands, for its own row."""
    return [[*place.stand.key, place.stand.queue, place.stand.line] for place in places]


def read_stands(row: Item) -> tuple[Stand, ...]:
    """Read where a dispatch stands."""
    if "stands" not in row:
        return tuple(Stand(object_key(one), object_key(one).pk) for one, _ in read_locks(row))
    return tuple(Stand(Key(pk, sk), queue, line) for pk, sk, queue, line in row["stands"])


def require_blocked(claim: Claim) -> tuple[Condition, ...]:
    """Require that what blocks a claim still does, if anything does: one of several is enough."""
    return next(((one.still,) for one in claim.blockers if one.still is not None), ())


def _is_blocked(claim: Claim) -> bool:
    return any(one.still is not None for one in claim.blockers)


def _is_in(operation: Operation, queues: set[str]) -> bool:
    return isinstance(operation, Put | Delete) and operation.key.pk in queues


def _find_key(queue: str, row: Item) -> Key:
    return wait_key(queue, row["rank"], row["queued_at"], row["id"])


def _write_waiter(row: Item) -> dict[str, Any]:
    return {
        "v": ROW_VERSION,
        "dispatch": row["id"],
        "rank": row["rank"],
        "queued_at": row["queued_at"],
        "event_id": row["event_id"],
        "workflow": row["workflow"],
        "rule": row["rule"],
        "tier": row["tier"],
        "account": row.get("account", ""),
        "locks": row["locks"],
        "stands": row["stands"],
    }
