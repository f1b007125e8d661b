"""The promises about what a step changes, as questions about the states before and after it. Each gives what is wrong, or None."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from chalicelib.catalog.model import Budget
from chalicelib.control.approvals.approval import ApprovalState
from chalicelib.control.approvals.records import request_key
from chalicelib.control.claims.budgets import USED, find_limit
from chalicelib.control.claims.places import SIZE
from chalicelib.control.freezes import freezes_key
from chalicelib.control.goals.goal import Status
from chalicelib.control.lifecycle import HOLDING_LOCKS, LIVE, TRANSITIONS, DispatchState
from chalicelib.control.records import dispatch_key, object_key, read_time
from chalicelib.control.transaction import Item
from chalicelib.identity import Home, parse_object_id
from infra.verify.invariants import list_goals
from infra.verify.policy import UP
from infra.verify.values import thaw
from infra.verify.worker import Stage, Task
from infra.verify.world import Table, World

_ADMITTED = HOLDING_LOCKS | {DispatchState.QUEUED}


def find_wrong_change(before: World, after: World, stage: Stage) -> str | None:
    """Give the first promise that a step breaks."""
    return None if before.table is after.table else _judge(before.table, after.table, before.ticks, stage)


@cache
def _judge(before: Table, after: Table, ticks: int, stage: Stage) -> str | None:
    now = stage.tell_time(Task("tick", str(ticks), at=ticks))
    moved = tuple(_list_moved(before, after))
    return (
        check_lives(moved)
        or check_starts(before, after, moved, now)
        or check_settled(before, moved)
        or check_goals(before, after, now)
        or find_overspent(before, after, stage.bundles[0].control.budgets)
    )


Moved = tuple[Item, Item]
"""A dispatch's row before and after; before, it may be empty."""


def check_lives(moved: tuple[Moved, ...]) -> str | None:
    """A dispatch goes from state to state as its life cycle allows, and what is over stays over."""
    for old, new in moved:
        # What has settled is decided anew, and may come to anything.
        free = not old or old["state"] == DispatchState.SETTLING
        if not free and new["state"] not in TRANSITIONS.get(old["state"], {}).values():
            return f"what was {old['state']} is {new['state']}: {new['id'][:6]}"
    return None


def check_starts(before: Table, after: Table, moved: tuple[Moved, ...], now: datetime) -> str | None:
    """Nothing is reserved in a freeze that was committed before; what needs approval is as it was approved."""
    for old, new in moved:
        if new["state"] in HOLDING_LOCKS and old.get("state") not in HOLDING_LOCKS:
            frozen = (before.row(freezes_key(0)) or {}).get("freezes", ())
            if any(read_time(one["until"]) > now for one in frozen):
                return f"{new['id'][:6]} is reserved in a freeze"
        if new["state"] in _ADMITTED and old.get("state") not in _ADMITTED:
            request = after.row(request_key(new["id"], ""))
            if request is not None and request["state"] != ApprovalState.APPROVED:
                return f"{new['id'][:6]} is {new['state']}, and its approval is {request['state']}"
            if request is not None and request["hash"] != new["plan_hash"]:
                return f"{new['id'][:6]} is {new['state']} as {new['plan_hash']}, and was approved as {request['hash']}"
    return None


def check_settled(before: Table, moved: tuple[Moved, ...]) -> str | None:
    """What settled acts only if what it watched is as it was."""
    for old, new in moved:
        if old.get("state") == DispatchState.SETTLING and new["state"] in _ADMITTED:
            for about, state, epoch in old["settle"]["watched"]:
                row = before.row(object_key(parse_object_id(about, Home("", "")))) or {}
                if (row.get("state"), row.get("epoch", 0)) != (state, epoch):
                    return f"{new['id'][:6]} acts, though {about} was {state} and is {row.get('state')} by now"
    return None


def check_goals(before: Table, after: Table, now: datetime) -> str | None:
    """A ladder is only climbed, one rung after the other, not once its goal is met, and not beside a rung in time."""
    known = dict(list_goals(before))
    for name, goal in list_goals(after):
        was = known.get(name)
        if was is None or was == goal or was["event_id"] != goal["event_id"]:
            continue
        if was["status"] != Status.PURSUING and goal["status"] == Status.PURSUING:
            return f"the goal of {name} was {was['status']}, and is pursued again"
        if _find_rung(goal) < _find_rung(was):
            return f"the goal of {name} was on rung {was['rung']} and is on rung {goal['rung']}"
        if _find_rung(goal) > _find_rung(was) and (wrong := _check_climb(before, was, now)):
            return f"the goal of {name} goes on to rung {goal['rung']}, though {wrong}"
    return None


def _check_climb(before: Table, was: Mapping[str, Any], now: datetime) -> str | None:
    row = before.row(dispatch_key(was["dispatch"])) or {}
    about = before.row(object_key(parse_object_id(row["object"], Home("", "")))) or {}
    if about.get("state") == UP:
        return "it is met"
    if row["state"] in LIVE and now < read_time(was["deadline"]):
        return f"{row['id'][:6]} is {row['state']} and has time"
    return None


def _find_rung(goal: Mapping[str, Any]) -> tuple[int, int]:
    return goal["rung"], goal["attempt"]


def find_overspent(before: Table, after: Table, budgets: tuple[Budget, ...]) -> str | None:
    """Say if a step spent more of a budget than it allows at the size that the group then had."""
    for budget in budgets:
        for key, text in after.rows.items():
            old = before.row(key) or {}
            used = thaw(text).get(f"{USED}{budget.name}", 0)
            limit = find_limit(budget, old.get(SIZE, 0))
            if used > old.get(f"{USED}{budget.name}", 0) and used > limit:
                return f"{used} of {limit} at {old.get(SIZE, 0)} hosts, budget {budget.name}"
    return None


def _list_moved(before: Table, after: Table) -> Iterator[Moved]:
    """Give the dispatches whose state a step changed."""
    for key, text in after.rows.items():
        if key.sk.startswith("dispatch#") and before.rows.get(key) != text:
            old, new = before.row(key) or {}, thaw(text)
            if old.get("state") != new["state"]:
                yield old, new
