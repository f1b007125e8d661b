"""How many bytes of JSON a value gets: what a state is given, gives or assigns may have 256 KiB.

Every list is counted at its largest. What a schema leaves open is assumed, and only ever leads to a warning.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dsl.expressions import Expression, parse_expression, unwrap
from dsl.types import Type, infer_type, resolve

MAX_PAYLOAD = 262_144
"""Bytes of UTF-8 that Step Functions takes of an input, a result, an output or a variable."""

ASSUMED_TEXT, ASSUMED_ITEMS, ASSUMED_ANY = 64, 4, 256
"""Characters of a text, elements of a list or fields of a mapping, and bytes of a value, where nothing says otherwise."""

_NUMBER, _BOOLEAN = 12, 5
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes: `least` if every value is as short as it can be, `likely` with what is assumed of open ones."""

    least: int
    likely: int

    def __add__(self, other: "Size") -> "Size":
        """Both."""
        return Size(self.least + other.least, self.likely + other.likely)

    def __mul__(self, times: int) -> "Size":
        """So many of them."""
        return Size(self.least * times, self.likely * times)


_UNKNOWN = Size(1, ASSUMED_ANY)


def size_of_type(kind: Type | None, depth: int = 0) -> Size:
    """Estimate a value of a type."""
    if kind is None or depth > _DEEPEST:
        return _UNKNOWN
    members = kind.schema.get("anyOf") or kind.schema.get("oneOf")
    if members:
        sizes = [size_of_type(Type(one, kind.root), depth + 1) for one in members]
        return Size(min(one.least for one in sizes), max(one.likely for one in sizes))
    found = resolve(kind)
    if found is None:
        return _UNKNOWN
    values = found.schema.get("enum") or ([found.schema["const"]] if "const" in found.schema else None)
    if values:
        lengths = [_length(one) for one in values]
        return Size(min(lengths), max(lengths))
    size = _SIZES.get(str(found.schema.get("type")))
    return size(found, depth) if size is not None else _UNKNOWN


def size_of_value(value: Any, lookup: Callable[[str], Type | None]) -> Size:
    """Estimate a value as it is written, its expressions by what they read; `lookup` gives the type of a name."""
    if isinstance(value, str):
        inner = unwrap(value)
        if inner is None:
            return _exactly(_length(value))
        parsed = parse_expression(inner)
        return size_of_type(infer_type(parsed.ast, lookup) if isinstance(parsed, Expression) else None)
    if isinstance(value, Mapping):
        fields = (_exactly(_length(key) + 2) + size_of_value(one, lookup) for key, one in value.items())
        return sum(fields, _exactly(2))
    if isinstance(value, list | tuple):
        return sum((_exactly(1) + size_of_value(one, lookup) for one in value), _exactly(2))
    return _exactly(_length(value))


def _length(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())


def _exactly(size: int) -> Size:
    return Size(size, size)


def _size_text(kind: Type, depth: int) -> Size:
    del depth
    least: int = kind.schema.get("minLength", 0)
    return Size(least + 2, max(least, min(kind.schema.get("maxLength", ASSUMED_TEXT), ASSUMED_TEXT)) + 2)


def _size_array(kind: Type, depth: int) -> Size:
    items = kind.schema.get("items")
    each = size_of_type(Type(items, kind.root) if isinstance(items, dict) else None, depth + 1) + _exactly(1)
    most: int | None = kind.schema.get("maxItems")
    if most is not None:
        return _exactly(2) + each * most
    least: int = kind.schema.get("minItems", 0)
    return Size(2 + each.least * least, 2 + each.likely * max(least, ASSUMED_ITEMS))


def _size_object(kind: Type, depth: int) -> Size:
    required = kind.schema.get("required", ())
    size = _exactly(2)
    for name, one in kind.schema.get("properties", {}).items():
        field = size_of_type(Type(one, kind.root), depth + 1) + _exactly(len(name) + 4)
        size += field if name in required else Size(0, field.likely)
    extra = kind.schema.get("additionalProperties")
    if isinstance(extra, dict):
        one = size_of_type(Type(extra, kind.root), depth + 1)
        most: int = kind.schema.get("maxProperties", ASSUMED_ITEMS)
        size += Size(0, (one.likely + ASSUMED_TEXT) * most)
    elif extra is not False and not kind.schema.get("properties"):
        size += Size(0, ASSUMED_ANY)
    return size


_SIZES: Mapping[str, Callable[[Type, int], Size]] = {
    "string": _size_text,
    "array": _size_array,
    "object": _size_object,
    "integer": lambda _, __: Size(1, _NUMBER),
    "number": lambda _, __: Size(1, _NUMBER),
    "boolean": lambda _, __: Size(4, _BOOLEAN),
    "null": lambda _, __: _exactly(4),
}
