"""The input of a workflow: short forms of types, compiled to the JSON Schema that the catalog and dispatch check."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from chalicelib.catalog.schema import OBJECT_NAME, OBJECT_REF
from dsl.diagnostics import suggest
from dsl.durations import parse_duration
from dsl.model.base import Strict, mistake

TYPES = ("string", "integer", "number", "boolean", "duration", "object-ref", "enum", "array", "object")
_OPTIONS: dict[str, tuple[str, ...]] = {
    "string": ("pattern", "min_length", "max_length"),
    "integer": ("min", "max"),
    "number": ("min", "max"),
    "boolean": (),
    "duration": (),
    "object-ref": ("kind",),
    "enum": ("values",),
    "array": ("items", "min_items", "max_items"),
    "object": ("items",),
}


_SHORT = {"enum": "values", "object-ref": "kind"}
"""The types that are named by a key, whose value is this option."""


def _expand_short_form(value: object) -> object:
    """Read `string`, `[string]` for an array, `{enum: [a, b]}`, and `{object-ref: host}` for a host's name."""
    if isinstance(value, str):
        return {"type": value}
    if isinstance(value, list) and len(value) == 1:
        return {"type": "array", "items": value[0]}
    if isinstance(value, dict) and "type" not in value:
        for short, option in _SHORT.items():
            if short in value:
                rest = {key: given for key, given in value.items() if key != short}
                return {"type": short, option: value[short], **rest}
    return value


def _check_type(value: object) -> object:
    if isinstance(value, str) and value not in TYPES:
        hint = suggest(value, TYPES) or f"known types: {', '.join(TYPES)}"
        raise mistake("E205", f"unknown type {value!r}", hint)
    return value


class InputField(Strict):
    """One input. `items` is the type of an array's elements, or of an object's values.

    An `object-ref` is the name of an object of this `kind`, by default the input's own name.
    """

    type: Annotated[
        Literal["string", "integer", "number", "boolean", "duration", "object-ref", "enum", "array", "object"],
        BeforeValidator(_check_type),
    ]
    description: str | None = None
    default: Any = None
    pattern: str | None = None
    min_length: int | None = Field(default=None, ge=0)
    max_length: int | None = Field(default=None, ge=0)
    min: float | None = None
    max: float | None = None
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")] | None = None
    values: tuple[str, ...] | None = Field(default=None, min_length=1)
    items: "Input | None" = None
    min_items: int | None = Field(default=None, ge=0)
    max_items: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _check_options(self) -> Self:
        allowed = {"type", "description", "default", *_OPTIONS[self.type]}
        for name in sorted(self.model_fields_set - allowed):
            known = ", ".join(_OPTIONS[self.type]) or "description and default only"
            raise mistake("E201", f"`{name}` does not go with type {self.type}", f"{self.type} knows: {known}", name)
        if self.type == "enum" and self.values is None:
            raise mistake("E202", "`values` is missing", "list what is allowed: values: [small, large]")
        if self.items is not None and self.items.type == "object-ref" and self.items.kind is None:
            text, hint = "of which kind of object are these the names?", "for example [{object-ref: host}]"
            raise mistake("E202", text, hint, "items")
        if "default" in self.model_fields_set and self.default is not None:
            self._check_default()
        return self

    def _check_default(self) -> None:
        fits = _FITS[self.type]
        if not fits(self, self.default):
            message = f"the default {self.default!r} is not a valid {self.type}"
            raise mistake("E204", message, _hint_default(self), "default")

    @property
    def required(self) -> bool:
        """Whether the caller must give it: it has no default."""
        return "default" not in self.model_fields_set


Input = Annotated[InputField, BeforeValidator(_expand_short_form)]
"""An input field in its long or a short form."""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_FITS: dict[str, Callable[[InputField, Any], bool]] = {
    "string": lambda _, value: isinstance(value, str),
    "integer": lambda _, value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda _, value: _is_number(value),
    "boolean": lambda _, value: isinstance(value, bool),
    "duration": lambda _, value: isinstance(value, str) and parse_duration(value) is not None,
    "object-ref": lambda _, value: isinstance(value, str) and re.search(OBJECT_NAME, value) is not None,
    "enum": lambda field, value: value in (field.values or ()),
    "array": lambda _, value: isinstance(value, list),
    "object": lambda _, value: isinstance(value, dict),
}


def _hint_default(field: InputField) -> str:
    if field.type == "enum":
        return f"one of: {', '.join(field.values or ())}"
    if field.type == "object-ref":
        return "write the name alone, without its kind and without /"
    return {"duration": "for example 10m", "boolean": "true or false"}.get(field.type, "change the default or the type")


def input_schema(fields: Mapping[str, InputField]) -> dict[str, Any]:
    """Give the JSON Schema of a whole input. A duration is a whole number of seconds, as Step Functions takes it."""
    return {
        "type": "object",
        "properties": {name: _schema(_name_kind(field, name)) for name, field in fields.items()},
        "required": [name for name, field in fields.items() if field.required],
        "additionalProperties": False,
    }


def _name_kind(field: InputField, name: str) -> InputField:
    """Give a reference that says no kind the input's own name: `host: object-ref` is the name of a host."""
    return field.model_copy(update={"kind": name}) if field.type == "object-ref" and field.kind is None else field


_JSON_TYPES = {"duration": "integer", "enum": "string", "object-ref": "string"}
_KEYWORDS = {
    "pattern": "pattern",
    "min_length": "minLength",
    "max_length": "maxLength",
    "min": "minimum",
    "max": "maximum",
    "min_items": "minItems",
    "max_items": "maxItems",
}


def _schema(field: InputField) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": _JSON_TYPES.get(field.type, field.type)}
    if field.type == "duration":
        schema |= {"minimum": 0, "format": "seconds"}
    if field.type == "object-ref":
        schema |= {"pattern": OBJECT_NAME, "format": OBJECT_REF, "objectKind": field.kind}
    if field.values is not None:
        schema["enum"] = list(field.values)
    for name, keyword in _KEYWORDS.items():
        if (value := getattr(field, name)) is not None:
            schema[keyword] = value
    if field.items is not None:
        schema["items" if field.type == "array" else "additionalProperties"] = _schema(field.items)
    if field.description is not None:
        schema["description"] = field.description
    if field.required:
        return schema
    if field.default is None:
        schema = {"anyOf": [schema, {"type": "null"}], "default": None}
    else:
        is_duration = field.type == "duration" and isinstance(field.default, str)
        schema["default"] = parse_duration(field.default) if is_duration else field.default
    return schema
