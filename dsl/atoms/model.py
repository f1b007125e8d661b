"""The shape of `kind: atom`: the contract of an atom as YAML, for one that a function of somebody else's runs."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer

from chalicelib.atoms.contract import Idempotency
from chalicelib.catalog.model import Intent
from dsl.model.base import Duration, PositiveDuration, Strict

AtomName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*\.[a-z][a-z0-9_]*$", max_length=41)]
"""`noun.verb`."""
Text = Annotated[str, Field(min_length=1)]


Kind = Literal["string", "integer", "number", "boolean", "null", "array", "object"]


def _as_kinds(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _write_kinds(kinds: tuple[str, ...]) -> str | list[str]:
    return kinds[0] if len(kinds) == 1 else list(kinds)


Kinds = Annotated[
    tuple[Kind, ...], BeforeValidator(_as_kinds), Field(min_length=1), PlainSerializer(_write_kinds, return_type=Any)
]
"""One type or a list of them."""
Scalar = str | int | float | bool | None
Count = Annotated[int, Field(ge=0)]


class SchemaSpec(Strict):
    """A JSON Schema, as far as values are checked by it. What is not written is not set: defaults here mean nothing."""

    type: Kinds = ()
    title: str = ""
    description: str = ""
    default: Any = None
    examples: tuple[Any, ...] = ()
    enum: Annotated[tuple[Scalar, ...], Field(min_length=1)] = Field(default=())
    const: Scalar = None
    any_of: Annotated[tuple["SchemaSpec", ...], Field(min_length=1)] = Field(default=(), alias="anyOf")
    pattern: str = ""
    min_length: Count = Field(default=0, alias="minLength")
    max_length: Count = Field(default=0, alias="maxLength")
    minimum: int | float = 0
    maximum: int | float = 0
    items: "SchemaSpec" = Field(default=None)  # type: ignore[assignment]
    min_items: Count = Field(default=0, alias="minItems")
    max_items: Count = Field(default=0, alias="maxItems")
    properties: dict[str, "SchemaSpec"] = Field(default={})
    required: tuple[str, ...] = ()
    additional_properties: "bool | SchemaSpec" = Field(default=False, alias="additionalProperties")


class TouchSpec(Strict):
    """An object that the atom acts on: `host/{instance_id}`, where the hole names an input field."""

    object: Text
    intent: Intent


class ErrorSpec(Strict):
    """An error that the function raises. What is left out of a well-known one is as everywhere."""

    name: Text
    transient: bool | None = None
    nothing_done: bool | None = None
    description: str | None = None


def _expand_error(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


class PermissionSpec(Strict):
    """What the function's own role allows, as its owner says: shown, never granted by Interlock."""

    actions: Annotated[tuple[Text, ...], Field(min_length=1)]
    resource: Text = "*"


class AtomFile(Strict):
    """One `kind: atom` document."""

    kind: Literal["atom"]
    name: AtomName
    version: Annotated[int, Field(ge=1)] = 1
    summary: Annotated[str, Field(min_length=1, max_length=120)]
    function: Text
    input: SchemaSpec
    output: SchemaSpec
    intent: Intent
    touches: tuple[TouchSpec, ...] = ()
    emits: tuple[Text, ...] = ()
    permissions: tuple[PermissionSpec, ...] = ()
    timeout: PositiveDuration
    effect_timeout: Duration = 0
    idempotent: Idempotency
    undo: str | None = None
    errors: tuple[Annotated[ErrorSpec, BeforeValidator(_expand_error)], ...] = ()
    example: Text
