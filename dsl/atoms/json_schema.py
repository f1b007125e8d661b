"""The JSON Schemas of declared atoms: which keywords count, and the pydantic models that the compiler reads them as."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeVar, Union, cast

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model
from pydantic_core import SchemaError

from chalicelib.atoms.contract import AtomInput, AtomOutput
from dsl.diagnostics import suggest
from dsl.shape import Path

Schema = Mapping[str, Any]
M = TypeVar("M", bound=BaseModel)

_ALWAYS = frozenset({"type", "title", "description", "default", "examples", "enum", "const", "anyOf"})
_LIMITS: Mapping[str, frozenset[str]] = {
    "string": frozenset({"pattern", "minLength", "maxLength"}),
    "integer": frozenset({"minimum", "maximum"}),
    "number": frozenset({"minimum", "maximum"}),
    "boolean": frozenset(),
    "null": frozenset(),
    "array": frozenset({"items", "minItems", "maxItems"}),
    "object": frozenset({"properties", "required", "additionalProperties"}),
}
_PLAIN: Mapping[str, Any] = {"boolean": bool, "null": None}


class SchemaFault(NamedTuple):
    """What is wrong at a path of a schema."""

    path: Path
    message: str
    hint: str | None = None


class DeclaredInput(AtomInput):
    """An input read off a JSON Schema: nothing is converted, since the function gets it as it is."""

    model_config = ConfigDict(strict=True)
    declared: ClassVar[dict[str, Any]] = {}

    @classmethod
    def model_json_schema(cls, *_: Any, **__: Any) -> dict[str, Any]:
        """Give the schema as it was declared."""
        return cls.declared


class DeclaredOutput(AtomOutput):
    """An output read off a JSON Schema."""

    declared: ClassVar[dict[str, Any]] = {}

    @classmethod
    def model_json_schema(cls, *_: Any, **__: Any) -> dict[str, Any]:
        """Give the schema as it was declared."""
        return cls.declared


def check_root(schema: Schema) -> Iterator[SchemaFault]:
    """Find everything in an atom's input or output, of the right shape as it is, that cannot be meant."""
    if schema.get("type") != "object":
        yield SchemaFault(("type",), "input and output are objects", "write type: object, with properties")
    elif schema.get("additionalProperties") is not None and schema["additionalProperties"] is not False:
        at = ("additionalProperties",)
        yield SchemaFault(at, "input and output have no other fields than those named", "remove it")
    yield from _check(schema, ())


def normalize(schema: Schema) -> dict[str, Any]:
    """Write a root as the catalog reads it: closed, and `type: [string, "null"]` as `anyOf`."""
    return {**_normalize(schema), "additionalProperties": False}


def make_model(name: str, schema: Schema, base: type[M]) -> type[M]:
    """Make the model of a normal schema without faults."""
    model = create_model(name, __base__=base, **_make_fields(name, schema))
    model.declared = schema  # type: ignore[attr-defined]
    return cast("type[M]", model)


def _check(schema: Schema, path: Path) -> Iterator[SchemaFault]:
    kinds = _list_kinds(schema)
    known = _ALWAYS.union(*(_LIMITS[kind] for kind in kinds))
    for key in schema.keys() - known:
        owners = [kind for kind, words in _LIMITS.items() if key in words]
        message = f"`{key}` says nothing about {' or '.join(kinds) or 'a value of any type'}"
        yield SchemaFault((*path, key), message, f"it belongs to type {' or '.join(owners)}")
    for index, name in enumerate(schema.get("required", ())):
        if name not in schema.get("properties", {}):
            hint = suggest(name, schema.get("properties", {}))
            message = f"`{name}` is required and not among the properties"
            yield SchemaFault((*path, "required", index), message, hint)
    if "pattern" in schema:
        yield from _check_pattern(schema["pattern"], (*path, "pattern"))
    for at, inner in _list_inner(schema):
        yield from _check(inner, (*path, *at))


def _check_pattern(pattern: str, path: Path) -> Iterator[SchemaFault]:
    """Both matchers must take it: Python's checks what a caller sends, and pydantic's what a step gives."""
    try:
        re.compile(pattern)
        TypeAdapter(Annotated[str, Field(pattern=pattern)])
    except (re.error, SchemaError) as error:
        cause = str(error).splitlines()[-1].strip()
        yield SchemaFault(
            path, f"this pattern cannot be used: {cause}", "look-around and back references are not known"
        )


def _list_kinds(schema: Schema) -> tuple[str, ...]:
    kinds = schema.get("type", ())
    return (kinds,) if isinstance(kinds, str) else tuple(kinds)


def _list_inner(schema: Schema) -> Iterator[tuple[Path, Schema]]:
    for name, inner in schema.get("properties", {}).items():
        yield ("properties", name), inner
    for index, member in enumerate(schema.get("anyOf", ())):
        yield ("anyOf", index), member
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), Mapping):
            yield (key,), schema[key]


def _normalize(schema: Schema) -> dict[str, Any]:
    changed: dict[str, Any] = dict(schema)
    if "properties" in schema:
        changed["properties"] = {name: _normalize(inner) for name, inner in schema["properties"].items()}
    if "items" in schema:
        changed["items"] = _normalize(schema["items"])
    if isinstance(schema.get("additionalProperties"), Mapping):
        changed["additionalProperties"] = _normalize(schema["additionalProperties"])
    if "anyOf" in schema:
        changed["anyOf"] = [_normalize(member) for member in schema["anyOf"]]
    if not isinstance(schema.get("type", ""), str):
        kinds = changed.pop("type")
        about: dict[str, Any] = {key: changed.pop(key) for key in ("title", "description", "default") if key in changed}
        members = [
            {"type": kind, **{key: value for key, value in changed.items() if key in _LIMITS[kind] | {"enum", "const"}}}
            for kind in kinds
        ]
        changed = {**about, "anyOf": members}
    return changed


def _make_fields(name: str, schema: Schema) -> dict[str, Any]:
    required = schema.get("required", ())
    fields: dict[str, Any] = {}
    for index, (title, inner) in enumerate(schema.get("properties", {}).items()):
        kind = _make_type(f"{name}_{index}", inner)
        # A name of JSON may be none of Python's, so the field has another one.
        default = {} if title in required else {"default": inner.get("default")}
        fields[f"field_{index}"] = (kind, Field(alias=title, **default))
    return fields


def _make_type(name: str, schema: Schema) -> Any:
    literal: Any = Literal
    if "anyOf" in schema:
        union: Any = Union
        return union[tuple(_make_type(f"{name}_{index}", one) for index, one in enumerate(schema["anyOf"]))]
    if "enum" in schema:
        return literal[tuple(schema["enum"])]
    if "const" in schema:
        return literal[schema["const"]]
    match schema.get("type"):
        case "string":
            return _limit(str, schema, pattern="pattern", min_length="minLength", max_length="maxLength")
        case "integer":
            return _limit(int, schema, ge="minimum", le="maximum")
        case "number":
            return _limit(float, schema, ge="minimum", le="maximum")
        case "array":
            items = _make_type(f"{name}_item", schema.get("items", {}))
            return _limit(list[items], schema, min_length="minItems", max_length="maxItems")  # type: ignore[valid-type]
        case "object":
            return _make_object(name, schema)
        case kind:
            return _PLAIN.get(str(kind), Any)


def _make_object(name: str, schema: Schema) -> Any:
    extra = schema.get("additionalProperties", True)
    if "properties" in schema:
        config = ConfigDict(extra="forbid" if extra is False else "allow", strict=True)
        return create_model(name, __config__=config, **_make_fields(name, schema))
    values = _make_type(f"{name}_value", extra) if isinstance(extra, Mapping) else Any
    return dict[str, values]  # type: ignore[valid-type]


def _limit(kind: Any, schema: Schema, **words: str) -> Any:
    limits = {ours: schema[theirs] for ours, theirs in words.items() if theirs in schema}
    annotated: Any = Annotated
    return annotated[kind, Field(**limits)] if limits else kind
