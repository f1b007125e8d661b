"""Comparisons of one thing with a literal: which follow from another, and which two never hold together."""

from collections.abc import Callable
from operator import eq, ge, gt, le, lt, ne
from typing import Any, NamedTuple

_HOLDS: dict[str, Callable[[Any, Any], bool]] = {"=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
_MIRRORED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_NEGATED = {"=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_BOUNDS = {"<": {"<", "<=", "!="}, "<=": {"<", "<=", "!="}, ">": {">", ">=", "!="}, ">=": {">", ">=", "!="}}
"""What may follow from a bound on the same side."""
LITERALS = frozenset({"string", "number", "value"})
"""Kinds of syntax nodes whose `value` is what is meant."""


class Comparison(NamedTuple):
    """`left operator literal`; `left` is a syntax tree as a value that is equal for equal expressions."""

    left: Any
    operator: str
    literal: str | float | bool | None


def read_comparison(node: Any, freeze: Callable[[Any], Any]) -> Comparison | None:
    """Read a comparison off a syntax tree, either way round; None if it is something else."""
    if node.type != "binary" or node.value not in _HOLDS:
        return None
    if node.rhs.type in LITERALS:
        return Comparison(freeze(node.lhs), node.value, node.rhs.value)
    if node.lhs.type in LITERALS:
        return Comparison(freeze(node.rhs), _MIRRORED[node.value], node.lhs.value)
    return None


def read_choices(node: Any, freeze: Callable[[Any], Any]) -> list[Comparison] | None:
    """Read `left in ["a", "b"]` as the equalities of which one must hold; None if it is something else."""
    if node.type != "binary" or node.value != "in" or node.rhs.type != "unary" or node.rhs.value != "[":
        return None
    if not all(one.type in LITERALS for one in node.rhs.expressions):
        return None
    return [Comparison(freeze(node.lhs), "=", one.value) for one in node.rhs.expressions]


def follows(known: Comparison, wanted: Comparison) -> bool:
    """Whether the wanted comparison is true wherever the known one is. No where that cannot be seen."""
    if known == wanted:
        return True
    if known.left != wanted.left or not _is_alike(known.literal, wanted.literal):
        return known.left == wanted.left and known.operator == "=" and wanted.operator == "!="
    if known.operator == "=":
        return _HOLDS[wanted.operator](known.literal, wanted.literal)
    if wanted.operator not in _BOUNDS.get(known.operator, ()):
        return False
    nearer = _HOLDS[known.operator[0]]
    equal_counts = not (known.operator in {"<=", ">="} and wanted.operator in {"<", ">", "!="})
    return nearer(known.literal, wanted.literal) or (known.literal == wanted.literal and equal_counts)


def exclude(one: Comparison, other: Comparison) -> bool:
    """Whether two comparisons never hold together."""
    return follows(one, other._replace(operator=_NEGATED[other.operator]))


def _is_alike(one: object, other: object) -> bool:
    """Whether both are numbers, or both are texts: only those have an order."""
    numbers = [isinstance(value, int | float) and not isinstance(value, bool) for value in (one, other)]
    return all(numbers) or (isinstance(one, str) and isinstance(other, str))
