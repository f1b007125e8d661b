"""Chooses for each alternative of each rule the one term by which the index finds it, as plain data.

The choice is the rarest key: a rule that is found by an instance's id costs nothing to the events of others, however
many rules share its source. Where many alternatives share even their rarest key, what is left of them is indexed once
more below that key. The data is JSON, so that it can be made when the bundle is built and only read at a cold start.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from chalicelib.decision.keys import (
    ANY,
    DIGITS,
    FOLDED_PREFIX,
    FOLDED_SUFFIX,
    NUMBER,
    PREFIX,
    RANGE,
    SUFFIX,
    Key,
    find_keys,
)
from chalicelib.decision.patterns import MAX_ALTERNATIVES, Matcher, Term
from chalicelib.decision.probes import find_slot

Data = dict[str, Any]
"""`{paths: {path: {kind: hits}}, always: hits}`, and at the top also `nested: [Data]` and `terms: [path]`, all that any
term is about. A hit of at least 0 names an alternative; -1 - n is the nested index n."""

CROWD = 12
"""How many alternatives may share a key before the rest of their terms is indexed, too."""
_BROAD = {ANY: 4, RANGE: 0.25}
"""How much likelier a value has such a key than one text, against how many of them there are."""


class _Entry(NamedTuple):
    """An alternative with the terms that are not used yet."""

    hit: int
    terms: tuple[Term, ...]


class _Way(NamedTuple):
    """A term to find an entry by: all of its keys, and how often they are likely to lead there in vain."""

    cost: float
    term: Term
    keys: tuple[Key, ...]


def choose_access(matchers: Iterable[tuple[int, Matcher]]) -> Data:
    """Make the index of compiled patterns, each with its rule's number."""
    entries = [
        _Entry(name_hit(number, place), terms)
        for number, matcher in matchers
        for place, terms in enumerate(matcher.alternatives)
    ]
    nested: list[Data] = []
    terms = sorted({term.path for entry in entries for term in entry.terms})
    return {**_build(entries, nested), "nested": nested, "terms": terms}


def name_hit(rule: int, alternative: int) -> int:
    """Give the one number of a rule's alternative."""
    return rule * MAX_ALTERNATIVES + alternative


def read_hit(hit: int) -> tuple[int, int]:
    """Give the rule's number and that of its alternative."""
    return divmod(hit, MAX_ALTERNATIVES)


def _build(entries: Sequence[_Entry], nested: list[Data]) -> Data:
    counts = _count(entries)
    always: list[int] = []
    buckets: dict[tuple[str, Key], list[_Entry]] = defaultdict(list)
    for entry in entries:
        way = min((_weigh(term, counts) for term in entry.terms if not term.absent), key=_get_cost, default=None)
        if way is None:
            always.append(entry.hit)
            continue
        left = _Entry(entry.hit, tuple(term for term in entry.terms if term is not way.term))
        for key in dict.fromkeys(way.keys):
            buckets[way.term.path, key].append(left)
    paths: dict[str, dict[str, dict[Any, list[int]]]] = {}
    for (path, key), bucket in buckets.items():
        paths.setdefault(path, {}).setdefault(key.kind, {})[key.operand] = _close(bucket, nested)
    return {
        "paths": {path: {kind: _write(kind, hits) for kind, hits in kinds.items()} for path, kinds in paths.items()},
        "always": always,
    }


def _close(bucket: list[_Entry], nested: list[Data]) -> list[int]:
    """Give a bucket's hits: its alternatives, or one index over what is left of many."""
    if len(bucket) <= CROWD or 2 * sum(_can_be_found(entry) for entry in bucket) < len(bucket):
        return [entry.hit for entry in bucket]
    data = _build(bucket, nested)
    nested.append(data)
    return [-len(nested)]


def _can_be_found(entry: _Entry) -> bool:
    return any(not term.absent for term in entry.terms)


def _count(entries: Iterable[_Entry]) -> Counter[tuple[str, Key]]:
    """Count how many entries could be found by each key; ranges of one path count as one key."""
    return Counter(
        (term.path, _group(key))
        for entry in entries
        for term in entry.terms
        if not term.absent
        for element in term.elements
        for key in find_keys(element)
    )


def _group(key: Key) -> Key:
    return Key(RANGE) if key.kind == RANGE else key


def _weigh(term: Term, counts: Counter[tuple[str, Key]]) -> _Way:
    """Take of each element its rarest key."""

    def get_weight(key: Key) -> float:
        return counts[term.path, _group(key)] * _BROAD.get(key.kind, 1)

    chosen = tuple(min(find_keys(element), key=get_weight) for element in term.elements)
    return _Way(sum(get_weight(key) for key in chosen), term, chosen)


def _get_cost(way: _Way) -> float:
    return way.cost


def _write(kind: str, hits: Mapping[Any, list[int]]) -> Any:
    return _WRITERS[kind](hits) if kind in _WRITERS else dict(hits)


def _write_affixes(hits: Mapping[str, list[int]]) -> list[list[Any]]:
    """Give the texts in order, the number of the longest other one that each begins with, and the hits."""
    texts = sorted(hits)
    parents: list[int] = []
    stack: list[int] = []
    for at, text in enumerate(texts):
        while stack and not text.startswith(texts[stack[-1]]):
            stack.pop()
        parents.append(stack[-1] if stack else -1)
        stack.append(at)
    return [texts, parents, [hits[text] for text in texts]]


def _write_ranges(hits: Mapping[tuple[float | None, float | None], list[int]]) -> list[list[Any]]:
    """Give the ends in order, and the nodes of a segment tree over them: each range in a few nodes."""
    ends = sorted({end for pair in hits for end in pair if end is not None})
    size = 2 * len(ends) + 1
    nodes: dict[int, list[int]] = defaultdict(list)
    for (low, high), found in hits.items():
        left = size + (0 if low is None else find_slot(ends, low))
        right = size + (size - 1 if high is None else find_slot(ends, high)) + 1
        while left < right:
            if left & 1:
                nodes[left] += found
                left += 1
            if right & 1:
                right -= 1
                nodes[right] += found
            left >>= 1
            right >>= 1
    return [ends, [[node, nodes[node]] for node in sorted(nodes)]]


def _write_backwards(hits: Mapping[str, list[int]]) -> list[list[Any]]:
    return _write_affixes({text[::-1]: found for text, found in hits.items()})


_WRITERS: Mapping[str, Callable[[Mapping[Any, list[int]]], Any]] = {
    PREFIX: _write_affixes,
    FOLDED_PREFIX: _write_affixes,
    DIGITS: _write_affixes,
    SUFFIX: _write_backwards,
    FOLDED_SUFFIX: _write_backwards,
    NUMBER: lambda hits: [[number, found] for number, found in hits.items()],
    RANGE: _write_ranges,
    ANY: lambda hits: hits[None],
}
