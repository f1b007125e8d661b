"""The same steps under other names: ids, loop variables, and every expression that reads them."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from dsl.expressions import CLOSE, OPEN, Expression, parse_expression, unwrap
from dsl.model import Step, StepBase, WorkflowStep
from dsl.model.nested import Inlined

_BARE = frozenset({"when", "items", "until"})
_NAMES = frozenset({"description", "atom", "workflow", "none"})
"""Fields that hold words, not values."""


def list_names(steps: tuple[Step, ...]) -> tuple[str, ...]:
    """Give every name that the steps declare."""
    found: list[str] = []
    for step in steps:
        found.append(step.id)
        if isinstance(step, WorkflowStep):
            found.append(step.input_variable)
        for block in step.blocks():
            found += block.variables
            found += list_names(block.steps)
    return tuple(found)


def rename_steps(steps: tuple[Step, ...], names: Mapping[str, str]) -> tuple[Step, ...]:
    """Give the steps with these names replaced, where they are declared and where they are read."""
    renamed: tuple[Step, ...] = tuple(_rename(step, names) for step in steps)
    return renamed


def rename_value(value: Any, names: Mapping[str, str]) -> Any:
    """Replace the names in a JSON value with `{% %}` strings."""
    if isinstance(value, str):
        inner = unwrap(value)
        return value if inner is None else OPEN + rename_expression(inner, names) + CLOSE
    if isinstance(value, Mapping):
        return {key: rename_value(child, names) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(rename_value(child, names) for child in value)
    return value


def rename_expression(text: str, names: Mapping[str, str]) -> str:
    """Replace the names that an expression reads and does not bind itself."""
    parsed = parse_expression(text)
    if not isinstance(parsed, Expression):
        return text
    found = sorted({(one.start, one.name) for one in parsed.references if one.name in names}, reverse=True)
    renamed = text
    for start, name in found:
        end = start + 1 + len(name)
        if text[start:end] != f"${name}":
            # The parser's offset is off: bind the names in front instead.
            bindings = " ".join(f"${one} := ${names[one]};" for one in sorted({name for _, name in found}))
            return f"({bindings} {text})"
        renamed = f"{renamed[:start]}${names[name]}{renamed[end:]}"
    return renamed


def _rename(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, BaseModel):
        changed = {name: _rename_field(value, name, names) for name in value.model_fields_set}
        renamed = value.model_copy(update=changed)
        if isinstance(renamed, WorkflowStep) and renamed.inlined is not None:
            inner = renamed.inlined
            steps, output = rename_steps(inner.steps, names), rename_value(inner.output, names)
            renamed = renamed.inline(Inlined(inner.workflow, steps, output))
        return renamed
    if isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        return tuple(_rename(one, names) for one in value)
    if isinstance(value, dict) and any(isinstance(one, BaseModel) for one in value.values()):
        return {key: _rename(one, names) for key, one in value.items()}
    return rename_value(value, names)


def _rename_field(model: BaseModel, field: str, names: Mapping[str, str]) -> Any:
    value = getattr(model, field)
    if isinstance(value, str):
        if field == "as_" or (field == "id" and isinstance(model, StepBase)):
            return names.get(value, value)
        if field in _BARE:
            return rename_expression(value, names)
        if field in _NAMES:
            return value
    return _rename(value, names)
