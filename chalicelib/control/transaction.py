"""Writes as data: what a transaction sets and which conditions must hold for all of it to happen.

Deliberately less than DynamoDB offers, so that an in-memory store, DynamoDB and a model checker can all mean the same.

Named tuples, here and in the rest of control: a frozen dataclass costs four times as much to define, and every cold
start defines them all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

Item = Mapping[str, Any]
"""A stored row: JSON values by field name, `pk` and `sk` included. Numbers are integers."""

NOTHING: Mapping[Any, Any] = MappingProxyType({})

MAX_OPERATIONS = 100
"""TransactWriteItems takes no more."""


class Key(NamedTuple):
    """Where a row lives."""

    pk: str
    sk: str


class Absent(NamedTuple):
    """The row does not exist, or the field of it does not."""

    field: str | None = None


class Present(NamedTuple):
    """The row has the field."""

    field: str


class Equals(NamedTuple):
    """The field has this value; `None` means that it is absent."""

    field: str
    value: str | int | bool | None


class OneOf(NamedTuple):
    """The field has one of these values."""

    field: str
    values: tuple[str, ...]


class Below(NamedTuple):
    """The field is absent or less than this value (numbers by size, strings by code point)."""

    field: str
    value: int | str


class AtLeast(NamedTuple):
    """The field is present and not less than this value."""

    field: str
    value: int


Condition = Absent | Present | Equals | OneOf | Below | AtLeast


def holds(condition: Condition, row: Item | None) -> bool:
    """Say whether a condition holds for a row, None being an absent one. This is what every store must mean by it."""
    fields: Item = row or {}
    match condition:
        case Absent(field=None):
            return row is None
        case Absent(field=str(name)):
            return name not in fields
        case Present(field=name):
            return name in fields
        case Equals(field=name, value=value):
            return bool(fields.get(name) == value)
        case OneOf(field=name, values=values):
            return fields.get(name) in values
        case Below(field=name, value=value):
            return name not in fields or bool(fields[name] < value)
        case AtLeast(field=name, value=value):
            return name in fields and bool(fields[name] >= value)
        case _:
            raise AssertionError(condition)


class Put(NamedTuple):
    """Write a whole row."""

    key: Key
    item: Item
    conditions: tuple[Condition, ...] = ()


class Update(NamedTuple):
    """Change fields of a row, creating it if it is absent and the conditions allow that."""

    key: Key
    set: Mapping[str, Any] = NOTHING
    add: Mapping[str, int] = NOTHING
    """Absent counts as 0."""
    remove: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()


class Delete(NamedTuple):
    """Remove a row; an absent one is no error."""

    key: Key
    conditions: tuple[Condition, ...] = ()


class Check(NamedTuple):
    """Write nothing, but require the conditions."""

    key: Key
    conditions: tuple[Condition, ...]


Operation = Put | Update | Delete | Check


class Transaction(NamedTuple):
    """All of the operations, at once, or none. No two may name the same key."""

    operations: tuple[Operation, ...]


def merge_updates(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """Make one update of all those of one row and the checks behind them: a transaction names each key once."""
    merged: dict[Key, Operation] = {}
    for operation in operations:
        known = merged.get(operation.key)
        if isinstance(known, Update) and isinstance(operation, Update):
            added = dict(known.add)
            for name, amount in operation.add.items():
                added[name] = added.get(name, 0) + amount
            merged[operation.key] = Update(
                known.key,
                set={**known.set, **operation.set},
                add=added,
                remove=(*known.remove, *operation.remove),
                conditions=tuple(dict.fromkeys((*known.conditions, *operation.conditions))),
            )
        elif isinstance(known, Update) and isinstance(operation, Check):
            conditions = tuple(dict.fromkeys((*known.conditions, *operation.conditions)))
            merged[operation.key] = known._replace(conditions=conditions)
        elif known is None:
            merged[operation.key] = operation
        else:
            raise ValueError(operation.key)
    return tuple(merged.values())


class Refusal(NamedTuple):
    """An operation whose conditions did not hold, with the row as it was then (None: there was none)."""

    key: Key
    item: Item | None


@dataclass(frozen=True, slots=True)
class Committed:
    """Everything was written. A named tuple without fields would be false."""


class Cancelled(NamedTuple):
    """Nothing was written."""

    refusals: tuple[Refusal, ...]

    def find(self, key: Key) -> Refusal | None:
        """Give the refusal of one key, None if that one was not the reason."""
        return next((one for one in self.refusals if one.key == key), None)


Result = Committed | Cancelled
