"""Rows of the one table: their keys, and the way between rows and values.

    object#<full id> / object                           state, lock, fence, start history
    object#<full id> / wait#<rank>#<queued at>#<id>     a dispatch that waits for the object
    shard#<n>#<full id of an ancestor> / shard          what is worked on below it, by intent, and who holds it whole
    group#<scope>#<shard> / <kind of object>/<name>     a group: its size, and what budgets of it are used
    queue#<scope>/<kind>/<name> / wait#…                a dispatch that waits for room in the group
    event#<event half> / dispatch#<decision half>       a dispatch, or a decision that started nothing
    event#<event half> / event                          an event that no rule matched
    event#<event half> / dead#<hash>                    a dead letter
    journal#<dispatch> / <sequence>#<kind>              a transition of it, written once (see `journal`)

All outcomes of one event share a partition, and a dispatch id names its row, so neither needs an index. The one index,
`lanes`, is sparse and sharded: `live#<shard>` by when reconcile must look, `ended#<day>#<shard>` by when it ended.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.catalog.model import Intent
from chalicelib.control.model import Holder, ObjectRecord
from chalicelib.control.transaction import Item, Key
from chalicelib.identity import ObjectId, digest, event_digest

ROW_VERSION = 1
SHARDS = 8
LIVE_SHARDS = 20
"""Of the lane of what is live, which takes four of five writes of the index: with 20 of them none takes over 5 % of it."""
STARTS_KEPT = 50
_DISPATCH_ID = re.compile(r"[0-9a-f]{20}-[0-9a-f]{20}")
RETENTION = timedelta(days=100)
"""After its end. Execution names are free again after 90 days, and a row must outlive its name."""

OBJECT_SK = "object"
HOLDER = "holder#"
WAITING = "waiting#"
WHOLE = "whole#"
"""In a shard: those who wait for the ancestor as a whole; `WAITING` are then those who wait for what is below it."""
WAIT = "wait#"
MEMBER = "member#"
JOINED = "joined#"
MEMBERS_A_ROW = 100
"""Targets of a campaign in one row."""
GOAL = "goal#"
GOALS_VERSION = "goals"


def object_key(object_id: ObjectId) -> Key:
    """Where an object lives."""
    return Key(f"object#{object_id}", OBJECT_SK)


def member_key(object_id: ObjectId) -> Key:
    """Where it is noted that an object is known: all of one kind are listed by walking its shards."""
    return Key(find_registry(object_id.kind, find_shard(str(object_id))), f"{MEMBER}{object_id}")


def find_registry(kind: str, shard: int) -> str:
    """The partition that lists the known objects of a kind whose ids fall into a shard."""
    return f"registry#{kind}#{shard}"


def dispatch_key(dispatch: str) -> Key:
    """Where a dispatch lives; the id must look like one (see `is_dispatch_id`)."""
    event_half, _, decision_half = dispatch.partition("-")
    return Key(f"event#{event_half}", f"dispatch#{decision_half}")


def members_key(campaign: str, page: int) -> Key:
    """Where a hundred of a campaign's targets are kept, in the order of its batches."""
    event_half, _, decision_half = campaign.partition("-")
    return Key(f"event#{event_half}", f"members#{decision_half}#{page:03d}")


def is_dispatch_id(text: str) -> bool:
    """Whether a name could be a dispatch id: two halves of 20 hex digits."""
    return _DISPATCH_ID.fullmatch(text) is not None


def event_key(event_id: str) -> Key:
    """Where an event without a dispatch is recorded."""
    return Key(f"event#{event_digest(event_id)}", "event")


def dead_key(event_id: str, text: str) -> Key:
    """Where a dead letter is kept: beside whatever else carries its id, once for each different text."""
    return Key(f"event#{event_digest(event_id)}", f"dead#{digest([text])}")


def wait_key(queue: str, rank: int, queued_at: str, dispatch: str) -> Key:
    """Where a waiter stands in a queue: by tier, then age. An object's queue is in the object's own partition."""
    return Key(queue, f"{WAIT}{rank:02d}#{queued_at}#{dispatch}")


class Group(NamedTuple):
    """The objects of one kind in one service, zone or tier, or with one `group` label."""

    scope: str
    name: str
    objects: str

    @property
    def key(self) -> Key:
        """Where it is counted. The groups of one scope are in a fixed number of partitions, so that they can be listed."""
        return Key(list_group_partitions(self.scope)[find_shard(self.name)], f"{self.objects}/{self.name}")

    @property
    def queue(self) -> str:
        """Where those stand who wait for room in it."""
        return f"queue#{self.scope}/{self.objects}/{self.name}"


def list_group_partitions(scope: str) -> tuple[str, ...]:
    """Where the groups of a scope are."""
    return tuple(f"group#{scope}#{shard}" for shard in range(SHARDS))


def read_group(item: Item) -> Group:
    """Say which group a row is of."""
    kind, _, name = item["sk"].partition("/")
    return Group(item["pk"].split("#")[1], name, kind)


def find_shard(dispatch: str, shards: int = SHARDS) -> int:
    """Spread rows over the shards of a lane."""
    return int(digest([dispatch], 8), 16) % shards


def live_lane(dispatch: str) -> str:
    """The lane of a dispatch that reconcile must look at some day."""
    return f"live#{find_shard(dispatch, LIVE_SHARDS)}"


def list_live_lanes() -> tuple[str, ...]:
    """Every lane in which live dispatches are."""
    return tuple(f"live#{shard}" for shard in range(LIVE_SHARDS))


def ended_lane(dispatch: str, at: datetime) -> str:
    """The lane of a dispatch that is over and owes nothing."""
    return f"ended#{at.date().isoformat()}#{find_shard(dispatch)}"


def dead_lane(event_id: str, at: datetime) -> str:
    """The lane of a dead letter."""
    return f"dead#{at.date().isoformat()}#{find_shard(event_id)}"


def expire_at(at: datetime) -> int:
    """The TTL of a row that is over, in epoch seconds. It cleans up and decides nothing."""
    return int((at + RETENTION).timestamp())


def render_time(at: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, so that texts sort as times do."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def read_time(text: str) -> datetime:
    """Read what `render_time` wrote."""
    return datetime.fromisoformat(text)


def read_object(object_id: ObjectId, item: Item | None) -> ObjectRecord:
    """Read an object's row; an absent one is an object that was never locked nor seen."""
    if item is None:
        return ObjectRecord(id=object_id)
    return ObjectRecord(
        id=object_id,
        fence=item.get("fence", 0),
        holders=tuple(read_holder(name, item[name]) for name in sorted(item) if name.startswith(HOLDER)),
        waiting=read_waiting(item, WAITING),
        starts=tuple((workflow, at) for workflow, at in item.get("starts", ())),
        state=item.get("state"),
        state_at=item.get("state_at"),
        labels=item.get("labels", {}),
        goals={name.removeprefix(GOAL): item[name] for name in sorted(item) if name.startswith(GOAL)},
        goals_version=item.get(GOALS_VERSION, 0),
        epoch=item.get("epoch", 0),
        registered=bool(item.get("registered")),
        place=item.get("place"),
    )


def read_waiting(item: Item, line: str) -> dict[int, int]:
    """Give how many wait in one line at a row, by tier rank."""
    return {int(name.removeprefix(line)): item[name] for name in item if name.startswith(line) and item[name] > 0}


def read_holder(name: str, value: Mapping[str, Any]) -> Holder:
    """Read a holder from its field."""
    return Holder(
        dispatch=name.removeprefix(HOLDER),
        intent=Intent(value["intent"]),
        workflow=value["workflow"],
        fence=value["fence"],
        since=value["since"],
        rule=value.get("rule", ""),
        tier=value.get("tier", ""),
    )
