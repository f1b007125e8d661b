"""Array consistency: which choices of array elements the terms of a pattern can still agree on.

A choice is a `Place`. Choices are kept in a tree by array, so that an event with long arrays costs time in proportion
to its length, not to its square: events come from outside.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from chalicelib.decision.fields import Place

Choices = frozenset[Place]
ANY: Choices = frozenset({()})
"""Nothing chosen yet."""


@dataclass(slots=True)
class _Tree:
    here: Place | None = None
    below: "dict[int, dict[int, _Tree]]" = field(default_factory=dict)


def join(choices: Choices, hits: Iterable[Place]) -> set[Place]:
    """Give every choice extended by every hit that does not contradict it."""
    tree = _grow(choices)
    return {_merge(choice, hit) for hit in set(hits) for choice in _find_consistent(tree, dict(hit))}


def exclude(choices: Choices, places: Iterable[Place]) -> set[Place]:
    """Give the choices that contradict all of the places: those under which a field at these places is absent."""
    tree = _grow(choices)
    seen = {choice for place in set(places) for choice in _find_consistent(tree, dict(place))}
    return set(choices) - seen


def forget(choices: Iterable[Place], arrays: tuple[str, ...], paths: Iterable[str]) -> Choices:
    """Drop what was chosen in arrays that none of the paths leads through: it can constrain nothing any more."""
    needed = tuple(paths)
    kept = {
        number
        for number in {number for choice in choices for number, _ in choice}
        if any(path == arrays[number] or path.startswith(f"{arrays[number]}.") for path in needed)
    }
    return frozenset(tuple(pair for pair in choice if pair[0] in kept) for choice in choices)


def _merge(one: Place, other: Place) -> Place:
    return other if not one else one if not other else tuple(sorted({*one, *other}))


def _grow(choices: Choices) -> _Tree:
    root = _Tree()
    for choice in choices:
        node = root
        for number, index in choice:
            node = node.below.setdefault(number, {}).setdefault(index, _Tree())
        node.here = choice
    return root


def _find_consistent(root: _Tree, chosen: dict[int, int]) -> Iterator[Place]:
    stack = [root]
    while stack:
        node = stack.pop()
        if node.here is not None:
            yield node.here
        for number, elements in node.below.items():
            if number not in chosen:
                stack.extend(elements.values())
            elif chosen[number] in elements:
                stack.append(elements[chosen[number]])
