"""The transactions that end a dispatch, hold its locks a while longer, or note that it runs. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.control.claims.claim import read_taken
from chalicelib.control.freezes import explain_freeze, require_version
from chalicelib.control.goals.pursuit import schedule
from chalicelib.control.lifecycle import OVER_BUT_HOLDING, DispatchState, Happening, advance, sources
from chalicelib.control.model import Execution, ExecutionStatus, Freeze, Freezes
from chalicelib.control.queue.lines import read_stands, require_standing, step_out
from chalicelib.control.records import (
    GOALS_VERSION,
    HOLDER,
    dispatch_key,
    ended_lane,
    expire_at,
    live_lane,
    object_key,
    read_time,
    render_time,
)
from chalicelib.control.transaction import (
    NOTHING,
    Absent,
    Below,
    Check,
    Condition,
    Equals,
    Item,
    Key,
    OneOf,
    Operation,
    Present,
    Transaction,
    Update,
    merge_updates,
)
from chalicelib.identity import ObjectId

HOLD_MARGIN_S = 60
"""Reconcile sends a hold's message again if it is this long overdue: the first one was lost."""

_HAPPENINGS = {
    ExecutionStatus.SUCCEEDED: Happening.SUCCEEDED,
    ExecutionStatus.FAILED: Happening.FAILED,
    ExecutionStatus.TIMED_OUT: Happening.TIMED_OUT,
    ExecutionStatus.ABORTED: Happening.ABORTED,
}
DEBTS = ("promotion_owed", "page_owed", "goal_owed")
"""What a dispatch that is over may owe: whoever waits a look, a person a page, its goal the next step."""
RETIRED_ERROR = "Retired"
GUARD_ERROR = "States.QueryEvaluationError"


class Settlement(NamedTuple):
    """What the end of an execution means for its dispatch."""

    state: DispatchState
    outcome: DispatchState
    """The same as `state` unless the locks are held on."""
    error: str
    cause: str


def judge_end(row: Item, execution: Execution) -> Settlement | None:
    """Say what a terminal status means for a dispatch; None if it changes nothing (late, doubled, already settled).

    The locks are held on after a bad end unless the error is one of those that the workflow's atoms declared to leave
    nothing behind, or the guard of the first state stopped the execution before any atom ran.
    """
    state = DispatchState(row["state"])
    if execution.status is ExecutionStatus.RUNNING:
        return None
    happening = _HAPPENINGS[execution.status]
    if _is_retired(row, execution):
        happening = Happening.GUARD_FAILED
    outcome = advance(state, happening)
    if outcome is None or state in OVER_BUT_HOLDING:
        return None
    settled = Settlement(outcome, outcome, execution.error, execution.cause)
    clean = outcome in {DispatchState.SUCCEEDED, DispatchState.RETIRED} or execution.error in row["final_errors"]
    if clean or row["hold_s"] == 0:
        return settled
    held = advance(state, Happening.EFFECT_UNKNOWN)
    return Settlement(held, outcome, execution.error, execution.cause) if held else settled


def _is_retired(row: Item, execution: Execution) -> bool:
    if execution.status is not ExecutionStatus.FAILED:
        return False
    return (
        execution.retired
        or execution.error == RETIRED_ERROR
        or (row["state"] == DispatchState.RETIRING and execution.error == GUARD_ERROR)
    )


class Rest(NamedTuple):
    """What is left of a dispatch's goal at its end, as long as its object's goals are as they were read."""

    object: ObjectId
    seen: int
    """The version of the object's goals as read."""
    look_again: datetime | None = None
    """When somebody has to look at the goal; None: it is no longer the dispatch's concern."""


def settle(row: Item, settlement: Settlement, now: datetime, *, owes: bool) -> Transaction:
    """End the dispatch and take its holders away, in one transaction that relies on it not being over yet.

    With `owes` it is marked as owing a promotion, and stays in its live lane until that is done. Without, the
    transaction relies on nobody waiting for any of its objects, and the dispatch is over at once.
    """
    if settlement.state is DispatchState.HOLDING:
        return _hold(row, settlement, now)
    fields = {**describe_end(settlement, now), **close_lane(row, now, owes=owes)}
    return Transaction(
        (
            Update(dispatch_key(row["id"]), set=fields, conditions=(_is_live(settlement.outcome),)),
            *_release(row, owes=owes),
        )
    )


def settle_with_goal(row: Item, settlement: Settlement, rest: Rest, now: datetime) -> Transaction:
    """End the dispatch and look at its goal in one, relying on nobody waiting and on the goal being as it was read."""
    over = rest.look_again is None
    lane = close_lane({**row, "goal_owed": not over}, now)
    if rest.look_again is not None:
        lane = {**lane, "lane_at": render_time(rest.look_again)}
    ended = Update(
        dispatch_key(row["id"]),
        set={**describe_end(settlement, now), **lane},
        remove=("goal_owed",) if over else (),
        conditions=(_is_live(settlement.outcome),),
    )
    unchanged = Check(object_key(rest.object), (Equals(GOALS_VERSION, rest.seen or None),))
    return Transaction(merge_updates((ended, *_release(row, owes=False), unchanged)))


def release_hold(row: Item, now: datetime, *, owes: bool, noted: Mapping[str, Any] = NOTHING) -> Transaction:
    """Let go of the locks of a dispatch that is held or undoing, once nothing of it can be running any more."""
    fields = {
        **noted,
        "state": row["outcome"],
        "updated_at": render_time(now),
        **close_lane(row, now, owes=owes),
    }
    still = OneOf("state", (row["state"],))
    return Transaction((Update(dispatch_key(row["id"]), set=fields, conditions=(still,)), *_release(row, owes=owes)))


def mark_running(row: Item, now: datetime, look_again_s: int) -> Transaction:
    """Note that the dispatch's own execution was seen running, and when reconcile should ask about it."""
    fields: dict[str, Any] = {
        "state": str(DispatchState.RUNNING),
        "started_at": render_time(now),
        "updated_at": render_time(now),
        "lane_at": schedule(row, now + timedelta(seconds=look_again_s)),
    }
    allowed = OneOf("state", _live_states(Happening.SEEN_RUNNING))
    update = Update(dispatch_key(row["id"]), set=fields, remove=("stuck",), conditions=(allowed,))
    return Transaction((update,))


def mark_retiring(row: Item, reason: str, now: datetime, taken_back: str = "") -> Transaction:
    """Decide that a reservation must not start. It keeps its locks until its own name is known to be used up.

    `taken_back` names the person who wants it so, if one does.
    """
    moved = {"state": str(DispatchState.RETIRING), "reason": reason, "updated_at": render_time(now)}
    fields = {**moved, **name_person(taken_back)}
    allowed = OneOf("state", _live_states(Happening.RETIREMENT))
    return Transaction((Update(dispatch_key(row["id"]), set=fields, conditions=(allowed,)),))


def mark_breaking(row: Item, who: str, reason: str, now: datetime) -> Transaction:
    """Keep who stops a running dispatch and why. It changes no state: only its execution's end does."""
    update = Update(
        dispatch_key(row["id"]),
        set={"broken": reason, "broken_by": who, "updated_at": render_time(now)},
        conditions=(OneOf("state", (row["state"],)),),
    )
    return Transaction((update,))


def note_replacing(row: Item, now: datetime) -> Transaction:
    """Note that what a waiter replaces was stopped: from now on it waits as any other, until it expires."""
    update = Update(
        dispatch_key(row["id"]),
        set={
            "replaced": row["replaces"],
            "lane_at": schedule(row, read_time(row["expires_at"])),
            "updated_at": render_time(now),
        },
        remove=("replaces",),
        conditions=(OneOf("state", (str(DispatchState.QUEUED),)), Present("replaces")),
    )
    return Transaction((update,))


def leave_queue(row: Item, happening: Happening, reason: str, now: datetime, taken_back: str = "") -> Transaction:
    """Take a waiter out of every queue it stands in. Whoever waits behind it is owed a look.

    Here and below, `taken_back` names the person who wants it so, if one does.
    """
    state = advance(DispatchState.QUEUED, happening)
    if state is None:
        raise ValueError(happening)
    fields = {
        "state": str(state),
        "reason": reason,
        "ended_at": render_time(now),
        "updated_at": render_time(now),
        **close_lane(row, now, owes=True),
        **name_person(taken_back),
    }
    left = Update(dispatch_key(row["id"]), set=fields, conditions=require_standing(row))
    return Transaction((left, *step_out(row, read_stands(row))))


def park_waiter(row: Item, freeze: Freeze, freezes: Freezes, now: datetime) -> Transaction:
    """Have a waiter whose turn has come wait for the end of a freeze instead, if that is still as it was read.

    It leaves every queue, so that it keeps nobody back whom the freeze lets pass; whoever waits behind it is owed a look.
    """
    fields = {
        "state": str(DispatchState.FROZEN),
        "reason": explain_freeze(freeze),
        "frozen_by": freeze.id,
        "held_until": freeze.until,
        "promotion_owed": True,
        "lane_at": render_time(now),
        "updated_at": render_time(now),
    }
    parked = Update(dispatch_key(row["id"]), set=fields, remove=("expires_at",), conditions=require_standing(row))
    return Transaction((parked, *step_out(row, read_stands(row)), require_version(freezes)))


def end_settling(
    row: Item, window: Key | None, happening: Happening, reason: str, now: datetime, taken_back: str = ""
) -> Transaction:
    """End the wait of a settling event; `window` is where it waits, if nobody has taken its place there."""
    state = advance(DispatchState.SETTLING, happening)
    if state is None:
        raise ValueError(happening)
    fields = {
        "state": str(state),
        "reason": reason,
        "ended_at": render_time(now),
        "updated_at": render_time(now),
        **close_lane(row, now, owes=False),
        **name_person(taken_back),
    }
    settling = Equals("state", str(DispatchState.SETTLING))
    operations: list[Operation] = [Update(dispatch_key(row["id"]), set=fields, conditions=(settling,))]
    if window is not None:
        own = Equals("dispatch", row["id"])
        operations.append(Update(window, set={"open": False}, add={"version": 1}, conditions=(own,)))
    return Transaction(tuple(operations))


def pay(row: Item, debt: str, now: datetime) -> Transaction:
    """Note that one thing is done that a dispatch owed. With the last of them it leaves the lane of the live ones.

    Relies on the others being owed, or not, as they were read.
    """
    owed = tuple(one for one in DEBTS if one != debt and row.get(one))
    conditions: tuple[Condition, ...] = (Present(debt), *(Present(one) for one in owed))
    conditions += tuple(Absent(one) for one in DEBTS if one != debt and one not in owed)
    fields: dict[str, Any] = {}
    if row.get("state") == DispatchState.FROZEN:
        # It goes on to wait for the end of its freeze, which may have come since it was read.
        fields = {"lane_at": schedule(row, read_time(row["held_until"]))}
        conditions += (Equals("held_until", row["held_until"]),)
    elif not owed:
        ended_at = row.get("ended_at", render_time(now))
        fields = {"lane": ended_lane(row["id"], now), "lane_at": ended_at, "ttl": expire_at(now)}
    return Transaction((Update(dispatch_key(row["id"]), set=fields, remove=(debt,), conditions=conditions),))


def pass_goal(row: Item) -> Transaction:
    """Note on a live dispatch that its goal is pursued without it, so that the deadline wakes nobody for it."""
    update = Update(dispatch_key(row["id"]), set={"goal_passed": True}, conditions=(Present("goal_owed"),))
    return Transaction((update,))


def note_stuck(row: Item, now: datetime, seconds: int, why: str) -> Transaction:
    """Note why a live dispatch does not go on, and have reconcile look at it later."""
    return postpone(row, now, seconds, stuck=why, updated_at=render_time(now))


def postpone(row: Item, now: datetime, seconds: int, **fields: Any) -> Transaction:
    """Have reconcile look at a live dispatch later."""
    update = Update(
        dispatch_key(row["id"]),
        set={"lane_at": schedule(row, now + timedelta(seconds=seconds)), **fields},
        conditions=(OneOf("state", (row["state"],)),),
    )
    return Transaction((update,))


def describe_end(settlement: Settlement, now: datetime) -> dict[str, Any]:
    """Give what a dispatch's row says of the end of its execution."""
    fields = {
        "state": str(settlement.state),
        "outcome": str(settlement.outcome),
        "ended_at": render_time(now),
        "updated_at": render_time(now),
    }
    if settlement.error:
        fields["error"] = settlement.error
    if settlement.cause:
        fields["cause"] = settlement.cause
    return fields


def name_person(taken_back: str) -> Mapping[str, str]:
    """Give what a row says of the person who took its dispatch back."""
    return {"taken_back": taken_back} if taken_back else {}


def close_lane(row: Item, now: datetime, *, owes: bool = False) -> Mapping[str, Any]:
    """Give the lane of a dispatch that is over: still that of the live ones if it owes a promotion or its goal."""
    if owes or row.get("goal_owed"):
        debt = {"promotion_owed": True} if owes else {}
        return {**debt, "lane": live_lane(row["id"]), "lane_at": render_time(now)}
    return {"lane": ended_lane(row["id"], now), "lane_at": render_time(now), "ttl": expire_at(now)}


def _hold(row: Item, settlement: Settlement, now: datetime) -> Transaction:
    due = now + timedelta(seconds=row["hold_s"] + HOLD_MARGIN_S)
    fields = {**describe_end(settlement, now), "lane_at": schedule(row, due)}
    allowed = _is_live(Happening.EFFECT_UNKNOWN)
    return Transaction((Update(dispatch_key(row["id"]), set=fields, conditions=(allowed,)),))


def _release(row: Item, *, owes: bool) -> tuple[Operation, ...]:
    """Give back exactly what the row says was taken."""
    unwaited = () if owes else (Below("waiting", 1),)
    return tuple(
        Update(
            taken.key,
            add={name: -amount for name, amount in taken.add.items()},
            remove=(f"{HOLDER}{row['id']}",) if taken.held else (),
            conditions=unwaited,
        )
        for taken in read_taken(row)
    )


def _is_live(cause: DispatchState | Happening) -> OneOf:
    happening = cause if isinstance(cause, Happening) else _OUTCOMES[cause]
    return OneOf("state", tuple(state for state in _live_states(happening) if state not in OVER_BUT_HOLDING))


def _live_states(happening: Happening) -> tuple[str, ...]:
    return tuple(str(state) for state in sources(happening))


_OUTCOMES = {
    DispatchState.SUCCEEDED: Happening.SUCCEEDED,
    DispatchState.FAILED: Happening.FAILED,
    DispatchState.TIMED_OUT: Happening.TIMED_OUT,
    DispatchState.ABORTED: Happening.ABORTED,
    DispatchState.RETIRED: Happening.GUARD_FAILED,
}
