"""What a plan takes of the rows of the table, row by row, and what stands in the way.

A lock on an object, a count on each of its ancestors, and room in every budget of its groups are all claims: a reservation
takes each, a waiter stands in line at some, the end of a dispatch gives back what its row says was taken.
"""

from collections.abc import Mapping
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from chalicelib.catalog.model import Bundle, Intent, Verb
from chalicelib.control.claims.ancestors import claim_below, claim_whole, strengthen
from chalicelib.control.claims.budgets import claim_group, find_costs
from chalicelib.control.claims.conflicts import Party, find_verb
from chalicelib.control.claims.places import find_groups
from chalicelib.control.claims.rates import claim_starts, find_rated, judge_starts
from chalicelib.control.model import ANY, Blocker, Claim, Lock, ObjectRecord, Snapshot
from chalicelib.control.records import HOLDER, OBJECT_SK, ROW_VERSION, STARTS_KEPT, WAITING, object_key, render_time
from chalicelib.control.transaction import NOTHING, AtLeast, Below, Condition, Equals, Item, Key, Present
from chalicelib.identity import Home, ObjectId, parse_object_id


class Applicant(NamedTuple):
    """Who wants to take something."""

    dispatch: str
    workflow: str
    rule: str
    tier: str
    rank: int
    """Of its tier."""
    account: str = ""
    """Where its decision belongs."""


def make_claims(
    applicant: Applicant, locks: tuple[Lock, ...], snapshot: Snapshot, bundle: Bundle, now: datetime
) -> tuple[Claim, ...]:
    """Say all that a dispatch with these locks takes. Each claim is on a row of its own."""
    objects, control = snapshot.objects, bundle.control
    me = Party(Intent.OBSERVE, applicant.workflow, applicant.rule, applicant.tier)
    locks, below = strengthen(locks, objects, bundle)
    claims = [claim_lock(applicant, lock, objects[lock.object], bundle, now) for lock in locks]
    for lock in locks:
        since = render_time(now)
        claims += claim_whole(lock, applicant.dispatch, me, applicant.rank, snapshot.rows, since, control)
    for key, (ancestor, counts) in sorted(below.items()):
        claims.append(claim_below(key, ancestor, counts, me, applicant.rank, snapshot.rows.get(key), control))
    touched = [
        (lock, objects[lock.object], find_groups(lock.object, objects[lock.object].labels, bundle)) for lock in locks
    ]
    for group, spent in sorted(find_costs(touched, applicant.rule, control).items(), key=itemgetter(0)):
        claims.append(claim_group(group, spent, snapshot.rows.get(group.key), applicant.rank, control))
    for group, rates in find_rated(applicant.rule, applicant.account, control).items():
        item = snapshot.rows.get(group.key)
        claims.append(claim_starts(group, rates, item, applicant.dispatch, applicant.rank, now, control))
    return tuple(claims)


def claim_lock(applicant: Applicant, lock: Lock, record: ObjectRecord, bundle: Bundle, now: datetime) -> Claim:
    """Claim a lock on an object.

    It relies on the fence being as read: a reservation is the only thing that moves a fence, so whoever was found
    compatible then is still all there can be. A newcomer also relies on nobody waiting who comes first, which the fence
    does not tell. What else the plan takes depends on where the object belongs, so that must be as read, too.
    """
    place = (Equals("place", record.place),) if bundle.control.budgets or bundle.control.ancestors else ()
    late, spending = judge_starts(lock, record, now, bundle.control)
    return Claim(
        object_key(lock.object),
        object_key(lock.object).pk,
        lock.object.short,
        exclusive=True,
        set=take_lock(applicant, lock, record, now),
        held=True,
        seen=require_fence(lock),
        room=place,
        unpassed=tuple(Below(f"{WAITING}{rank}", 1) for rank in range(applicant.rank + 1)),
        waiters=record.waiters,
        queue_limit=bundle.control.queue_limit,
        blockers=(*find_blockers(applicant, lock, record, bundle), *late),
        spending=tuple(spending),
    )


def take_lock(applicant: Applicant, lock: Lock, record: ObjectRecord, now: datetime) -> dict[str, Any]:
    """Give the fields that make a dispatch the holder of an object."""
    at = render_time(now)
    return {
        "v": ROW_VERSION,
        "fence": lock.fence,
        f"{HOLDER}{applicant.dispatch}": {
            "intent": str(lock.intent),
            "workflow": applicant.workflow,
            "fence": lock.fence,
            "since": at,
            "rule": applicant.rule,
            "tier": applicant.tier,
        },
        "starts": [list(one) for one in (*record.starts, (applicant.workflow, at))[-STARTS_KEPT:]],
    }


def require_fence(lock: Lock) -> tuple[Condition, ...]:
    """Require that nothing was reserved on the object since it was read."""
    return (Equals("fence", lock.seen or None),)


def find_blockers(applicant: Applicant, lock: Lock, record: ObjectRecord, bundle: Bundle) -> tuple[Blocker, ...]:
    """Say who stands in the way of one lock: incompatible holders, and waiters of the same or a higher rank."""
    found = []
    about = lock.object.short
    for holder in record.holders:
        running = Party(holder.intent, holder.workflow, holder.rule, holder.tier)
        incoming = Party(lock.intent, applicant.workflow, applicant.rule, applicant.tier)
        verb = find_verb(bundle.control, running, incoming)
        if verb is not Verb.ALLOW:
            reason = f"{holder.workflow} holds {about} ({holder.intent}, since {holder.since})"
            still = Present(f"{HOLDER}{holder.dispatch}")
            found.append(
                Blocker(about, holder.dispatch, holder.workflow, holder.intent, holder.since, verb, reason, still)
            )
    ahead = {other: count for other, count in record.waiting.items() if other <= applicant.rank}
    if ahead:
        reason = f"{sum(ahead.values())} already waiting for {about}"
        still_waiting = AtLeast(f"{WAITING}{min(ahead)}", 1)
        found.append(Blocker(about, "", "", lock.intent, "", Verb.QUEUE, reason, still_waiting, ANY))
    return tuple(found)


class Taken(NamedTuple):
    """What a dispatch took of one row."""

    key: Key
    queue: str
    add: Mapping[str, int] = NOTHING
    held: bool = True


def write_taken(claims: tuple[Claim, ...]) -> list[list[Any]]:
    """Write what is taken besides the locks on objects, for the dispatch's own row: exactly that is given back.

    What a rate takes is not: only time gives it back.
    """
    others = (one for one in claims if one.key.sk != OBJECT_SK and (one.add or one.held))
    return [[*one.key, one.queue, dict(one.add), one.held] for one in others]


def read_taken(row: Item) -> tuple[Taken, ...]:
    """Read all that a dispatch took, its locks included."""
    locked = [Taken(object_key(one), object_key(one).pk) for one, _ in read_locks(row)]
    return (*locked, *(Taken(Key(pk, sk), queue, add, held) for pk, sk, queue, add, held in row.get("claims", ())))


def read_locks(row: Item) -> tuple[tuple[ObjectId, str], ...]:
    """Give (object, intent) of every lock that a dispatch row names."""
    nowhere = Home("", "")
    return tuple((parse_object_id(text, nowhere), intent) for text, intent in row["locks"])
