"""The word that was meant by a misspelt one."""

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

_NEAR = 2
"""Letters that are wrong, missing, too many or swapped with their neighbor."""
_ALIKE = 0.6
"""Of longer words, the share that two which are further apart have in common."""


def find_nearest(word: str, known: Iterable[str]) -> str | None:
    """Give the known word that is nearest, None if none is near: a word all of whose letters are wrong is no misspelling."""
    words = list(dict.fromkeys(known))
    least = min(_NEAR, len(word) - 1)
    near = [(far, one) for one in words if (far := count_edits(word, one, least)) is not None]
    if near:
        return min(
            near, key=lambda pair: (pair[0], pair[1][:1] != word[:1], -SequenceMatcher(None, word, pair[1]).ratio())
        )[1]
    return next(iter(get_close_matches(word, words, n=1, cutoff=_ALIKE)), None)


def count_edits(one: str, other: str, most: int) -> int | None:
    """Give how many letters were written wrongly (optimal string alignment), None if more than `most`."""
    if abs(len(one) - len(other)) > most:
        return None
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        last, row, before_last = row, [at], before
        before = last
        for to, wanted in enumerate(other, 1):
            cost = min(last[to] + 1, row[to - 1] + 1, last[to - 1] + (letter != wanted))
            if at > 1 and to > 1 and (letter, one[at - 2]) == (other[to - 2], wanted):
                cost = min(cost, before_last[to - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None
