"""The transactions that move a campaign on, and what is read of its row. Pure.

Every one relies on the campaign still being where it was read: of two that move it at once, one does.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.control.lifecycle import DispatchState, Happening, advance
from chalicelib.control.records import dispatch_key, ended_lane, expire_at, render_time
from chalicelib.control.settlement import name_person
from chalicelib.control.transaction import Equals, Item, Transaction, Update
from chalicelib.identity import Origin, dispatch_id


class Progress(NamedTuple):
    """Where a campaign stands."""

    id: str
    open: int
    """The number of the batch that is under way, from 1; 0 before the first."""
    admitted: int
    """How many targets were handed to control, over all batches."""
    failed: int
    done: int
    """Of the batches before the open one."""
    sizes: tuple[int, ...]

    @property
    def start(self) -> int:
        """The place of the open batch's first target."""
        return sum(self.sizes[: max(0, self.open - 1)])

    @property
    def end(self) -> int:
        """The place behind the open batch's last target."""
        return sum(self.sizes[: self.open])

    @property
    def total(self) -> int:
        """How many targets there are."""
        return sum(self.sizes)


def read_progress(row: Item) -> Progress:
    """Read a campaign's row."""
    return Progress(
        row["id"], row["batch_open"], row["batch_admitted"], row["batch_failed"], row["batch_done"],
        tuple(row["batches"]["sizes"]),
    )  # fmt: skip


def name_member(row: Item, batch: int, about: str) -> str:
    """Give the dispatch id of a target."""
    return dispatch_id(Origin(row["event_id"], row["rule"], about, batch))


def open_batch(seen: Progress, failed: int, done: int, now: datetime, look_again_s: int) -> Transaction:
    """Begin the next batch."""
    fields = {
        "batch_open": seen.open + 1,
        "batch_failed": failed,
        "batch_done": done,
        "reason": f"batch {seen.open + 1} of {len(seen.sizes)} is under way: {done} of {seen.total} done, {failed} failed",
        "batch_since": render_time(now),
    }
    return _move(seen, fields, now, look_again_s, remove=("stuck",))


def note_admitted(seen: Progress, admitted: int, now: datetime, look_again_s: int) -> Transaction:
    """Note how many targets were handed to control."""
    return _move(seen, {"batch_admitted": admitted}, now, look_again_s)


def wait_for_room(seen: Progress, reason: str, now: datetime, look_again_s: int) -> Transaction:
    """Note why the next batch may not begin yet."""
    return _move(seen, {"stuck": reason}, now, look_again_s)


def look_later(seen: Progress, now: datetime, look_again_s: int) -> Transaction:
    """Have reconcile look at it again, should no end of a member do so before."""
    return _move(seen, {}, now, look_again_s)


def close(
    seen: Progress, happening: Happening, reason: str, counts: tuple[int, int], now: datetime, taken_back: str = ""
) -> Transaction:
    """End the campaign: from now on none of its targets is admitted. What it owes then is paid by `pay`."""
    state = advance(DispatchState.ROLLING, happening)
    if state is None:
        raise ValueError(happening)
    fields = {
        "state": str(state),
        "reason": reason,
        "batch_failed": counts[0],
        "batch_done": counts[1],
        "batch_owed": True,
        "ended_at": render_time(now),
        **name_person(taken_back),
    }
    return _move(seen, fields, now, 0, remove=("stuck",))


def pay(row: Item, now: datetime) -> Transaction:
    """Note that its waiting targets are out of their queues, and that whoever must know was told."""
    update = Update(
        dispatch_key(row["id"]),
        set={"lane": ended_lane(row["id"], now), "lane_at": row["ended_at"], "ttl": expire_at(now)},
        remove=("batch_owed",),
    )
    return Transaction((update,))


def _move(
    seen: Progress, fields: Mapping[str, Any], now: datetime, look_again_s: int, remove: tuple[str, ...] = ()
) -> Transaction:
    where = {"updated_at": render_time(now), "lane_at": render_time(now + timedelta(seconds=look_again_s))}
    conditions = (
        Equals("state", str(DispatchState.ROLLING)),
        Equals("batch_open", seen.open),
        Equals("batch_admitted", seen.admitted),
    )
    return Transaction((Update(dispatch_key(seen.id), {**fields, **where}, remove=remove, conditions=conditions),))
