"""What follows from a comparison: as trying every value shows."""

from collections.abc import Callable
from itertools import product
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from dsl.policies.lint.comparisons import Comparison, exclude, follows

HOLDS: dict[str, Callable[[Any, Any], bool]] = {"=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
VALUES = [value / 2 for value in range(-2, 12)]
ALL = [Comparison("n", operator, literal) for operator in HOLDS for literal in (1, 2, 3)]


def holds(one: Comparison, value: float) -> bool:
    return HOLDS[one.operator](value, one.literal)


def test_a_comparison_follows_from_another_exactly_where_every_value_says_so() -> None:
    for known, wanted in product(ALL, ALL):
        seen = all(holds(wanted, value) for value in VALUES if holds(known, value))
        assert follows(known, wanted) == seen, (known, wanted)


def test_two_comparisons_exclude_each_other_exactly_where_no_value_is_in_both() -> None:
    for one, other in product(ALL, ALL):
        seen = not any(holds(one, value) and holds(other, value) for value in VALUES)
        assert exclude(one, other) == seen, (one, other)


def test_other_things_and_other_kinds_of_literals_are_not_compared() -> None:
    text = Comparison("n", "=", "a")
    assert not follows(Comparison("m", "=", 1), Comparison("n", "=", 1))
    assert not follows(text, Comparison("n", "<", 2))
    assert follows(text, Comparison("n", "!=", 2))
    assert exclude(text, Comparison("n", "=", 2))
    assert not follows(Comparison("n", "!=", "a"), text)
