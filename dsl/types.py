"""What an expression surely is: JSON kinds, read off JSON Schemas. Whatever is not certain is None, `any`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

from pydantic import BaseModel

from chalicelib.catalog.schema import OBJECT_REF
from dsl.jsonata_functions import return_kind

Kinds = frozenset[str] | None
"""JSON kinds a value may have: `string`, `number`, `integer`, `boolean`, `null`, `object`, `array`. None is any."""

_KINDS = frozenset({"string", "number", "integer", "boolean", "null", "object", "array"})
_BOOLEAN_OPERATORS = frozenset({"=", "!=", "<", "<=", ">", ">=", "and", "or", "in"})
_NUMBER_OPERATORS = frozenset({"+", "-", "*", "/", "%"})


@dataclass(frozen=True, slots=True)
class Type:
    """A JSON Schema and the document its references point into."""

    schema: Mapping[str, Any]
    root: Mapping[str, Any] = field(default_factory=dict)


class Absent(Enum):
    """The answer for a field that certainly does not exist."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


def output_type(model: type[BaseModel]) -> Type:
    """Give the type of a pydantic model as it is serialized."""
    return _read_schema(model, "serialization")


def input_type(model: type[BaseModel]) -> Type:
    """Give the type of a pydantic model as it is validated."""
    return _read_schema(model, "validation")


_SCHEMAS: dict[tuple[type[BaseModel], str], Type] = {}
"""A model's schema never changes and takes milliseconds to make; there are as many as atoms."""


def _read_schema(model: type[BaseModel], mode: Literal["serialization", "validation"]) -> Type:
    if (model, mode) not in _SCHEMAS:
        schema = model.model_json_schema(mode=mode)
        _SCHEMAS[model, mode] = Type(schema, schema)
    return _SCHEMAS[model, mode]


def resolve(kind: Type) -> Type | None:
    """Follow references and unions with null to one schema; None where several are left."""
    schema = kind.schema
    for _ in range(20):
        if "$ref" in schema:
            schema = kind.root.get("$defs", {}).get(str(schema["$ref"]).rsplit("/", 1)[-1], {})
            continue
        members = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
        if not members:
            return Type(schema, kind.root)
        rest = [member for member in members if member.get("type") != "null"]
        if len(rest) != 1:
            return None
        schema = rest[0]
    return None


def get_field(kind: Type | None, name: str) -> Type | Absent | None:
    """Give the type of a field. JSONata reads a field of every element of an array."""
    found = resolve(kind) if kind is not None else None
    while found is not None and found.schema.get("type") == "array":
        items = found.schema.get("items")
        found = resolve(Type(items, found.root)) if isinstance(items, dict) else None
    if found is None:
        return None
    schema = found.schema
    properties = schema.get("properties", {})
    if name in properties:
        return Type(properties[name], found.root)
    extra = schema.get("additionalProperties")
    if isinstance(extra, dict):
        return Type(extra, found.root)
    is_scalar = schema.get("type") in {"string", "number", "integer", "boolean"}
    return ABSENT if is_scalar or extra is False else None


def list_field_names(kind: Type | None) -> tuple[str, ...]:
    """Name the fields a type has, of its elements if it is an array."""
    found = resolve(kind) if kind is not None else None
    while found is not None and found.schema.get("type") == "array":
        items = found.schema.get("items")
        found = resolve(Type(items, found.root)) if isinstance(items, dict) else None
    return tuple(found.schema.get("properties", {})) if found is not None else ()


def kinds_of(kind: Type | None) -> Kinds:
    """Give the JSON kinds of a schema, null included where a union allows it."""
    if kind is None:
        return None
    schema = kind.schema
    members = schema.get("anyOf") or schema.get("oneOf")
    if members:
        found: set[str] = set()
        for member in members:
            inner = kinds_of(Type(member, kind.root))
            if inner is None:
                return None
            found |= inner
        return frozenset(found)
    resolved = resolve(kind)
    if resolved is None:
        return None
    named = resolved.schema.get("type")
    if isinstance(named, str):
        return frozenset({named})
    if isinstance(named, list):
        return frozenset(named)
    values = resolved.schema.get("enum") or ([resolved.schema["const"]] if "const" in resolved.schema else None)
    return frozenset(kind_of_value(value) for value in values) if values else None


def kind_of_value(value: Any) -> str:
    """Give the JSON kind of a literal."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    for python, name in ((str, "string"), (int, "integer"), (float, "number"), (dict, "object")):
        if isinstance(value, python):
            return name
    return "array"


def name_kinds(kinds: frozenset[str]) -> str:
    """Write kinds in words: `an integer or null`."""
    words = ("null" if kind == "null" else f"{'an' if kind[0] in 'aio' else 'a'} {kind}" for kind in sorted(kinds))
    return " or ".join(words)


def clash(actual: Kinds, expected: Kinds) -> bool:
    """Whether a value of these kinds can certainly not be of those. A number may be whole."""
    if actual is None or expected is None:
        return False
    if "number" in expected:
        expected = expected | {"integer"}
    if "number" in actual:
        actual = actual | {"integer"}
    return not (actual & expected)


def infer_kinds(ast: Any, lookup: Callable[[str], Type | None]) -> Kinds:
    """Give the kinds an expression surely has; `lookup` gives the type of a name that is sure to hold something."""
    kind = getattr(ast, "type", None)
    if kind in {"string", "number"}:
        return frozenset({kind_of_value(ast.value)})
    if kind == "value":
        return frozenset({kind_of_value(ast.value)})
    if getattr(ast, "predicate", None) or getattr(ast, "group", None):
        return None
    if kind == "binary":
        return _infer_binary(ast)
    if kind == "function":
        name = str(getattr(ast.procedure, "value", ""))
        found = return_kind(name)
        return frozenset({found}) if found in _KINDS else None
    if kind == "condition":
        first, second = infer_kinds(ast.then, lookup), infer_kinds(getattr(ast, "_else", None), lookup)
        return first | second if first is not None and second is not None else None
    if kind == "unary":
        return {"{": frozenset({"object"}), "[": frozenset({"array"}), "-": frozenset({"number"})}.get(str(ast.value))
    if kind in {"variable", "path"}:
        return _infer_path(ast, lookup)
    return None


def _infer_binary(ast: Any) -> Kinds:
    if ast.value in _BOOLEAN_OPERATORS:
        return frozenset({"boolean"})
    if ast.value == "&":
        return frozenset({"string"})
    if ast.value in _NUMBER_OPERATORS:
        return frozenset({"number"})
    return frozenset({"array"}) if ast.value == ".." else None


def _infer_path(ast: Any, lookup: Callable[[str], Type | None]) -> Kinds:
    return kinds_of(infer_type(ast, lookup))


def infer_type(ast: Any, lookup: Callable[[str], Type | None]) -> Type | None:
    """Give the type of a name or of a field read from one, None for any other expression."""
    if getattr(ast, "type", None) not in {"variable", "path"}:
        return None
    steps = ast.steps if ast.type == "path" else [ast]
    first, *rest = steps
    if getattr(first, "type", None) != "variable" or getattr(first, "predicate", None):
        return None
    found = lookup(str(first.value))
    for step in rest:
        is_plain = getattr(step, "type", None) == "name" and not getattr(step, "stages", None)
        # A field of an array's elements is a list, or its only element, or nothing.
        if found is None or not is_plain or kinds_of(found) == frozenset({"array"}):
            return None
        inner = get_field(found, str(step.value))
        found = None if isinstance(inner, Absent) else inner
    return found


def object_kind(kind: Type | None) -> str | None:
    """Give the kind of object that a value surely names, or each element of it; None where it is no `object-ref`."""
    found = resolve(kind) if kind is not None else None
    while found is not None and found.schema.get("type") == "array":
        items = found.schema.get("items")
        found = resolve(Type(items, found.root)) if isinstance(items, dict) else None
    is_name = found is not None and found.schema.get("format") == OBJECT_REF
    return str(found.schema["objectKind"]) if found is not None and is_name else None
