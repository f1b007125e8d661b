"""The transaction that gives a waiter what it waits for. Pure."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.catalog.model import Intent
from chalicelib.control.claims.claim import Applicant, read_locks, write_taken
from chalicelib.control.freezes import require_version
from chalicelib.control.goals.pursuit import schedule
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ANY, Claim, Freezes, Lock, ObjectRecord
from chalicelib.control.plan import grant_fences
from chalicelib.control.queue.lines import read_stands, require_standing, step_out
from chalicelib.control.records import dispatch_key, object_key, render_time
from chalicelib.control.reservation import take
from chalicelib.control.transaction import Item, Transaction, Update, merge_updates
from chalicelib.identity import ObjectId


def find_blocking(claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
    """Give the claims that cannot be had although it is the waiter's turn."""
    return tuple(one for one in claims if one.blockers)


def take_turn(claims: tuple[Claim, ...], passed: Collection[str]) -> tuple[Claim, ...]:
    """Give the claims of a waiter whose turn has come: others that wait as well do not keep it back.

    But those who want an ancestor as a whole do if they stand before it, in a queue of `passed`: what goes on below
    would else keep them waiting for ever.
    """
    return tuple(
        one._replace(blockers=tuple(each for each in one.blockers if not each.ahead or each.ahead in passed))
        for one in claims
    )


def find_suspects(claims: tuple[Claim, ...]) -> frozenset[str]:
    """Give the queues in which somebody may stand before a waiter who wants an ancestor as a whole."""
    return frozenset(each.ahead for one in claims for each in one.blockers if each.ahead) - {ANY}


def stands_before(other: Item, waiter: Item, queue: str) -> bool:
    """Whether one waiter comes before another and wants the object whose queue it is."""
    order = [(one["rank"], one["queued_at"], one["dispatch"]) for one in (other, waiter)]
    return order[0] < order[1] and any(object_key(wanted).pk == queue for wanted, _ in read_locks(other))


def read_wanted(row: Item, records: Mapping[ObjectId, ObjectRecord]) -> tuple[Lock, ...]:
    """Give the locks a waiter wants, with the fences as read."""
    return tuple(
        Lock(object_id, Intent(intent), records[object_id].fence if object_id in records else 0)
        for object_id, intent in read_locks(row)
    )


def read_applicant(row: Item) -> Applicant:
    """Say who waits, from its dispatch row or one of its wait rows."""
    name = row.get("id") or row["dispatch"]
    return Applicant(name, row["workflow"], row["rule"], row["tier"], row["rank"], row.get("account", ""))


def admit(
    row: Item, locks: tuple[Lock, ...], claims: tuple[Claim, ...], freezes: Freezes, grace_s: int, now: datetime,
    freed_by: str = "",
) -> tuple[Transaction, dict[str, Any]]:  # fmt: skip
    """Move a waiter from every queue it stands in to holding every claim; also give its execution's exact input.

    The input is the one of the plan with the fences that are taken now. `freed_by` is the dispatch whose end gave it
    its turn, empty if time did.
    """
    given = row["execution_input"]
    granted = grant_fences(given["dispatch"]["object"], locks)
    execution_input = {**given, "dispatch": {**given["dispatch"], **granted}}
    fields = {
        "state": str(DispatchState.RESERVED),
        "reason": row["why"],
        "execution_input": execution_input,
        "claims": write_taken(claims),
        "spending": [list(one) for claim in claims for one in claim.spending],
        "promoted_at": render_time(now),
        "updated_at": render_time(now),
        "lane_at": schedule(row, now + timedelta(seconds=grace_s)),
        **({"freed_by": freed_by} if freed_by else {}),
    }
    admitted = Update(dispatch_key(row["id"]), set=fields, conditions=require_standing(row))
    operations = (admitted, *step_out(row, read_stands(row)), *(take(one) for one in claims), require_version(freezes))
    return Transaction(merge_updates(operations)), execution_input
