"""Writes as data: what a transaction sets and which conditions must hold for all of it to happen.

Deliberately less than DynamoDB offers, so that an in-memory store, DynamoDB and a model checker can all mean the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Item = Mapping[str, Any]
"""A stored row: JSON values by field name, `pk` and `sk` included. Numbers are integers."""

MAX_OPERATIONS = 100
"""TransactWriteItems takes no more."""


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Where a row lives."""

    pk: str
    sk: str


@dataclass(frozen=True, slots=True)
class Absent:
    """The row does not exist, or the field of it does not."""

    field: str | None = None


@dataclass(frozen=True, slots=True)
class Present:
    """The row has the field."""

    field: str


@dataclass(frozen=True, slots=True)
class Equals:
    """The field has this value; `None` means that it is absent."""

    field: str
    value: str | int | bool | None


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field has one of these values."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Below:
    """The field is absent or less than this value (numbers by size, strings by code point)."""

    field: str
    value: int | str


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The field is present and not less than this value."""

    field: str
    value: int


Condition = Absent | Present | Equals | OneOf | Below | AtLeast


@dataclass(frozen=True, slots=True)
class Put:
    """Write a whole row."""

    key: Key
    item: Item
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Update:
    """Change fields of a row, creating it if it is absent and the conditions allow that."""

    key: Key
    set: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    """Absent counts as 0."""
    remove: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a row; an absent one is no error."""

    key: Key
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """Write nothing, but require the conditions."""

    key: Key
    conditions: tuple[Condition, ...]


Operation = Put | Update | Delete | Check


@dataclass(frozen=True, slots=True)
class Transaction:
    """All of the operations, at once, or none. No two may name the same key."""

    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An operation whose conditions did not hold, with the row as it was then (None: there was none)."""

    key: Key
    item: Item | None


@dataclass(frozen=True, slots=True)
class Committed:
    """Everything was written."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Nothing was written."""

    refusals: tuple[Refusal, ...]

    def find(self, key: Key) -> Refusal | None:
        """Give the refusal of one key, None if that one was not the reason."""
        return next((one for one in self.refusals if one.key == key), None)


Result = Committed | Cancelled
