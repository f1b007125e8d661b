"""What finds keys in a value at run time: one probe for each path, made from the plain data of `access`."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from chalicelib.decision.addresses import read_digits
from chalicelib.decision.fields import Scalar
from chalicelib.decision.keys import (
    ANY,
    CONSTANT,
    CONSTANTS,
    DIGITS,
    FOLDED,
    FOLDED_PREFIX,
    FOLDED_SUFFIX,
    GRAM,
    GRAMS,
    LONG_GRAM,
    LONG_GRAMS,
    NUMBER,
    PREFIX,
    RANGE,
    SUFFIX,
    TEXT,
)

Found = list[int]
_SHORT = 200
"""Characters of a text that is cut by C code prepared for its length."""
_NOTHING: Mapping[Any, Found] = {}


class Affixes:
    """Finds every prefix that a text begins with, in the time of one binary search."""

    __slots__ = ("buckets", "parents", "texts")

    def __init__(self, texts: Sequence[str], parents: Sequence[int], buckets: Sequence[Found]) -> None:
        """Take sorted texts, for each the number of the longest other one that it begins with (-1: none), and hits."""
        self.texts = texts
        self.parents = parents
        self.buckets = buckets

    def find(self, text: str, found: Found) -> None:
        """Add the hits. Whatever sorts between a prefix of `text` and `text` itself begins with that prefix, too."""
        texts = self.texts
        at = bisect_right(texts, text) - 1
        while at >= 0:
            if text.startswith(texts[at]):
                found += self.buckets[at]
            at = self.parents[at]


class Ranges:
    """Finds every range that holds a number: a segment tree over the ends of all ranges."""

    __slots__ = ("ends", "nodes", "size")

    def __init__(self, ends: Sequence[float], nodes: Mapping[int, Found]) -> None:
        """Take the sorted ends and the hits of each node; leaf 2i + 1 stands for end i, even ones for the gaps."""
        self.ends = ends
        self.nodes = nodes
        self.size = 2 * len(ends) + 1

    def find(self, number: float, found: Found) -> None:
        """Add the hits."""
        at = find_slot(self.ends, number) + self.size
        nodes = self.nodes
        while at:
            if at in nodes:
                found += nodes[at]
            at >>= 1


def find_slot(ends: Sequence[float], number: float) -> int:
    """Give the leaf of a number: odd on an end, even in a gap between two."""
    at = bisect_left(ends, number)
    return 2 * at + 1 if at < len(ends) and ends[at] == number else 2 * at


class Probe:
    """All keys at one path. `texts` is looked into by the walk itself, since nearly every value is a text."""

    __slots__ = (
        "_affixes",
        "_any",
        "_constants",
        "_digits",
        "_folded",
        "_grams",
        "_numbers",
        "_ranges",
        "more",
        "texts",
    )

    def __init__(self, data: Mapping[str, Any]) -> None:
        """Read one path's part of the index."""
        self.texts: Mapping[str, Found] = data.get(TEXT, _NOTHING)
        self._any: Found = data.get(ANY, [])
        self._constants: Mapping[str, Found] = data.get(CONSTANT, _NOTHING)
        self._numbers: Mapping[float, Found] = dict(data.get(NUMBER, ()))
        self._ranges = Ranges(data[RANGE][0], dict(data[RANGE][1])) if RANGE in data else None
        self._folded: Mapping[str, Found] | None = data.get(FOLDED)
        self._grams = tuple((data[kind], length) for kind, length in _GRAMS if kind in data)
        self._affixes = tuple(
            (Affixes(*data[kind]), backwards, folded) for kind, backwards, folded in _AFFIXES if kind in data
        )
        self._digits = Affixes(*data[DIGITS]) if DIGITS in data else None
        self.more = bool(self._folded or self._grams or self._affixes or self._digits or self._any)
        """Whether a text must be looked for in more than `texts`."""

    def find(self, value: Scalar, found: Found) -> None:
        """Add the hits of one value."""
        if isinstance(value, str):
            found += self.texts.get(value, ())
            if self.more:
                self.find_more(value, found)
            return
        found += self._any
        if value is None or isinstance(value, bool):
            found += self._constants.get(CONSTANTS[value], ())
        else:
            found += self._numbers.get(value, ())
            if self._ranges is not None:
                self._ranges.find(value, found)

    def find_more(self, text: str, found: Found) -> None:
        """Add the hits of a text but those for its equals."""
        found += self._any
        for affixes, backwards, folded in self._affixes:
            given = text.lower() if folded else text
            affixes.find(given[::-1] if backwards else given, found)
        if self._folded is not None:
            found += self._folded.get(text.lower(), ())
        if self._digits is not None:
            digits = read_digits(text)
            if digits:
                self._digits.find(digits, found)
        for grams, length in self._grams:
            if len(text) >= length:
                pieces = _cut(length, text)
                for piece in grams.keys() & pieces:
                    found += grams[piece]


def _cut(length: int, text: str) -> Iterable[str]:
    end = len(text)
    if end > _SHORT:
        return (text[at : at + length] for at in range(end - length + 1))
    return _cut_pieces(length, end)(text)


@lru_cache(maxsize=2 * _SHORT)
def _cut_pieces(length: int, end: int) -> Callable[[str], Iterable[str]]:
    """Give what cuts a text of `end` characters into all of its pieces; the loop over them is C's."""
    whole = slice(0, end)
    return itemgetter(whole, *(slice(at, at + length) for at in range(end - length + 1)))


_GRAMS = ((GRAMS, GRAM), (LONG_GRAMS, LONG_GRAM))
_AFFIXES = ((PREFIX, False, False), (SUFFIX, True, False), (FOLDED_PREFIX, False, True), (FOLDED_SUFFIX, True, True))
"""Kind, whether it is kept backwards, whether in lower case."""
