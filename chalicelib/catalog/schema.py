"""Check an input against the JSON Schema subset that the compiler emits, and fill in its defaults.

Runs on the decision path, where importing a general validator would cost more than everything else together. The
compiler emits only these keywords, and a contract test compares this module with a full validator.
"""

import re
from collections.abc import Mapping
from typing import Any

from chalicelib.errors import BadInput

OBJECT_REF = "object-ref"
"""The `format` of a text that is the name of an object, whose kind stands under `objectKind`."""
OBJECT_NAME = "^[^/]+$"
"""What it must match: a hole of an `object` template takes nothing else."""

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list, tuple),
    "object": (Mapping,),
    "null": (type(None),),
}


def complete_input(schema: Mapping[str, Any], given: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Give the input with its defaults. Raises BadInput that names every fault of it, joined by `; `."""
    filled = _fill(schema, given)
    faults = list_faults(schema, filled, "input")
    if faults:
        raise BadInput(name=name, cause="; ".join(faults))
    return dict(filled)


def list_faults(schema: Mapping[str, Any], value: Any, path: str) -> list[str]:
    """Say everything that is wrong with a value, each fault with the path to it; empty if it fits."""
    if "anyOf" in schema:
        return _check_any(schema["anyOf"], value, path)
    expected = schema.get("type")
    if expected is not None and not _has_type(value, expected):
        return [f"{path} must be {expected}, not {_name_type(value)}"]
    faults = []
    if "enum" in schema and not any(_is_same(value, one) for one in schema["enum"]):
        faults.append(f"{path} must be one of {', '.join(map(repr, schema['enum']))}")
    if "const" in schema and not _is_same(value, schema["const"]):
        faults.append(f"{path} must be {schema['const']!r}")
    if isinstance(value, str):
        faults += _check_text(schema, value, path)
    elif isinstance(value, Mapping):
        faults += _check_object(schema, value, path)
    elif isinstance(value, (list, tuple)):
        faults += _check_array(schema, value, path)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        faults += _check_number(schema, value, path)
    return faults


def _fill(schema: Mapping[str, Any], given: Mapping[str, Any]) -> Mapping[str, Any]:
    properties: Mapping[str, Any] = schema.get("properties", {})
    defaults = {key: value["default"] for key, value in properties.items() if "default" in value and key not in given}
    return {**given, **defaults}


def _has_type(value: Any, expected: str) -> bool:
    if isinstance(value, bool) and expected in {"integer", "number"}:
        return False
    if expected == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[expected])


def _is_same(one: Any, other: Any) -> bool:
    """Python takes True for 1, JSON does not."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _name_type(value: Any) -> str:
    for name in ("null", "boolean", "integer", "number", "string", "array", "object"):
        if isinstance(value, _TYPES[name]):
            return name
    return type(value).__name__


def _check_any(schemas: list[Mapping[str, Any]], value: Any, path: str) -> list[str]:
    if any(not list_faults(schema, value, path) for schema in schemas):
        return []
    return [f"{path} fits none of the allowed shapes"]


def _check_text(schema: Mapping[str, Any], value: str, path: str) -> list[str]:
    faults = []
    if "pattern" in schema and not re.search(schema["pattern"], value):
        is_name = schema.get("format") == OBJECT_REF
        wanted = f"be the name of a {schema['objectKind']}, without /" if is_name else f"match {schema['pattern']}"
        faults.append(f"{path} must {wanted}")
    if len(value) < schema.get("minLength", 0):
        faults.append(f"{path} must have at least {schema['minLength']} characters")
    if len(value) > schema.get("maxLength", len(value)):
        faults.append(f"{path} must have at most {schema['maxLength']} characters")
    return faults


def _check_number(schema: Mapping[str, Any], value: float, path: str) -> list[str]:
    faults = []
    if value < schema.get("minimum", value):
        faults.append(f"{path} must be at least {schema['minimum']}")
    if value > schema.get("maximum", value):
        faults.append(f"{path} must be at most {schema['maximum']}")
    return faults


def _check_array(schema: Mapping[str, Any], value: list[Any] | tuple[Any, ...], path: str) -> list[str]:
    faults = []
    if len(value) < schema.get("minItems", 0):
        faults.append(f"{path} must have at least {schema['minItems']} items")
    if len(value) > schema.get("maxItems", len(value)):
        faults.append(f"{path} must have at most {schema['maxItems']} items")
    items = schema.get("items")
    if items is not None:
        for index, item in enumerate(value):
            faults += list_faults(items, item, f"{path}[{index}]")
    return faults


def _check_object(schema: Mapping[str, Any], value: Mapping[str, Any], path: str) -> list[str]:
    properties: Mapping[str, Any] = schema.get("properties", {})
    faults = [f"{path}.{key} is required" for key in schema.get("required", ()) if key not in value]
    extra = schema.get("additionalProperties", True)
    for key, item in value.items():
        if key in properties:
            faults += list_faults(properties[key], item, f"{path}.{key}")
        elif extra is False:
            faults.append(f"{path}.{key} is not known")
        elif isinstance(extra, Mapping):
            faults += list_faults(extra, item, f"{path}.{key}")
    return faults
