"""Budgets: at most so many objects of a group worked on at once, whatever works on them.

What is used of a budget is a count on the row of the group, spent in the transaction that reserves and returned in the
one that releases. A percentage is of the group's last recorded size, and of any size at least 1. Work on an object that
is out of service already costs nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from chalicelib.catalog.model import Budget, Control, Verb
from chalicelib.control.claims.places import SIZE, SIZE_VERSION, is_out
from chalicelib.control.model import ANY, DONE, Blocker, Claim, Lock, ObjectRecord, Spending
from chalicelib.control.records import WAITING, Group, read_waiting
from chalicelib.control.transaction import AtLeast, Below, Condition, Equals, Item

USED = "used#"


class Room(NamedTuple):
    """What one budget leaves to one plan."""

    spending: Spending
    budget: Budget
    room: tuple[Condition, ...]
    still: Condition | None


def find_costs(
    touched: Iterable[tuple[Lock, ObjectRecord, Mapping[str, Group]]], rule: str, control: Control
) -> dict[Group, dict[Budget, int]]:
    """Say what a plan of a rule costs: by group and budget, how many objects it works on. What is free is left out."""
    costs: dict[Group, dict[Budget, int]] = {}
    for lock, record, groups in touched:
        if is_out(record.state, control):
            continue
        for group, budget in _list_concerned(lock, groups, rule, control):
            spent = costs.setdefault(group, {})
            spent[budget] = spent.get(budget, 0) + 1
    return costs


def find_limit(budget: Budget, size: int) -> int:
    """Say how many objects of a group of this size a budget allows; a percentage of anything is at least 1."""
    return max(1, size * budget.at_most // 100) if budget.percent else budget.at_most


def claim_group(group: Group, costs: Mapping[Budget, int], item: Item | None, rank: int, control: Control) -> Claim:
    """Claim what a plan costs of every budget of one group; `item` is the group's row if it was read."""
    rooms = [_find_room(budget, group, cost, item) for budget, cost in costs.items() if budget.verb is not Verb.ALLOW]
    blockers = [_explain(one, group) for one in rooms if _is_short(one.spending)]
    ahead = {other: count for other, count in read_waiting(item or {}, WAITING).items() if other <= rank}
    if ahead and rooms:
        reason = f"{sum(ahead.values())} already waiting for room in {group.scope} {group.name}"
        still = AtLeast(f"{WAITING}{min(ahead)}", 1)
        blockers.append(Blocker(_name(group), "", "", "", "", Verb.QUEUE, reason, still, ANY))
    return Claim(
        group.key,
        group.queue,
        _name(group),
        exclusive=False,
        add={f"{USED}{budget.name}": cost for budget, cost in costs.items()},
        room=tuple(dict.fromkeys(condition for one in rooms for condition in one.room)),
        unpassed=tuple(Below(f"{WAITING}{other}", 1) for other in range(rank + 1)) if rooms else (),
        waiters=(item or {}).get("waiting", 0),
        queue_limit=control.group_queue_limit,
        blockers=tuple(blockers),
        spending=tuple(one.spending for one in rooms),
    )


def explain_spending(spending: Spending) -> str:
    """Say the arithmetic of a budget in one line: `2 of 3 hosts disrupted in service checkout (10% of 30), takes 1`."""
    of = f" ({spending.percent}% of {spending.size})" if spending.percent is not None else ""
    used = "at most" if spending.used is None else f"{spending.used} of"
    return f"{used} {spending.limit} {spending.group}{of}"


def describe_group(budget: Budget, group: Group) -> str:
    """Say what a budget counts in a group, for people."""
    return f"{group.objects}s {DONE[budget.intent]} in {group.scope} {group.name}"


def _list_concerned(
    lock: Lock, groups: Mapping[str, Group], rule: str, control: Control
) -> Iterator[tuple[Group, Budget]]:
    """Give the budgets that a lock is counted by; of those with one name only the first, since they share a count."""
    names = set()
    for budget in control.budgets:
        group = groups.get(budget.scope) if not budget.within_s else None
        if group is None or budget.name in names or not _concerns(budget, group, lock, rule):
            continue
        names.add(budget.name)
        yield group, budget


def _concerns(budget: Budget, group: Group, lock: Lock, rule: str) -> bool:
    return (
        lock.object.kind == budget.objects
        and lock.intent.rank >= budget.intent.rank
        and (not budget.only or group.name in budget.only)
        and (not budget.rules or rule in budget.rules)
    )


def _find_room(budget: Budget, group: Group, cost: int, item: Item | None) -> Room:
    size = item.get(SIZE, 0) if item is not None else 0
    limit = find_limit(budget, size)
    counter = f"{USED}{budget.name}"
    used = item.get(counter, 0) if item is not None else None
    room: list[Condition] = [Below(counter, limit - cost + 1)]
    if budget.percent and limit > 1 and item is not None:
        room.append(Equals(SIZE_VERSION, item.get(SIZE_VERSION)))
    spending = Spending(
        budget.name, describe_group(budget, group), cost, used, limit, budget.at_most if budget.percent else None,
        size if item is not None and budget.percent else None,
    )  # fmt: skip
    still = AtLeast(counter, limit - cost + 1) if cost <= limit else None
    return Room(spending, budget, tuple(room), still)


def _is_short(spending: Spending) -> bool:
    return (spending.used or 0) + spending.cost > spending.limit


def _explain(room: Room, group: Group) -> Blocker:
    spending = room.spending
    said_by = f" of {room.budget.said_by}" if room.budget.said_by else ""
    reason = f"{explain_spending(spending)}: budget {spending.budget}{said_by}"
    if spending.cost > 1:
        reason += f", and this takes {spending.cost}"
    verb = room.budget.verb if room.still is not None else Verb.REJECT
    return Blocker(_name(group), "", "", "", "", verb, reason, room.still)


def _name(group: Group) -> str:
    return f"{group.scope}/{group.name}"
