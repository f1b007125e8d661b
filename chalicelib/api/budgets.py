"""What is used of every budget, group by group."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from chalicelib.api.core import Core
from chalicelib.api.schemas.control import BudgetRoom, Budgets
from chalicelib.catalog.model import Budget, Bundle, Verb
from chalicelib.control.claims.budgets import USED, find_limit
from chalicelib.control.claims.places import SIZE
from chalicelib.control.claims.rates import SLOT, STARTS
from chalicelib.control.ports import Store
from chalicelib.control.records import Group, list_group_partitions, read_group
from chalicelib.control.transaction import Item

PAGE = 1_000
MAX_GROUPS = 2_000
"""How many groups of one scope one answer lists."""


def list_budgets(core: Core) -> Budgets:
    """List each budget with each of its groups that anything is known of: those counted or used, and all services and tiers.

    The rates of objects are not among them: an object's own history says what is left. Neither is another bound that a
    rule has for itself: it is about the same count.
    """
    scopes = dict.fromkeys(one.scope for one in core.bundle.control.budgets if one.scope != "object")
    found: dict[str, dict[Group, Item]] = {}
    complete = True
    for scope in scopes:
        found[scope], whole = _read_groups(scope, core.ports.store)
        complete = complete and whole
    now = int(core.ports.clock.now().timestamp() * 1000)
    general = (one for one in core.bundle.control.budgets if not one.rules and one.verb is not Verb.ALLOW)
    shown = [room for one in general for room in _show(one, found, core.bundle, now)]
    return Budgets(budgets=shown, complete=complete)


def _read_groups(scope: str, store: Store) -> tuple[dict[Group, Item], bool]:
    found: dict[Group, Item] = {}
    for partition in list_group_partitions(scope):
        after: Mapping[str, Any] | None = None
        while True:
            page = store.query(partition, "", PAGE, after)
            found |= {read_group(item): item for item in page.items}
            after = page.after
            if after is None:
                break
            if len(found) > MAX_GROUPS:
                return found, False
    return found, True


def _show(budget: Budget, found: Mapping[str, Mapping[Group, Item]], bundle: Bundle, now: int) -> Iterator[BudgetRoom]:
    objects = STARTS if budget.within_s else budget.objects
    known = {group for group in found.get(budget.scope, {}) if group.objects == objects}
    named = {Group(budget.scope, name, objects) for name in _list_names(budget.scope, bundle)}
    for group in sorted(known | named):
        if budget.only and group.name not in budget.only:
            continue
        item = found[budget.scope].get(group, {})
        size = item.get(SIZE, 0) if budget.percent else None
        yield BudgetRoom(
            budget=budget.name,
            scope=budget.scope,
            name=group.name,
            objects=None if budget.within_s else budget.objects,
            intent=None if budget.within_s else budget.intent,
            within_s=budget.within_s or None,
            percent=budget.at_most if budget.percent else None,
            size=size,
            limit=find_limit(budget, size or 0),
            used=_count(budget, item, now),
            waiting=item.get("waiting", 0),
            verb=budget.verb,
        )


def _list_names(scope: str, bundle: Bundle) -> Iterable[str]:
    if scope == "service":
        return [one.name for one in bundle.services]
    return [one.name for one in bundle.tiers] if scope == "tier" else []


def _count(budget: Budget, item: Item, now: int) -> int:
    if not budget.within_s:
        used: int = item.get(f"{USED}{budget.name}", 0)
        return used
    begins = now - int(timedelta(seconds=budget.within_s).total_seconds() * 1000)
    slots = [item.get(f"{SLOT}{budget.name}#{number}", 0) for number in range(budget.at_most)]
    return sum(at > begins for at in slots)
