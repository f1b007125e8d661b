"""Where an object belongs, as far as the policy counts: its groups, and whether it is in service.

The row of an object says what it counts for, and the row of a group how many objects count for it. Both change in one
transaction, so a size is never wrong by a lost or doubled observation. A size has a version that moves with it.
"""

import json
from collections.abc import Mapping

from chalicelib.catalog.model import Bundle, Control
from chalicelib.control.records import Group
from chalicelib.control.transaction import Key, Update
from chalicelib.decision.tiers import classify
from chalicelib.identity import ObjectId, canonical_json

SIZE, SIZE_VERSION = "size", "size_version"
LABELED = ("zone", "group")
"""Scopes whose groups are the values of the label of the same name."""


def find_groups(object_id: ObjectId, labels: Mapping[str, str], bundle: Bundle) -> dict[str, Group]:
    """Give the groups that an object is in, by scope."""
    service, tier = classify(labels, bundle)
    names = {"service": service, "tier": tier, **{label: labels.get(label) for label in LABELED}}
    return {scope: Group(scope, name, object_id.kind) for scope, name in names.items() if name}


def is_out(state: str | None, control: Control) -> bool:
    """Whether an object is out of service already, so that work on it takes nothing away."""
    return state in control.down or state in control.gone


def describe_place(object_id: ObjectId, state: str | None, labels: Mapping[str, str], bundle: Bundle) -> str | None:
    """Say what an object counts for, as its row keeps it; None if the policy counts nothing.

    Whatever a claim is computed from must change this text when it changes: a reservation relies on it.
    """
    control = bundle.control
    if not control.budgets and not control.ancestors:
        return None
    groups = find_groups(object_id, labels, bundle)
    counts = [] if state in control.gone else _list_counted(object_id.kind, control)
    counted = [list(groups[scope]) for scope in counts if scope in groups]
    inside = {scope: group.name for scope, group in groups.items()}
    return canonical_json({"counted": counted, "in": inside, "out": is_out(state, control)})


def move(before: str | None, after: str | None) -> dict[Key, int]:
    """Say by how much the sizes of groups change when an object's place does."""
    moved: dict[Key, int] = {}
    for text, amount in ((before, -1), (after, 1)):
        for group in json.loads(text)["counted"] if text else ():
            key = Group(*group).key
            moved[key] = moved.get(key, 0) + amount
    return {key: amount for key, amount in moved.items() if amount}


def write_moves(moves: Mapping[Key, int]) -> tuple[Update, ...]:
    """Change the sizes of groups."""
    return tuple(Update(key, add={SIZE: amount, SIZE_VERSION: 1}) for key, amount in sorted(moves.items()))


def _list_counted(kind: str, control: Control) -> list[str]:
    """Sizes are kept only of what a percentage is of."""
    return sorted({budget.scope for budget in control.budgets if budget.percent and budget.objects == kind})
