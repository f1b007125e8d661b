"""JSON with an indent of two, byte for byte what `json.dumps` writes: its own writer of indents is a quarter of a compilation."""

from json.encoder import encode_basestring
from typing import Any

_CONSTANTS = {None: "null", True: "true", False: "false"}


def dump_json(value: Any) -> str:
    """Write a JSON value whose keys are strings and whose numbers are finite."""
    parts: list[str] = []
    _write(value, "\n", parts.append)
    return "".join(parts)


def _write(value: Any, gap: str, put: Any) -> None:
    """Recursion is as deep as the value nests, which the source limits."""
    kind = type(value)
    if kind is str:
        put(encode_basestring(value))
    elif kind is dict and value:
        inner, separator = gap + "  ", "{"
        for key, one in value.items():
            put(f"{separator}{inner}{encode_basestring(key)}: ")
            _write(one, inner, put)
            separator = ","
        put(gap + "}")
    elif kind in {list, tuple} and value:
        inner, separator = gap + "  ", "["
        for one in value:
            put(separator + inner)
            _write(one, inner, put)
            separator = ","
        put(gap + "]")
    elif kind is bool or value is None:
        put(_CONSTANTS[value])
    elif kind in {int, float}:
        put(repr(value))
    else:
        put(_write_rest(value))


def _write_rest(value: Any) -> str:
    """Write an empty container, or a text or number of a class of its own, such as a StrEnum."""
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, int | float):
        return repr(int(value) if isinstance(value, int) else float(value))
    if isinstance(value, dict | list | tuple) and not value:
        return "{}" if isinstance(value, dict) else "[]"
    message = f"{type(value).__name__} is not JSON"
    raise TypeError(message)
