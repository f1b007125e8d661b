"""A JSON Schema for each kind of file, so that editors complete and validate while one writes.

They come from the models that `interlock check` reads files with, but for what a validator accepts beside its type
(`10m` for seconds) and for the atoms there are. A schema sees less than `check`: no names, no types of expressions.
"""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from dsl.analysis import AnyAtom
from dsl.atoms.model import AtomFile
from dsl.cases.model import CasesFile
from dsl.model import WorkflowFile
from dsl.model.inputs import TYPES
from dsl.policies.cases import RuleCasesFile
from dsl.policies.model import AccessFile, CatalogFile, ControlFile, HttpFile, RuleFile, ServicesFile, SourcesFile
from dsl.policies.pagers import PagersFile

KINDS: Mapping[str, type[BaseModel]] = {
    "workflow": WorkflowFile,
    "cases": CasesFile,
    "atom": AtomFile,
    "rule": RuleFile,
    "rule_cases": RuleCasesFile,
    "services": ServicesFile,
    "control": ControlFile,
    "catalog": CatalogFile,
    "http": HttpFile,
    "sources": SourcesFile,
    "access": AccessFile,
    "pagers": PagersFile,
}
"""The model of each `kind` of file."""

Schema = dict[str, Any]
_DIALECT = "http://json-schema.org/draft-07/schema#"
"""What yaml-language-server reads best."""

_DURATION = {"type": "string", "pattern": r"^(?=\d)(\d+d)?(\d+h)?(\d+m)?(\d+s)?$", "examples": ["30s", "10m", "1h30m"]}
_SHARE = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^\d{1,3}%$"}]}
_NONE = {"const": "none"}
_PER_STAGE = {
    "type": "object",
    "properties": {"stages": {"type": "object", "additionalProperties": True}, "default": {}},
    "required": ["stages", "default"],
    "additionalProperties": False,
}
_MOMENT = {"type": "string", "format": "date-time"}


_A_STEP = {"title": "Step"}
"""Stands for the union of all steps until all are known."""


def _short_input(inner: Schema) -> Schema:
    any_type: Schema = {"enum": list(TYPES)}
    return {"anyOf": [any_type, {"type": "array", "minItems": 1, "maxItems": 1}, {"type": "object"}, inner]}


ACCEPTED: Mapping[str, Callable[[Schema], Schema]] = {
    "_read_constant": lambda inner: {"anyOf": [_PER_STAGE, inner]},
    "read_duration": lambda _: _DURATION,
    "_read_share": lambda _: _SHARE,
    "_read_bounds": lambda inner: {"anyOf": [_SHARE, inner]},
    "_expand_dedupe": lambda inner: {"anyOf": [_NONE, _DURATION, inner]},
    "_expand_accumulate": lambda inner: {"anyOf": [_NONE, inner]},
    "_expand_storm": lambda inner: {"anyOf": [_NONE, inner]},
    "_read_settle": lambda _: {"anyOf": [_NONE, _DURATION]},
    "_expand_limit": lambda inner: {"anyOf": [*_SHARE["anyOf"], _NONE, inner]},
    "_expand_never": lambda inner: {"anyOf": [{"const": "never"}, inner]},
    "_read_moment": lambda _: _MOMENT,
    "_as_kinds": lambda inner: {"anyOf": [inner.get("items", {}), inner]},
    "_as_list": lambda inner: {"anyOf": [inner.get("items", {}), inner]},
    "_as_names": lambda inner: {"anyOf": [inner.get("items", {}), inner]},
    "_expand_branch": lambda inner: {"anyOf": [inner, {"type": "array", "minItems": 1, "items": _A_STEP}]},
    "_expand_short_form": _short_input,
    "_expand_error": lambda inner: {"anyOf": [{"type": "string"}, inner]},
}
"""What a validator takes beside what its type says, by the name of its function; others take no more."""


class _Generator(GenerateJsonSchema):
    """Pydantic's own, with what the validators accept."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        """Widen what a validator reads before its type is looked at."""
        inner = super().function_before_schema(schema)
        accept = ACCEPTED.get(getattr(schema["function"]["function"], "__name__", ""))
        # A copy: pydantic adds defaults and limits to what it is given.
        return deepcopy(accept(inner)) if accept is not None else inner


def make_schema(kind: str, atoms: Mapping[str, AnyAtom]) -> Schema:
    """Give the JSON Schema of a kind of file, with the names and inputs of these atoms."""
    model = KINDS[kind]
    found = model.model_json_schema(by_alias=True, schema_generator=_Generator)
    definitions: dict[str, Schema] = found.get("$defs", {})
    for name in ("AtomStep", "Undo", "Poll"):
        if name in definitions:
            _name_atoms(definitions[name], atoms)
    if "AtomStep" in definitions:
        found = _share_steps(found)
    head = {"$schema": _DIALECT, "title": f"Interlock: kind {kind}"}
    return {**head, **{key: value for key, value in found.items() if key != "title"}}


def dump_schema(schema: Schema) -> str:
    """Write a schema as it is committed."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _share_steps(found: Schema) -> Schema:
    """Write the union of all steps once: pydantic repeats it wherever it is used."""
    union = found["properties"]["steps"]["items"]
    definitions = {**found["$defs"], "Step": None}

    def share(value: Any) -> Any:
        if value in (union, _A_STEP):
            return {"$ref": "#/$defs/Step"}
        if isinstance(value, dict):
            return {key: share(child) for key, child in value.items()}
        return [share(child) for child in value] if isinstance(value, list) else value

    shared: Schema = share({**found, "$defs": definitions})
    shared["$defs"]["Step"] = union
    return shared


def _name_atoms(schema: Schema, atoms: Mapping[str, AnyAtom]) -> None:
    """Let an editor complete the names of atoms, and the fields of the one that is named."""
    summaries = "\n".join(f"- {name}: {atom.summary}" for name, atom in atoms.items())
    schema["properties"]["atom"] = {"enum": list(atoms), "description": f"One of:\n{summaries}"}
    schema["allOf"] = [
        {
            "if": {"properties": {"atom": {"const": name}}, "required": ["atom"]},
            "then": {"properties": {"with": _describe_input(atom)}},
        }
        for name, atom in atoms.items()
    ]


def _describe_input(atom: AnyAtom) -> Schema:
    """Name the fields and no types: any of them may be an expression."""
    fields = atom.input.model_json_schema().get("properties", {})
    about = {name: {"description": one.get("description", one.get("title", name))} for name, one in fields.items()}
    return {"type": "object", "properties": about, "additionalProperties": False}
