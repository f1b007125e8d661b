"""What an unquoted YAML scalar means: YAML 1.2's core values, and a refusal where YAML 1.1 would read another value."""

import math
import re
from dataclasses import dataclass

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_OLD_BOOLEANS = frozenset(form for word in ("yes", "no", "on", "off") for form in (word, word.title(), word.upper()))
_FIRST = frozenset("+-.0123456789")
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF|nan|NaN|NAN)\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?\Z")
_OLD_NUMBER = re.compile(
    r"[-+]?(0[0-9_]+|0b[01_]+|0x[0-9a-fA-F_]+|0o[0-7]+|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|[0-9][0-9_.]*_[0-9_.]*)\Z"
)
_MAX_DIGITS = 300


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an unquoted scalar is not read."""

    code: str
    message: str
    hint: str


def read_plain(text: str) -> str | int | float | bool | Refused | None:
    """Give the value of an unquoted scalar: null, boolean, number or string."""
    if text in _NULLS:
        return None
    if text[0] in _FIRST:
        return _read_number(text)
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if text in _OLD_BOOLEANS:
        truth = "true" if text.lower() in {"yes", "on"} else "false"
        message = f"{text} is a boolean in YAML 1.1 and a string in YAML 1.2"
        return Refused("E104", message, f'write {truth} for the boolean, or "{text}" for the string')
    return text


def _read_number(text: str) -> str | int | float | Refused:
    if _INT.match(text) and len(text) <= _MAX_DIGITS:
        return int(text)
    if _DATE.match(text):
        return Refused("E105", f"{text} is a date in YAML 1.1 and a string in YAML 1.2", f'quote it: "{text}"')
    if _OLD_NUMBER.match(text):
        message = f"{text} is not the same number in YAML 1.1 and YAML 1.2"
        return Refused("E105", message, f'quote it ("{text}"), or write it as a plain decimal number')
    if _NOT_FINITE.match(text):
        return Refused("E111", f"{text} is not a number that JSON can hold", "write a finite number")
    if _FLOAT.match(text):
        number = float(text)
        if math.isfinite(number) and len(text) <= _MAX_DIGITS:
            return number
        return Refused("E111", "this number is too large for JSON to hold", "write a smaller number, or quote it")
    return text
