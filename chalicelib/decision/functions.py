"""The functions that expressions see beside JSONata's own: Step Functions' extras, and the recorded time.

What would make a decision differ from its replay is refused here: the clock, chance, and evaluating data.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

REFUSED: Mapping[str, str] = {
    "eval": "data is never evaluated",
    "random": "a decision must be the same when it is replayed",
    "shuffle": "a decision must be the same when it is replayed",
    "uuid": "a decision must be the same when it is replayed",
}
"""Functions that an expression may not name, with the reason."""

_MAX_ITEMS = 1000
"""How many elements `$range` may give: Step Functions' own limit."""
_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FunctionRefused(Exception):
    """A function was called in a way that it does not allow; the message says why.

    It becomes an ExpressionFailed where the expression is known.
    """


def parse_json(text: Any = None) -> Any:
    """`$parse(text)`: JSON text to its value; undefined for undefined."""
    if text is None:
        return None
    if not isinstance(text, str):
        raise FunctionRefused("$parse takes a string")
    try:
        return json.loads(text)
    except ValueError as problem:
        raise FunctionRefused(f"$parse: the text is not JSON: {problem}") from None


def partition(items: Any = None, size: Any = None) -> Any:
    """`$partition(array, size)`: consecutive parts of `size` elements, the last one shorter."""
    if items is None:
        return None
    whole = _want_whole("$partition", size)
    if whole < 1:
        raise FunctionRefused("$partition takes a size of at least 1")
    every = list(items) if isinstance(items, list) else [items]
    return [every[start : start + whole] for start in range(0, len(every), whole)]


def make_range(first: Any = None, last: Any = None, step: Any = 1) -> list[int]:
    """`$range(first, last, step)`: both ends included."""
    start, end, stride = (_want_whole("$range", value) for value in (first, last, step))
    if stride == 0:
        raise FunctionRefused("$range takes a step other than 0")
    numbers = range(start, end + (1 if stride > 0 else -1), stride)
    if len(numbers) > _MAX_ITEMS:
        raise FunctionRefused(f"$range gives at most {_MAX_ITEMS} elements")
    return list(numbers)


def hash_text(text: Any = None, algorithm: Any = None) -> str | None:
    """`$hash(text, algorithm)`: hex digits of MD5, SHA-1, SHA-256, SHA-384 or SHA-512."""
    if text is None:
        return None
    if not isinstance(text, str) or algorithm not in _HASHES:
        raise FunctionRefused(f"$hash takes a string and one of {', '.join(_HASHES)}")
    return hashlib.new(_HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def make_now(now: datetime | None) -> Callable[..., Any]:
    """Make `$now()`: the recorded time as ISO 8601 with milliseconds in UTC."""

    def give_now(picture: Any = None, timezone: Any = None) -> str:
        if picture is not None or timezone is not None:
            raise FunctionRefused("$now takes no picture here: write $fromMillis($millis(), picture)")
        return _want_now(now).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    return give_now


def make_millis(now: datetime | None) -> Callable[..., Any]:
    """Make `$millis()`: the recorded time in milliseconds since 1970."""
    return lambda: (_want_now(now) - _EPOCH) // timedelta(milliseconds=1)


def make_to_millis(to_millis: Callable[[str, str | None], Any]) -> Callable[..., Any]:
    """Wrap `$toMillis`: with a picture the library fills what is missing from the clock, so that is refused."""

    def convert(text: Any = None, picture: Any = None) -> Any:
        if picture is not None:
            raise FunctionRefused("$toMillis takes no picture here: what it leaves out would come from the clock")
        return None if text is None else to_millis(text, None)

    return convert


EXTRAS: Mapping[str, Callable[..., Any]] = {
    "parse": parse_json,
    "partition": partition,
    "range": make_range,
    "hash": hash_text,
}
"""Step Functions' own functions, by name."""


def _want_whole(function: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise FunctionRefused(f"{function} takes whole numbers")
    return int(value)


def _want_now(now: datetime | None) -> datetime:
    if now is None:
        raise FunctionRefused("the time is not known here")
    return now.astimezone(UTC)
