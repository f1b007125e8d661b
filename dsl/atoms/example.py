"""An atom's example: as the workflow it stands for, to be compiled and rehearsed, and as an input of its own."""

import re
from typing import Any

from pydantic import ValidationError

from chalicelib.catalog.model import Intent
from dsl.analysis import AnyAtom
from dsl.cases.samples import sample_value
from dsl.expressions import unwrap
from dsl.model import WorkflowFile
from dsl.model.steps import AtomStep
from dsl.shape import validate
from dsl.source import load_source

_INPUT = re.compile(r"\$input\.(\w+)")
HEAD_LINES = 7
"""How many lines stand before the example itself."""


def write_example(atom: AnyAtom) -> str:
    """Give a workflow whose steps are the example; every input it reads is any text."""
    inputs = ", ".join(f"{one}: string" for one in sorted(set(_INPUT.findall(atom.example))))
    touches = ", ".join(
        f"{{object: {one.object.partition('/')[0]}/x, intent: {one.intent}}}"
        for one in atom.touches
        if one.intent is not Intent.OBSERVE
    )
    head = ["kind: workflow", "name: example", "description: An example.", "timeout: 1d"]
    head += [f"input: {{{inputs}}}", f"touches: [{touches}]", "steps:"]
    undo = ["on_failure: undo"] if "undo:" in atom.example else []
    return "\n".join([*head, *(f"  {row}" for row in atom.example.splitlines()), *undo, ""])


def make_example_input(atom: AnyAtom) -> dict[str, Any] | None:
    """Give what the example hands to the atom, each expression replaced by its field's first `examples`, else a plain value.

    None where that does not fit the input: a pattern without `examples`, or an expression inside a value.
    """
    root, _ = load_source(write_example(atom), "example")
    written = validate(root, WorkflowFile)[0] if root is not None else None
    step = written.steps[0] if written is not None else None
    if not isinstance(step, AtomStep):
        return None
    schema = atom.input.model_json_schema()
    made = {name: _fill_in(value, schema, name) for name, value in step.with_.items()}
    made = {name: value for name, value in made.items() if value is not None}
    if "{%" in repr(made):
        return None
    try:
        atom.input.model_validate(made)
    except ValidationError:
        return None
    return made


def _fill_in(value: Any, schema: dict[str, Any], name: str) -> Any:
    if not isinstance(value, str) or unwrap(value) is None:
        return value
    field = schema["properties"][name]
    return field["examples"][0] if field.get("examples") else sample_value(field, schema, name)
