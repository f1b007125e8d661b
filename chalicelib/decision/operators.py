"""The elements of a pattern's arrays: each compiles to a test of one scalar, as AWS's event-ruler defines it."""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

from chalicelib.decision.addresses import lies_between, read_block, read_digits
from chalicelib.decision.fields import Scalar

Test = Callable[[Scalar], bool]

_EXACT_BELOW = 2**53
_ONE_BOUND, _TWO_BOUNDS = 2, 4


class Refusal(Exception):
    """The element is not valid; the message says why. It becomes a PatternInvalid where the path is known."""


def is_absent(element: object) -> bool:
    """Whether the element is `{"exists": false}`: about the field, not about a value of it."""
    return isinstance(element, dict) and element.get("exists") is False and len(element) == 1


def compile_elements(elements: Iterable[object]) -> tuple[Test, ...]:
    """Compile the elements of an array: the plain strings to one test, however many they are. Raises Refusal."""
    listed = list(elements)
    texts = frozenset(one for one in listed if isinstance(one, str) and not read_digits(one))
    others = tuple(compile_element(one) for one in listed if not (isinstance(one, str) and one in texts))
    return (texts.__contains__, *others) if texts else others


def compile_element(element: object) -> Test:
    """Compile one element of a pattern's array. Raises Refusal."""
    if isinstance(element, dict):
        return _compile_operator(element)
    if isinstance(element, str):
        return _compile_text(element)
    if element is None or isinstance(element, bool):
        return lambda value: value is element
    if isinstance(element, int | float):
        return _compile_equal(element)
    raise Refusal("Match value must be String, number, true, false, or null")


def _compile_operator(element: Mapping[str, Any]) -> Test:
    if not element:
        raise Refusal("Match expression name not found")
    name, operand = next(iter(element.items()))
    if name not in OPERATORS:
        raise Refusal(f"Unrecognized match type {name}")
    if len(element) > 1:
        raise Refusal("Only one key allowed in match expression")
    return OPERATORS[name](operand)


def _compile_text(text: str) -> Test:
    """Compile a string: one that reads as an IP address stands for the address, however it is written."""
    digits = read_digits(text)
    if not digits:
        return lambda value: isinstance(value, str) and value == text
    return lambda value: isinstance(value, str) and lies_between(read_digits(value), digits, digits)


def _compile_equal(number: float) -> Test:
    return lambda value: _is_number(value) and value == number


def _compile_exactly(operand: object) -> Test:
    text = _want_text(operand, "exact match pattern must be a string")
    return lambda value: isinstance(value, str) and value == text


def _compile_prefix(operand: object) -> Test:
    if isinstance(operand, dict):
        folded = _want_ignore_case(operand, "prefix")
        return lambda value: isinstance(value, str) and folded.match(value) is not None
    text = _want_text(operand, "prefix match pattern must be a string")
    return lambda value: isinstance(value, str) and value.startswith(text)


def _compile_suffix(operand: object) -> Test:
    if isinstance(operand, dict):
        folded = re.compile(f"(?:{_want_ignore_case(operand, 'suffix').pattern})\\Z", re.DOTALL)
        return lambda value: isinstance(value, str) and folded.search(value) is not None
    text = _want_text(operand, "suffix match pattern must be a string")
    return lambda value: isinstance(value, str) and value.endswith(text)


def _compile_ignore_case(operand: object) -> Test:
    folded = _fold(_want_text(operand, "equals-ignore-case match pattern must be a string"))
    return lambda value: isinstance(value, str) and folded.fullmatch(value) is not None


def _compile_wildcard(operand: object) -> Test:
    form = _read_wildcard(_want_text(operand, "wildcard match pattern must be a string"))
    return lambda value: isinstance(value, str) and form.fullmatch(value) is not None


def _compile_exists(operand: object) -> Test:
    if not isinstance(operand, bool):
        raise Refusal("exists match pattern must be either true or false.")
    return lambda _: operand


def _compile_cidr(operand: object) -> Test:
    text = _want_text(operand, "cidr match pattern must be a string")
    try:
        first, last = read_block(text)
    except ValueError as problem:
        raise Refusal(str(problem)) from None
    return lambda value: isinstance(value, str) and lies_between(read_digits(value), first, last)


def _compile_numeric(operand: object) -> Test:
    if not isinstance(operand, list):
        raise Refusal("Value of numeric must be an array.")
    if not operand or not isinstance(operand[0], str):
        raise Refusal(f"Invalid member in numeric match: {operand[0] if operand else ']'}")
    operator, bounds = operand[0], operand[1:]
    if operator not in _COMPARE:
        raise Refusal(f"Unrecognized numeric range operator: {operator}")
    first = _want_number(bounds[0] if bounds else None, operator)
    test = _COMPARE[operator](first)
    if len(operand) == _ONE_BOUND:
        return lambda value: _is_comparable(value) and test(value)
    if operator not in {">", ">="}:
        raise Refusal("Too many elements in numeric expression")
    upper = operand[2]
    if not isinstance(upper, str):
        raise Refusal(f"Bad value in numeric range: {upper}")
    if upper not in {"<", "<="}:
        raise Refusal(f"Bad numeric range operator: {upper}")
    last = _want_number(operand[3] if len(operand) >= _TWO_BOUNDS else None, upper)
    if len(operand) > _TWO_BOUNDS:
        raise Refusal("Too many terms in numeric range expression")
    if first >= last:
        raise Refusal("Bottom must be less than top")
    below = _COMPARE[upper](last)
    return lambda value: _is_comparable(value) and test(value) and below(value)


def _compile_anything_but(operand: object) -> Test:
    if isinstance(operand, dict):
        return _compile_anything_but_form(operand)
    values: list[Any] = operand if isinstance(operand, list) else [operand]
    if isinstance(operand, bool) or not isinstance(operand, list | str | int | float):
        raise Refusal("Value of anything-but must be an array or single string/number value.")
    if any(isinstance(value, bool) or not isinstance(value, str | int | float) for value in values):
        raise Refusal("Inside anything but list, start|null|boolean is not supported.")
    kinds = {isinstance(value, str) for value in values}
    if len(kinds) != 1:
        raise Refusal("Inside anything but list, either all values are number or string, mixed type is not supported")
    if kinds == {True}:
        texts = frozenset(values)
        return lambda value: not (isinstance(value, str) and value in texts)
    numbers = frozenset(_want_comparable(value) for value in values)
    return lambda value: not (_is_number(value) and value in numbers)


def _compile_anything_but_form(operand: Mapping[str, Any]) -> Test:
    if not operand:
        raise Refusal("Anything-But expression name not found")
    name, inner = next(iter(operand.items()))
    if name not in _ANYTHING_BUT:
        raise Refusal(f"Unsupported anything-but pattern: {name}")
    if len(operand) > 1:
        raise Refusal("Only one key allowed in match expression")
    if isinstance(inner, dict | bool) or inner is None:
        raise Refusal("Value of anything-but must be an array or single string/number value.")
    values = inner if isinstance(inner, list) else [inner]
    if not values:
        raise Refusal("Empty arrays are not allowed")
    if name in {"prefix", "suffix"} and "" in values:
        raise Refusal("Null prefix/suffix not allowed")
    if name in {"prefix", "suffix"} and not all(isinstance(value, str) for value in values):
        raise Refusal("prefix/suffix match pattern must be a string")
    tests = [_ANYTHING_BUT[name](value) for value in values]
    return lambda value: not any(test(value) for test in tests)


def _want_text(operand: object, message: str) -> str:
    if not isinstance(operand, str):
        raise Refusal(message)
    return operand


def _want_ignore_case(operand: Mapping[str, Any], name: str) -> re.Pattern[str]:
    if not operand:
        raise Refusal(f"{name.capitalize()} expression name not found")
    key, inner = next(iter(operand.items()))
    if key != "equals-ignore-case":
        raise Refusal(f"Unsupported {name} pattern: {key}")
    if len(operand) > 1:
        raise Refusal("Only one key allowed in match expression")
    return _fold(_want_text(inner, "equals-ignore-case match pattern must be a string"))


def _want_number(operand: object, operator: str) -> float:
    if isinstance(operand, bool) or not isinstance(operand, int | float):
        raise Refusal(f"Value of {'equals' if operator == '=' else operator} must be numeric")
    return _want_comparable(operand)


def _want_comparable(number: float) -> float:
    if not _is_comparable(number):
        raise Refusal(f"Cannot compare number : {number}")
    return number


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_comparable(value: Any) -> bool:
    """Whether a 64-bit float holds the number exactly: AWS compares no other, and JSON numbers may be longer."""
    if not _is_number(value):
        return False
    if isinstance(value, float) or abs(value) <= _EXACT_BELOW:
        return True
    try:
        return bool(Decimal(repr(float(value))) == value)
    except OverflowError:
        return False


def _fold(text: str) -> re.Pattern[str]:
    """Compile a text to a form that takes each character's upper or lower case, and nothing else (no case folding)."""
    parts = []
    for character in text:
        cases = sorted({character.lower(), character.upper()})
        escaped = "|".join(re.escape(case) for case in cases)
        parts.append(f"(?:{escaped})" if len(cases) > 1 else escaped)
    return re.compile("".join(parts))


def _read_wildcard(text: str) -> re.Pattern[str]:
    for index, pair in enumerate(pairwise(split_wildcard(text))):
        if pair == ("*", "*"):
            raise Refusal(f"Consecutive wildcard characters at pos {index + 1}")
    parts = split_wildcard(text)
    return re.compile("".join(".*" if part == "*" else re.escape(part[-1]) for part in parts), re.DOTALL)


def split_wildcard(text: str) -> list[str]:
    """Split a wildcard into characters, an escape with what it escapes. Raises Refusal."""
    parts: list[str] = []
    index = 0
    while index < len(text):
        escape = text[index] == "\\"
        if escape and text[index + 1 : index + 2] not in {"*", "\\"}:
            raise Refusal(f"Invalid escape character at pos {index + 1}")
        parts.append(text[index : index + 1 + escape])
        index += 1 + escape
    return parts


_COMPARE: Mapping[str, Callable[[Any], Callable[[Any], bool]]] = {
    "=": lambda bound: lambda value: value == bound,
    ">": lambda bound: lambda value: value > bound,
    ">=": lambda bound: lambda value: value >= bound,
    "<": lambda bound: lambda value: value < bound,
    "<=": lambda bound: lambda value: value <= bound,
}

_ANYTHING_BUT: Mapping[str, Callable[[object], Test]] = {
    "equals-ignore-case": _compile_ignore_case,
    "prefix": _compile_prefix,
    "suffix": _compile_suffix,
    "wildcard": _compile_wildcard,
}

OPERATORS: Mapping[str, Callable[[Any], Test]] = {
    "exactly": _compile_exactly,
    "prefix": _compile_prefix,
    "suffix": _compile_suffix,
    "equals-ignore-case": _compile_ignore_case,
    "wildcard": _compile_wildcard,
    "anything-but": _compile_anything_but,
    "numeric": _compile_numeric,
    "exists": _compile_exists,
    "cidr": _compile_cidr,
}
"""By the name of the match type."""
