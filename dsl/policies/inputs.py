"""Whether a branch's `with` fits the input of what it runs, as far as it is known at compile time."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.catalog.model import Workflow
from chalicelib.catalog.schema import list_faults
from dsl.diagnostics import Diagnostic, suggest
from dsl.expressions import OPEN
from dsl.policies.expressions import OF_BRANCH, Scope, check_value
from dsl.shape import Path, locate, locate_key
from dsl.source import Node


def check_run(
    root: Node,
    path: Path,
    name: str,
    given: Mapping[str, Any] | None,
    known: Mapping[str, Workflow],
    scope: Scope = OF_BRANCH,
) -> Iterator[Diagnostic]:
    """Check what a branch or a rung at `path` runs: it exists, and its `with` fits."""
    if name not in known:
        message = f"no workflow or atom is called {name!r}"
        yield Diagnostic("E705", message, locate(root, (*path, "run")), suggest(name, known))
        return
    if given is not None:
        yield from check_value(root, (*path, "with"), scope, known)
    yield from check_input(root, path, given or {}, known[name])


def check_input(root: Node, path: Path, given: Mapping[str, Any], target: Workflow) -> Iterator[Diagnostic]:
    """Check the branch at `path`: nothing required missing, nothing unknown, literals of the right type.

    A target without a schema is one that did not compile: nothing is known of it.
    """
    if "properties" not in target.input_schema:
        return
    properties: Mapping[str, Any] = target.input_schema["properties"]
    for name in target.input_schema.get("required", ()):
        if name not in given:
            anchor = (*path, "with") if given else (*path, "run")
            message = f"`{target.name}` needs the input `{name}`"
            yield Diagnostic("E706", message, locate_key(root, anchor), f"add `{name}:` under `with:`")
    for name, value in given.items():
        if name not in properties:
            hint = suggest(name, properties) or f"it takes: {', '.join(sorted(properties)) or 'no input'}"
            message = f"`{target.name}` has no input `{name}`"
            yield Diagnostic("E706", message, locate_key(root, (*path, "with", name)), hint)
        elif not _holds_expression(value):
            for fault in list_faults(properties[name], value, name):
                yield Diagnostic("E706", f"`{target.name}`: {fault}", locate(root, (*path, "with", name)))


def _holds_expression(value: Any) -> bool:
    if isinstance(value, str):
        return OPEN in value
    if isinstance(value, Mapping):
        return any(_holds_expression(one) for one in value.values())
    return isinstance(value, list) and any(_holds_expression(one) for one in value)
