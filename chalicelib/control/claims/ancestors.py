"""Locks on what objects belong to: a service, a zone, a group. It is an object with a lock, and counts what is below it.

The counts are by intent, in a fixed number of rows, the shards; an object's own shard follows from its id. Work on an
object adds to one shard and relies on no lock of the ancestor there; a lock on the ancestor names its holder in all of
them and relies on no count. So two objects of one service never meet, and an ancestor meets all that is below it. The
number of shards never changes: a count stays where it was taken.
"""

from collections.abc import Mapping

from chalicelib.catalog.model import Bundle, Control, Intent, Verb
from chalicelib.control.claims.conflicts import Party, choose_strictest, find_verb
from chalicelib.control.claims.places import find_groups
from chalicelib.control.model import ANY, DONE, Blocker, Claim, Lock, ObjectRecord
from chalicelib.control.records import HOLDER, ROW_VERSION, WAITING, WHOLE, object_key, read_holder, read_waiting
from chalicelib.control.transaction import AtLeast, Below, Condition, Equals, Item, Key, Present
from chalicelib.identity import Home, ObjectId, digest, parse_object_id

SHARD_SK = "shard"
COUNT, LOCKED, EPOCH = "count#", "locked", "epoch"


def shard_key(ancestor: ObjectId, shard: int) -> Key:
    """Where one shard of an ancestor's counts is: in a partition of its own."""
    return Key(f"shard#{shard}#{ancestor}", SHARD_SK)


def read_ancestor(key: Key) -> ObjectId:
    """Say of which ancestor a shard is."""
    return parse_object_id(key.pk.split("#", 2)[2], Home("", ""))


def find_ancestors(object_id: ObjectId, labels: Mapping[str, str], bundle: Bundle) -> dict[ObjectId, Intent]:
    """Give the ancestors of an object that the policy has locks cover, each with the weakest intent that counts.

    They are in the object's account and region. A name with a slash is no object's.
    """
    covered = bundle.control.ancestors
    if object_id.kind in covered:
        return {}
    groups = find_groups(object_id, labels, bundle)
    return {
        ObjectId(object_id.account, object_id.region, kind, groups[kind].name): intent
        for kind, intent in covered.items()
        if kind in groups and "/" not in groups[kind].name
    }


def strengthen(
    locks: tuple[Lock, ...], objects: Mapping[ObjectId, ObjectRecord], bundle: Bundle
) -> tuple[tuple[Lock, ...], dict[Key, tuple[ObjectId, dict[Intent, int]]]]:
    """Give the locks, and what is to be counted in which shard for those on objects below an ancestor.

    What lies below an ancestor that the plan locks itself is not counted: that lock is then as strong as the strongest
    of them.
    """
    own = {lock.object: lock for lock in locks}
    counts: dict[Key, tuple[ObjectId, dict[Intent, int]]] = {}
    for lock in locks:
        for ancestor, weakest in find_ancestors(lock.object, objects[lock.object].labels, bundle).items():
            if ancestor in own:
                if lock.intent.rank > own[ancestor].intent.rank:
                    own[ancestor] = own[ancestor]._replace(intent=lock.intent)
            elif lock.intent.rank >= weakest.rank:
                shard = int(digest([str(lock.object)], 8), 16) % bundle.control.shards
                _, counted = counts.setdefault(shard_key(ancestor, shard), (ancestor, {}))
                counted[lock.intent] = counted.get(lock.intent, 0) + 1
    return tuple(own.values()), counts


def claim_below(
    key: Key,
    ancestor: ObjectId,
    counts: Mapping[Intent, int],
    me: Party,
    rank: int,
    item: Item | None,
    control: Control,
) -> Claim:
    """Claim to work on so many objects below an ancestor; `item` is the shard's row if it was read."""
    holders = [read_holder(name, item[name]) for name in sorted(item or {}) if item and name.startswith(HOLDER)]
    blockers = []
    for holder in holders:
        running = Party(holder.intent, holder.workflow, holder.rule, holder.tier)
        verb = choose_strictest([find_verb(control, running, me._replace(intent=one)) for one in counts])
        if verb is not Verb.ALLOW:
            reason = f"{holder.workflow} holds {ancestor.short} ({holder.intent}, since {holder.since})"
            still = Present(f"{HOLDER}{holder.dispatch}")
            blockers.append(
                Blocker(
                    ancestor.short, holder.dispatch, holder.workflow, holder.intent, holder.since, verb, reason, still
                )
            )
    ahead = {other: count for other, count in read_waiting(item or {}, WHOLE).items() if other <= rank}
    if ahead:
        reason = f"{sum(ahead.values())} already waiting for all of {ancestor.short}"
        still_waiting = AtLeast(f"{WHOLE}{min(ahead)}", 1)
        queue = object_key(ancestor).pk
        blockers.append(Blocker(ancestor.short, "", "", "", "", Verb.QUEUE, reason, still_waiting, queue))
    # Known holders are compatible, or this is not taken: then only a new one matters, and the epoch tells of it.
    unlocked: Condition = Equals(EPOCH, item[EPOCH]) if item and holders else Below(LOCKED, 1)
    unwanted = tuple(Below(f"{WHOLE}{other}", 1) for other in range(rank + 1))
    return Claim(
        key,
        object_key(ancestor).pk,
        ancestor.short,
        exclusive=False,
        add={f"{COUNT}{intent}": count for intent, count in sorted(counts.items())},
        room=(unlocked,) if item is not None else (unlocked, *unwanted),
        unpassed=unwanted,
        waiters=(item or {}).get("waiting", 0),
        queue_limit=control.group_queue_limit,
        blockers=tuple(blockers),
    )


def claim_whole(
    lock: Lock, dispatch: str, me: Party, rank: int, rows: Mapping[Key, Item], since: str, control: Control
) -> tuple[Claim, ...]:
    """Claim every shard of an ancestor, besides the lock on itself; none if the policy lets them never conflict."""
    weakest = control.ancestors.get(lock.object.kind)
    if weakest is None:
        return ()
    me = me._replace(intent=lock.intent)
    below = [intent for intent in Intent if intent.rank >= weakest.rank]
    verbs = {intent: find_verb(control, Party(intent), me) for intent in below}
    if all(verb is Verb.ALLOW and find_verb(control, me, Party(one)) is Verb.ALLOW for one, verb in verbs.items()):
        return ()
    keys = [shard_key(lock.object, shard) for shard in range(control.shards)]
    totals = {one: sum(rows.get(key, {}).get(f"{COUNT}{one}", 0) for key in keys) for one in below}
    barred = [intent for intent in below if verbs[intent] is not Verb.ALLOW]
    shown = {
        "intent": str(lock.intent),
        "workflow": me.workflow or "",
        "fence": lock.fence,
        "since": since,
        "rule": me.rule or "",
        "tier": me.tier or "",
    }
    claims = []
    for key in keys:
        item = rows.get(key, {})
        blockers = [
            _block(lock.object, intent, totals[intent], verbs[intent])
            for intent in barred
            if item.get(f"{COUNT}{intent}", 0) > 0
        ]
        ahead = {other: count for other, count in read_waiting(item, WAITING).items() if other <= rank}
        if ahead:
            reason = f"others already wait for objects of {lock.object.short}"
            still = AtLeast(f"{WAITING}{min(ahead)}", 1)
            blockers.append(Blocker(lock.object.short, "", "", "", "", Verb.QUEUE, reason, still, ANY))
        claims.append(
            Claim(
                key,
                object_key(lock.object).pk,
                lock.object.short,
                exclusive=True,
                set={"v": ROW_VERSION, f"{HOLDER}{dispatch}": shown},
                add={LOCKED: 1},
                grow={EPOCH: 1},
                held=True,
                room=tuple(Below(f"{COUNT}{intent}", 1) for intent in barred),
                unpassed=tuple(Below(f"{WAITING}{other}", 1) for other in range(rank + 1)),
                line=WHOLE,
                waiters=item.get("waiting", 0),
                queue_limit=control.group_queue_limit,
                blockers=tuple(blockers),
            )
        )
    return tuple(claims)


def _block(ancestor: ObjectId, intent: Intent, count: int, verb: Verb) -> Blocker:
    of = f"{count} object{'s' if count > 1 else ''} of {ancestor.short}"
    reason = f"{of} {'are' if count > 1 else 'is'} being {DONE[intent]}"
    return Blocker(ancestor.short, "", "", intent, "", verb, reason, AtLeast(f"{COUNT}{intent}", 1))
