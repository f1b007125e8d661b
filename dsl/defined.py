"""Whether an expression surely gives a value, and cannot fail: what a state that cannot catch must be sure of.

Read off the syntax tree and the types of names; a guard such as `$exists($a.b) and ...` counts for what stands behind it.
"""

from collections.abc import Callable
from typing import Any

from dsl.types import Absent, Type, get_field, infer_kinds, resolve

Lookup = Callable[[str], Type | None]
"""Gives the type of a name that holds something, None for any; raises KeyError for a name that may hold nothing."""

_ALWAYS = frozenset({"exists", "count", "now", "millis", "random", "uuid"})
_OF_DEFINED = frozenset(
    {"string", "length", "lowercase", "uppercase", "trim", "not", "boolean", "join", "contains", "substring",
     "substringBefore", "substringAfter", "type", "abs", "ceil", "floor", "round", "sum", "append", "keys", "merge"}
)  # fmt: skip
_ANYHOW = frozenset({"=", "!=", "and", "or", "in", "&"})
"""Operators that give a value even where a side gives none."""


def is_defined(ast: Any, lookup: Lookup, known: frozenset[str] = frozenset()) -> bool:
    """Tell whether it surely gives something; `known` are paths that a condition around it has asked for."""
    kind = getattr(ast, "type", None)
    if getattr(ast, "predicate", None) or getattr(ast, "group", None) or getattr(ast, "stages", None):
        return False
    if kind in {"string", "number", "value"}:
        return True
    if kind in {"variable", "path"}:
        return _is_path_defined(ast, lookup, known)
    if kind == "binary":
        return _is_binary_defined(ast, lookup, known)
    if kind == "condition":
        inside = known | _asked(ast.condition)
        other = getattr(ast, "_else", None)
        return other is not None and is_defined(ast.then, lookup, inside) and is_defined(other, lookup, known)
    if kind == "function":
        name = str(getattr(ast.procedure, "value", ""))
        if name in _ALWAYS:
            return True
        return name in _OF_DEFINED and all(is_defined(one, lookup, known) for one in ast.arguments or ())
    if kind == "unary":
        return str(ast.value) in {"[", "{"}
    if kind == "block":
        return len(ast.expressions) == 1 and is_defined(ast.expressions[0], lookup, known)
    return False


def _is_binary_defined(ast: Any, lookup: Lookup, known: frozenset[str]) -> bool:
    if ast.value == "and":
        return _is_safe(ast.lhs, lookup, known) and _is_safe(ast.rhs, lookup, known | _asked(ast.lhs))
    if ast.value in _ANYHOW:
        return _is_safe(ast.lhs, lookup, known) and _is_safe(ast.rhs, lookup, known)
    sides = [ast.lhs, ast.rhs]
    if not all(is_defined(one, lookup, known) for one in sides):
        return False
    kinds = [infer_kinds(one, lambda name: _type_or_none(lookup, name)) for one in sides]
    numbers = all(one is None or one <= {"number", "integer"} for one in kinds)
    strings = all(one is None or one <= {"string"} for one in kinds)
    return numbers or (strings and ast.value in {"<", "<=", ">", ">="})


def _is_safe(ast: Any, lookup: Lookup, known: frozenset[str]) -> bool:
    """Whether it cannot fail, though it may give nothing: reading a path never fails."""
    if getattr(ast, "type", None) in {"variable", "path"}:
        return True
    return is_defined(ast, lookup, known)


def _is_path_defined(ast: Any, lookup: Lookup, known: frozenset[str]) -> bool:
    path = _write_path(ast)
    if path is None:
        return False
    if path in known:
        return True
    name, *fields = path.split(".")
    try:
        found = lookup(name)
    except KeyError:
        return not fields
    for field in fields:
        if found is None or _may_be_null(found):
            return False
        resolved = resolve(found)
        inner = get_field(found, field)
        if resolved is None or isinstance(inner, Absent) or field not in resolved.schema.get("required", ()):
            defaults = resolved.schema.get("properties", {}).get(field, {}) if resolved is not None else {}
            if "default" not in defaults:
                return False
        found = None if isinstance(inner, Absent) else inner
    return True


def _may_be_null(kind: Type) -> bool:
    members = kind.schema.get("anyOf") or kind.schema.get("oneOf") or ()
    return any(member.get("type") == "null" for member in members)


def _asked(ast: Any) -> frozenset[str]:
    """Give the paths that exist if a condition holds: `$exists(p)`, `p != null`, and both sides of an `and`."""
    kind = getattr(ast, "type", None)
    if kind == "function" and str(getattr(ast.procedure, "value", "")) == "exists" and ast.arguments:
        path = _write_path(ast.arguments[0])
        return frozenset({path}) if path is not None else frozenset()
    if kind == "binary" and ast.value == "and":
        return _asked(ast.lhs) | _asked(ast.rhs)
    if kind == "block" and len(ast.expressions) == 1:
        return _asked(ast.expressions[0])
    path = _write_path(ast)
    return frozenset({path}) if path is not None else frozenset()


def _write_path(ast: Any) -> str | None:
    """Write `$a.b.c` as `a.b.c`, None for anything else."""
    steps = ast.steps if getattr(ast, "type", None) == "path" else [ast]
    first, *rest = steps
    if getattr(first, "type", None) != "variable" or getattr(first, "predicate", None) or not first.value:
        return None
    parts = [str(first.value)]
    for step in rest:
        if getattr(step, "type", None) != "name" or getattr(step, "stages", None) or getattr(step, "predicate", None):
            return None
        parts.append(str(step.value))
    return ".".join(parts)


def _type_or_none(lookup: Lookup, name: str) -> Type | None:
    try:
        return lookup(name)
    except KeyError:
        return None
