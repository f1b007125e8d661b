"""What a pattern's element can be looked up by: keys of which one must be found in a value before the element passes.

A key promises too much rather than too little: who finds it still evaluates the whole pattern. Each element gives
several keys, any one of which will do, so that the index can take the rarest.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from chalicelib.decision.addresses import read_block, read_digits
from chalicelib.decision.operators import split_wildcard

GRAM, LONG_GRAM = 3, 6
"""The lengths of the pieces by which a text inside another is found: long ones where it is long enough."""

TEXT, NUMBER, CONSTANT, FOLDED, ANY = "text", "number", "constant", "folded", "any"
PREFIX, SUFFIX, FOLDED_PREFIX, FOLDED_SUFFIX = "prefix", "suffix", "folded_prefix", "folded_suffix"
DIGITS, GRAMS, LONG_GRAMS, RANGE = "digits", "gram", "long_gram", "range"

CONSTANTS: Mapping[bool | None, str] = {True: "true", False: "false", None: "null"}


class Key(NamedTuple):
    """One way to find an element: `operand` is a text, a number, or for a range its two ends (None: no end)."""

    kind: str
    operand: Any = None


def find_keys(element: Any) -> tuple[Key, ...]:
    """Give the keys of a valid element, at least one. `{"exists": false}` has none: it is about no value."""
    if isinstance(element, str):
        digits = read_digits(element)
        return (Key(DIGITS, digits),) if digits else (Key(TEXT, element),)
    if element is None or isinstance(element, bool):
        return (Key(CONSTANT, CONSTANTS[element]),)
    if isinstance(element, int | float):
        return (Key(NUMBER, element),)
    name, operand = next(iter(element.items()))
    return _FINDERS[name](operand) if name in _FINDERS else (Key(ANY),)


def _find_affix(plain: str, folded: str, operand: Any) -> tuple[Key, ...]:
    if isinstance(operand, str):
        return (Key(plain, operand),)
    return _fold(folded, operand["equals-ignore-case"])


def _fold(kind: str, text: str) -> tuple[Key, ...]:
    """Only ASCII: other letters may change their number with their case."""
    return (Key(kind, text.lower()),) if text.isascii() else (Key(ANY),)


def _find_wildcard(operand: str) -> tuple[Key, ...]:
    runs = [""]
    for part in split_wildcard(operand):
        if part == "*":
            runs.append("")
        else:
            runs[-1] += part[-1]
    if len(runs) == 1:
        return (Key(TEXT, runs[0]),)
    ends = ((PREFIX, runs[0]), (SUFFIX, runs[-1]))
    keys = [Key(kind, run) for kind, run in ends if run]
    grams = [Key(LONG_GRAMS, gram) for gram in _cut(runs[1:-1], LONG_GRAM)]
    keys += grams or [Key(GRAMS, gram) for gram in _cut(runs[1:-1], GRAM)]
    return tuple(keys) or (Key(ANY),)


def _cut(runs: Iterable[str], length: int) -> list[str]:
    return sorted({run[at : at + length] for run in runs for at in range(len(run) - length + 1)})


def _find_numeric(operand: list[Any]) -> tuple[Key, ...]:
    low = high = None
    for operator, bound in zip(operand[::2], operand[1::2], strict=True):
        if operator == "=":
            return (Key(NUMBER, bound),)
        low, high = (bound, high) if operator.startswith(">") else (low, bound)
    return (Key(RANGE, (low, high)),)


def _find_block(operand: str) -> tuple[Key, ...]:
    """An address inside a block begins with the digits that the block's two ends share."""
    first, last = read_block(operand)
    shared = next((at for at, (one, other) in enumerate(zip(first, last, strict=True)) if one != other), len(first))
    return (Key(DIGITS, first[:shared]),)


_FINDERS: Mapping[str, Any] = {
    "exactly": lambda operand: (Key(TEXT, operand),),
    "prefix": lambda operand: _find_affix(PREFIX, FOLDED_PREFIX, operand),
    "suffix": lambda operand: _find_affix(SUFFIX, FOLDED_SUFFIX, operand),
    "equals-ignore-case": lambda operand: _fold(FOLDED, operand),
    "wildcard": _find_wildcard,
    "numeric": _find_numeric,
    "cidr": _find_block,
}
