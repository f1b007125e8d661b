"""Shape: a node tree against a pydantic model, every mismatch a diagnostic at the key or value that caused it.

Derive models from `dsl.model.base.Strict`, so that `"5"` is not taken for a number and a list may fill a tuple. A
validator that raises `dsl.model.base.mistake(code, message, hint)` chooses its own words; pydantic's errors get those
of `_EXPLAIN`.
"""

import json
from collections.abc import Callable, Iterable
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from dsl.diagnostics import Diagnostic, Span, suggest
from dsl.model_fields import list_fields
from dsl.source import Node, load_source

M = TypeVar("M", bound=BaseModel)
Path = tuple[str | int, ...]

_KEY_CODES = frozenset({"E201", "E206", "E207"})
"""Codes that find fault with a field being there at all."""

_KINDS = {
    "string_type": "a string",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "none_required": "nothing",
}


def read_file(text: str, file: str, model: type[M]) -> tuple[Node | None, M | None, tuple[Diagnostic, ...]]:
    """Read a file's text as a model. Gives its tree, if it is YAML at all, and the model, or None with at least one error."""
    root, found = load_source(text, file)
    if root is None:
        return None, None, found
    spec, shape = validate(root, model)
    return root, spec, (*found, *shape)


def validate(node: Node, model: type[M]) -> tuple[M | None, tuple[Diagnostic, ...]]:
    """Check a node against a pydantic v2 model. Gives the model, or None and every error at once."""
    try:
        return model.model_validate(node.plain()), ()
    except ValidationError as problem:
        errors = _drop_echoes(node, problem.errors(include_url=False))
    found = [_diagnose(node, model, error) for error in errors if error["type"] not in _KINDS]
    found += _diagnose_kinds(node, [error for error in errors if error["type"] in _KINDS])
    return None, tuple(_drop_typo_echoes(found))


def find_node(node: Node, path: Path) -> Node:
    """Follow a path as far as it goes. Elements that name no key or index here, such as a union's tag, are skipped."""
    for part in path:
        node = _step(node, part) or node
    return node


def locate(node: Node, path: Path) -> Span:
    """Give the span of the value at a path, or of the nearest mapping or list around it."""
    return find_node(node, path).span


def locate_key(node: Node, path: Path) -> Span:
    """Give the span of the last key of a path, or what `locate` gives where there is none."""
    found = node
    span = node.span
    for part in path:
        child = _step(found, part)
        if child is None:
            continue
        span = found.key_spans.get(part, child.span) if isinstance(part, str) else child.span
        found = child
    return span


def describe_kind(value: object) -> str:
    """Name the kind of a plain value as a person would: `a list`, `nothing`."""
    names: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "true or false"),
        (str, "a string"),
        (int, "a whole number"),
        (float, "a number"),
        (dict, "a mapping"),
        (list, "a list"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), "nothing")


def _step(node: Node, part: str | int) -> Node | None:
    value = node.value
    if isinstance(value, dict) and isinstance(part, str):
        return value.get(part)
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return value[part]
    return None


def _drop_echoes(node: Node, errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """Drop what only repeats a deeper error: a list found empty because its items failed, a union's other members."""
    deep = set()
    for error in errors:
        path = _existing(node, error["loc"])
        deep |= {path[:length] for length in range(len(path))}
        if error["type"] in {"missing", "extra_forbidden"}:
            deep.add(path[: len(path) - (error["type"] == "extra_forbidden")])
    kept = []
    for error in errors:
        path = _existing(node, error["loc"])
        is_filled = error["type"] == "too_short" and find_node(node, path).value
        if not is_filled and not (error["type"] in _KINDS and path in deep):
            kept.append(error)
    return kept


def _drop_typo_echoes(found: list[Diagnostic]) -> list[Diagnostic]:
    """Drop `id is missing` where `ide` was called unknown with the hint `did you mean 'id'`, in the same mapping."""
    meant = {(one.span.line, one.hint) for one in found if one.code == "E201" and one.hint}
    words = {hint for _, hint in meant}
    return [one for one in found if not (one.code == "E202" and f"did you mean {_missing_name(one)!r}?" in words)]


def _missing_name(one: Diagnostic) -> str:
    return one.message.split("`")[1] if "`" in one.message else ""


def _existing(node: Node, path: Path) -> Path:
    """Keep the elements of a path that name a key or index of the file."""
    kept: list[str | int] = []
    for part in path:
        child = _step(node, part)
        if child is not None:
            node = child
            kept.append(part)
    return tuple(kept)


def _diagnose_kinds(node: Node, errors: Iterable[ErrorDetails]) -> tuple[Diagnostic, ...]:
    """Merge the members of a union that all refused one value into one message."""
    wanted: dict[Span, list[str]] = {}
    places: dict[Span, Path] = {}
    for error in errors:
        span = locate(node, error["loc"])
        kinds = wanted.setdefault(span, [])
        places[span] = error["loc"]
        if (kind := _KINDS[error["type"]]) not in kinds:
            kinds.append(kind)
    found = []
    for span, kinds in wanted.items():
        value = find_node(node, places[span]).plain()
        name = _name(node, places[span])
        hint = _hint_kind(value, kinds)
        message = f"{name} must be {' or '.join(kinds)}, not {describe_kind(value)}"
        found.append(Diagnostic("E203", message, span, hint))
    return tuple(found)


def _hint_kind(value: object, kinds: list[str]) -> str | None:
    if "a list" in kinds and value is not None:
        return "start each item with `- `"
    if kinds == ["a string"] and isinstance(value, bool | int | float):
        return f'quote it: "{json.dumps(value)}"'
    if isinstance(value, str) and value.strip().startswith("{%") and "a mapping" not in kinds:
        return "an expression is not allowed here: the value must be known at compile time"
    return None


def _name(node: Node, path: Path) -> str:
    """Name the field at the end of a path, `retry.max` or `steps[2]`, as far as it exists in the file."""
    parts: list[str] = []
    found = node
    for part in path:
        child = _step(found, part)
        if child is not None:
            parts.append(f"[{part}]" if isinstance(part, int) else part)
            found = child
    tail = parts[-2:] if parts and parts[-1].startswith("[") else parts[-1:]
    return f"`{''.join(tail)}`" if tail else "the file"


def _diagnose(node: Node, model: type[BaseModel], error: ErrorDetails) -> Diagnostic:
    explain = _EXPLAIN.get(error["type"])
    if explain is not None:
        return explain(node, model, error)
    path = error["loc"]
    context = error.get("ctx", {})
    if context.get("at") is not None:
        path = (*path, context["at"])
    is_key = "[key]" in path or context.get("code") in _KEY_CODES
    span = locate_key(node, path) if is_key else locate(node, path)
    code, hint = context.get("code", "E204"), context.get("hint")
    message = error["msg"] if "code" in context else f"{_name(node, path)} must {_lower(error['msg'])}"
    return Diagnostic(str(code), message, span, str(hint) if hint else None)


def _lower(message: str) -> str:
    message = (
        message.removeprefix("Value error, ").removeprefix("Input ").removeprefix("Value ").removeprefix("should ")
    )
    return message[:1].lower() + message[1:]


def _explain_extra(node: Node, model: type[BaseModel], error: ErrorDetails) -> Diagnostic:
    *outer, name = error["loc"]
    known = list_fields(model, tuple(outer))
    span = locate_key(node, error["loc"])
    hint = suggest(str(name), known) or (f"known here: {', '.join(sorted(known))}" if known else None)
    return Diagnostic("E201", f"unknown field `{name}`", span, hint)


def _explain_missing(node: Node, model: type[BaseModel], error: ErrorDetails) -> Diagnostic:
    *outer, name = error["loc"]
    del model
    span = locate_key(node, tuple(outer)) if outer and isinstance(outer[-1], str) else _first_key(node, tuple(outer))
    return Diagnostic("E202", f"`{name}` is missing", span, f"add `{name}:` here")


def _first_key(node: Node, path: Path) -> Span:
    """Point at a mapping that is a list item or the file by its first key: its own span may be many lines."""
    found = find_node(node, path)
    return next(iter(found.key_spans.values()), found.span)


def _explain_short(node: Node, model: type[BaseModel], error: ErrorDetails) -> Diagnostic:
    del model
    least = error.get("ctx", {}).get("min_length", 1)
    message = f"{_name(node, error['loc'])} is empty" if least == 1 else f"{_name(node, error['loc'])} is too short"
    return Diagnostic("E204", message, locate(node, error["loc"]), f"write at least {least}")


def _explain_choice(node: Node, model: type[BaseModel], error: ErrorDetails) -> Diagnostic:
    del model
    expected = str(error.get("ctx", {}).get("expected", ""))
    words = [word.strip("' ") for word in expected.replace(" or ", ", ").split(",")]
    value = error["input"]
    name = _name(node, error["loc"])
    hint = (suggest(value, words) if isinstance(value, str) else None) or f"write one of: {', '.join(words)}"
    return Diagnostic("E204", f"{name} cannot be {json.dumps(value)}", locate(node, error["loc"]), hint)


def _explain_pattern(node: Node, model: type[BaseModel], error: ErrorDetails) -> Diagnostic:
    del model
    pattern = error.get("ctx", {}).get("pattern", "")
    is_key = "[key]" in error["loc"]
    span = locate_key(node, error["loc"]) if is_key else locate(node, error["loc"])
    name = "a name here" if is_key else _name(node, error["loc"])
    hint = _PATTERNS.get(str(pattern), f"it must match {pattern}")
    return Diagnostic("E204", f"{name} cannot be {json.dumps(error['input'])}", span, hint)


_PATTERNS = {
    r"^[a-z][a-z0-9_]*$": "use lower case letters, digits and _, and start with a letter",
    r"^[a-z][a-z0-9]{0,11}$": "a stage is called by 1 to 12 of a-z and 0-9, a letter first",
}

_EXPLAIN: dict[str, Callable[[Node, type[BaseModel], ErrorDetails], Diagnostic]] = {
    "extra_forbidden": _explain_extra,
    "missing": _explain_missing,
    "literal_error": _explain_choice,
    "enum": _explain_choice,
    "too_short": _explain_short,
    "string_pattern_mismatch": _explain_pattern,
}
