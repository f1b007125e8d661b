"""Figures of a part of a machine, and how those of parts make those of the whole."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from enum import StrEnum


class View(StrEnum):
    """Which run is meant."""

    BEST = "best"
    EXPECTED = "expected"
    WORST = "worst"


@dataclass(frozen=True, slots=True)
class Weight:
    """Figures of a run or a part of one."""

    transitions: float = 0
    seconds: float = 0
    calls: float = 0
    """Attempts to call an atom's function."""
    busy_s: float = 0
    """Seconds in which a function of an atom runs."""
    api_calls: float = 0
    """Of atoms to AWS."""

    def __add__(self, other: "Weight") -> "Weight":
        """One after the other."""
        return _merge((self, other), sum)

    def __mul__(self, times: float) -> "Weight":
        """As often as that, one after the other."""
        return Weight(*(getattr(self, one.name) * times for one in fields(self)))


def choose(view: View, weights: list[Weight]) -> Weight:
    """Give the figures of one of several ways: the least or most of each, or the mean."""
    if view is View.EXPECTED:
        return _merge(weights, sum) * (1 / len(weights))
    return _merge(weights, min if view is View.BEST else max)


def beside(weights: Iterable[Weight]) -> Weight:
    """Run parts at once: everything adds up but time."""
    every = list(weights)
    total = _merge(every, sum)
    longest = max((one.seconds for one in every), default=0)
    return Weight(total.transitions, longest, total.calls, total.busy_s, total.api_calls)


def _merge(weights: Iterable[Weight], rule: Callable[[list[float]], float]) -> Weight:
    every = list(weights)
    return Weight(*(rule([getattr(weight, one.name) for weight in every]) for one in fields(Weight)))
