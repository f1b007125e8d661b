"""A request's body to a JSON object, with everything refused that the store or Step Functions would choke on later."""

import json
import math
from collections.abc import Iterable
from typing import Any

from chalicelib.api.problems import MalformedBody, TooLarge, WrongContentType

MAX_BYTES = 64 * 1024
MAX_DEPTH = 16
"""DynamoDB nests 32 levels, and the input sits some levels down in its row."""
_MAX_DIGITS = 38
_LEAST, _MOST = 1e-130, 9.9e125
"""What a DynamoDB number holds."""


def read_body(raw: bytes, content_type: str | None) -> Any:
    """Read strict JSON. Raises WrongContentType, TooLarge and MalformedBody.

    `raw` is at most 64 KiB of UTF-8. A field given twice, NaN, numbers that the store cannot hold, lone surrogates and
    more than 16 levels are malformed: silently taking a part of it would run something that nobody asked for.
    """
    if (content_type or "").partition(";")[0].strip().lower() != "application/json":
        raise WrongContentType(given=content_type or "a body without a Content-Type")
    if len(raw) > MAX_BYTES:
        raise TooLarge(size=len(raw), limit=MAX_BYTES)
    value = _parse(raw)
    if _is_deeper(value, MAX_DEPTH):
        raise MalformedBody(cause=f"it is nested more than {MAX_DEPTH} levels deep")
    return value


def _parse(raw: bytes) -> Any:
    try:
        value = json.loads(
            raw.decode(),
            object_pairs_hook=_read_object,
            parse_constant=_refuse_constant,
            parse_float=_read_float,
            parse_int=_read_int,
        )
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise MalformedBody(cause=f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except UnicodeDecodeError as error:
        raise MalformedBody(cause=f"byte {error.start} is not UTF-8") from None
    except UnicodeEncodeError:
        raise MalformedBody(cause="a string holds half a surrogate pair") from None
    except RecursionError:
        raise MalformedBody(cause=f"it is nested more than {MAX_DEPTH} levels deep") from None
    return value


def _read_object(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, value in pairs:
        if not name:
            raise MalformedBody(cause="a field has no name")
        if name in read:
            raise MalformedBody(cause=f"the field {name[:80]!r} is given twice")
        read[name] = value
    return read


def _refuse_constant(text: str) -> Any:
    raise MalformedBody(cause=f"{text} is not a JSON number")


def _read_int(text: str) -> int:
    if len(text.lstrip("-")) > _MAX_DIGITS:
        raise MalformedBody(cause=f"a number has more than {_MAX_DIGITS} digits")
    return int(text)


def _read_float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value) or (value and not _LEAST <= abs(value) <= _MOST):
        raise MalformedBody(cause=f"the number {text[:80]} is out of range")
    return value


def _is_deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(one, levels - 1) for one in inner)
