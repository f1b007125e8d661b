"""Rates: at most so many starts of a rule, on an object or in an account within a time, however many want to.

For a rule and an account, the row of the group has a fixed number of slots, as many as starts are allowed. A start writes
its time into a slot whose last start is long enough ago, and relies on that; so the window is exact by the times that were
written, and the row does not grow. For an object, its own history of starts is the window, and the fence guards it.
A rate holds nothing up by itself: who waits for it is looked at again by reconcile when a slot is free.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.catalog.model import Budget, Control, Verb
from chalicelib.control.model import ANY, Blocker, Claim, Lock, ObjectRecord, Spending
from chalicelib.control.records import WAITING, Group, read_time, read_waiting, render_time
from chalicelib.control.transaction import AtLeast, Below, Condition, Equals, Item
from chalicelib.decision.durations import format_duration
from chalicelib.identity import digest

SLOT = "slot#"
STARTS = "start"
"""What the groups of rates count, where those of budgets have a kind of object."""


class Slot(NamedTuple):
    """A place for the time of one start."""

    field: str
    at: int | None
    """In milliseconds since 1970; None if nothing ever started in it."""


def list_rates(control: Control, scope: str) -> tuple[Budget, ...]:
    """Give the rates of a scope."""
    return tuple(one for one in control.budgets if one.within_s and one.scope == scope)


def find_rated(rule: str, account: str, control: Control) -> dict[Group, tuple[Budget, ...]]:
    """Give the groups whose rates concern a start by a rule in an account."""
    names = {"rule": rule, "account": account}
    found = {
        Group(scope, name, STARTS): tuple(one for one in list_rates(control, scope) if not one.only or name in one.only)
        for scope, name in names.items()
    }
    return {group: rates for group, rates in found.items() if rates}


def claim_starts(
    group: Group,
    rates: tuple[Budget, ...],
    item: Item | None,
    dispatch: str,
    rank: int,
    now: datetime,
    control: Control,
) -> Claim:
    """Claim a slot of each rate of one rule or account; `item` is its row if it was read."""
    fields: dict[str, Any] = {}
    room: list[Condition] = []
    blockers, spending = [], []
    for rate in rates:
        begins = _to_ms(now) - rate.within_s * 1000
        slots = [_read_slot(rate, number, item) for number in range(rate.at_most)]
        used = sum(slot.at is not None and slot.at > begins for slot in slots)
        spending.append(_spend(rate, f"{group.scope} {group.name}", used if item is not None else None))
        free = [slot for slot in slots if slot.at is None or slot.at <= begins]
        if free:
            # Spread by the dispatch: two that start at once mostly take different slots, and neither is refused.
            chosen = free[int(digest([dispatch], 8), 16) % len(free)]
            fields[chosen.field] = _to_ms(now)
            room.append(Below(chosen.field, begins + 1))
        else:
            oldest = min(slots, key=lambda slot: slot.at or 0)
            blockers.append(_block(rate, f"{group.scope}/{group.name}", spending[-1], oldest))
    ahead = {other: count for other, count in read_waiting(item or {}, WAITING).items() if other <= rank}
    if ahead:
        reason = f"{sum(ahead.values())} already waiting to start for {group.scope} {group.name}"
        still = AtLeast(f"{WAITING}{min(ahead)}", 1)
        blockers.append(Blocker(f"{group.scope}/{group.name}", "", "", "", "", Verb.QUEUE, reason, still, ANY))
    return Claim(
        group.key,
        group.queue,
        f"{group.scope}/{group.name}",
        exclusive=False,
        set=fields,
        room=tuple(room),
        unpassed=tuple(Below(f"{WAITING}{other}", 1) for other in range(rank + 1)),
        waiters=(item or {}).get("waiting", 0),
        queue_limit=control.group_queue_limit,
        blockers=tuple(blockers),
        spending=tuple(spending),
    )


def judge_starts(
    lock: Lock, record: ObjectRecord, now: datetime, control: Control
) -> tuple[list[Blocker], list[Spending]]:
    """Say what the rates of an object make of one more start on it."""
    blockers, spending = [], []
    for rate in list_rates(control, "object"):
        if rate.objects != lock.object.kind or (rate.only and lock.object.name not in rate.only):
            continue
        begins = now - timedelta(seconds=rate.within_s)
        times = [at for _, at in record.starts if read_time(at) > begins]
        spending.append(_spend(rate, lock.object.short, len(times)))
        if len(times) >= rate.at_most:
            until = read_time(times[-rate.at_most]) + timedelta(seconds=rate.within_s)
            reason = f"{explain_rate(spending[-1], rate)}; the next one at {render_time(until)}"
            still = Equals("fence", lock.seen or None)
            blockers.append(
                Blocker(lock.object.short, "", "", "", "", rate.verb, reason, still, until=render_time(until))
            )
    return blockers, spending


def explain_rate(spending: Spending, rate: Budget) -> str:
    """Say the arithmetic of a rate in one line."""
    return f"{spending.used} of {spending.limit} {spending.group}: budget {rate.name}"


def _spend(rate: Budget, whose: str, used: int | None) -> Spending:
    within = format_duration(rate.within_s)
    return Spending(rate.name, f"starts within {within} of {whose}", 1, used, rate.at_most, None, None)


def _block(rate: Budget, about: str, spending: Spending, oldest: Slot) -> Blocker:
    until = datetime.fromtimestamp(((oldest.at or 0) + rate.within_s * 1000) / 1000, UTC)
    reason = f"{explain_rate(spending, rate)}; the next one at {render_time(until)}"
    still = AtLeast(oldest.field, oldest.at or 0)
    return Blocker(about, "", "", "", "", rate.verb, reason, still, until=render_time(until))


def _read_slot(rate: Budget, number: int, item: Item | None) -> Slot:
    field = f"{SLOT}{rate.name}#{number}"
    return Slot(field, (item or {}).get(field))


def _to_ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
