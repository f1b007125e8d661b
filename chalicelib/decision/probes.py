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
Finder = Callable[[str, Found], None]
"""Adds the hits of a text."""
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
    """All keys at one path. `texts` and `finders` are used by the walk itself, since nearly every value is a text."""

    __slots__ = ("_any", "_constants", "_numbers", "_ranges", "finders", "texts")

    def __init__(self, data: Mapping[str, Any]) -> None:
        """Read one path's part of the index."""
        self.texts: Mapping[str, Found] = data.get(TEXT, _NOTHING)
        self.finders: tuple[Finder, ...] = tuple(make(data[kind]) for kind, make in _FINDERS.items() if kind in data)
        """What a text must be looked for by, beside `texts`."""
        self._any: Found = data.get(ANY, [])
        self._constants: Mapping[str, Found] = data.get(CONSTANT, _NOTHING)
        self._numbers: Mapping[float, Found] = dict(data.get(NUMBER, ()))
        self._ranges = Ranges(data[RANGE][0], dict(data[RANGE][1])) if RANGE in data else None

    def find(self, value: Scalar, found: Found) -> None:
        """Add the hits of one value."""
        if isinstance(value, str):
            found += self.texts.get(value, ())
            for find in self.finders:
                find(value, found)
            return
        found += self._any
        if value is None or isinstance(value, bool):
            found += self._constants.get(CONSTANTS[value], ())
        else:
            found += self._numbers.get(value, ())
            if self._ranges is not None:
                self._ranges.find(value, found)


def _find_any(hits: Found) -> Finder:
    def find(_: str, found: Found) -> None:
        found += hits

    return find


def _find_prefix(data: Any) -> Finder:
    return Affixes(*data).find


def _find_suffix(data: Any) -> Finder:
    affixes = Affixes(*data)
    return lambda text, found: affixes.find(text[::-1], found)


def _find_folded(make: Callable[[Any], Finder]) -> Callable[[Any], Finder]:
    def make_folded(data: Any) -> Finder:
        find = make(data)
        return lambda text, found: find(text.lower(), found)

    return make_folded


def _find_equal(hits: Mapping[str, Found]) -> Finder:
    def find(text: str, found: Found) -> None:
        if text in hits:
            found += hits[text]

    return find


def _find_digits(data: Any) -> Finder:
    affixes = Affixes(*data)

    def find(text: str, found: Found) -> None:
        digits = read_digits(text)
        if digits:
            affixes.find(digits, found)

    return find


def _find_grams(length: int) -> Callable[[Any], Finder]:
    def make(grams: Mapping[str, Found]) -> Finder:
        known = grams.keys()

        def find(text: str, found: Found) -> None:
            if len(text) >= length:
                for piece in known & _cut(length, text):
                    found += grams[piece]

        return find

    return make


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


_FINDERS: Mapping[str, Callable[[Any], Finder]] = {
    ANY: _find_any,
    PREFIX: _find_prefix,
    SUFFIX: _find_suffix,
    FOLDED_PREFIX: _find_folded(_find_prefix),
    FOLDED_SUFFIX: _find_folded(_find_suffix),
    FOLDED: _find_folded(_find_equal),
    DIGITS: _find_digits,
    GRAMS: _find_grams(GRAM),
    LONG_GRAMS: _find_grams(LONG_GRAM),
}
