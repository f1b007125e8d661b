"""The expressions of policy files: they parse, call only what they may, and name only what exists there."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.catalog.model import Workflow
from chalicelib.decision.durations import MalformedDuration, parse_duration
from chalicelib.decision.expressions import list_functions, read_ast
from chalicelib.errors import ExpressionFailed
from dsl.diagnostics import Diagnostic, Span, suggest
from dsl.expressions import OPEN, Expression, Syntax, is_mixed, parse_expression, split_template, suggest_whole, unwrap
from dsl.shape import find_node
from dsl.source import Node

Path = tuple[str | int, ...]
Known = Mapping[str, Workflow]

_EVENT = frozenset(
    {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail", "replay-name"}
)
_OBJECT = frozenset(
    {"id", "name", "kind", "account", "region", "state", "state_at", "labels", "service", "zone", "tier"}
)
_SERVICE = frozenset({"name", "tier", "owner", "labels"})


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression sees: each name with its fields, and whether `$runs` may be called."""

    names: Mapping[str, frozenset[str]]
    runs: bool = False


OF_OBJECT = Scope({"event": _EVENT})
OF_BRANCH = Scope({"event": _EVENT, "object": _OBJECT, "service": _SERVICE}, runs=True)
OF_MEMBER = Scope({**OF_BRANCH.names, "target": _OBJECT}, runs=True)
"""Of a `with` whose rule has a `batch`: `$target` is the one that the input is for."""
OF_GOAL = Scope({"object": _OBJECT})


def check_bare(root: Node, path: Path, scope: Scope, known: Known) -> Iterator[Diagnostic]:
    """Check a field that is always an expression, such as `when`."""
    node = find_node(root, path)
    text = str(node.value)
    if unwrap(text.strip()) is not None:
        hint = f"write {unwrap(text.strip())!r}"
        yield Diagnostic("E702", "this field is always an expression: it takes no `{% %}`", node.span, hint)
        return
    yield from _check(text, _spans(node, 0), scope, known)


def check_value(root: Node, path: Path, scope: Scope, known: Known) -> Iterator[Diagnostic]:
    """Check every string below a field that may hold whole `{% … %}` expressions."""
    node = find_node(root, path)
    value = node.value
    if isinstance(value, dict):
        for key in value:
            yield from check_value(root, (*path, key), scope, known)
    elif isinstance(value, list):
        for index in range(len(value)):
            yield from check_value(root, (*path, index), scope, known)
    elif isinstance(value, str):
        inner = unwrap(value)
        if inner is not None:
            yield from _check(inner, _spans(node, len(OPEN)), scope, known)
        elif is_mixed(value):
            message = "an expression among other text is not evaluated"
            yield Diagnostic("E710", message, node.span, f"write {suggest_whole(value)}")


def check_template(root: Node, path: Path, scope: Scope, known: Known) -> Iterator[Diagnostic]:
    """Check the holes of an object template."""
    node = find_node(root, path)
    for part, offset, is_hole in split_template(str(node.value)):
        if is_hole:
            yield from _check(part, _spans(node, offset), scope, known)
        elif "{%" in part or "%}" in part:
            yield Diagnostic("E708", "a hole is not closed", node.span, "write {% and %} around it: host/{% $x %}")


def _spans(node: Node, offset: int) -> Callable[[int, int], Span]:
    """Make the function that gives the span of a part of an expression that starts at `offset` of a string."""

    def locate_part(start: int, length: int) -> Span:
        span, text = node.span, str(node.value)
        quotes = span.end_column - span.column - len(text)
        if span.line != span.end_line or quotes not in {0, 2}:
            return span
        column = span.column + quotes // 2 + offset + start
        return Span(span.file, span.line, column, span.line, min(column + max(1, length), span.end_column))

    return locate_part


def _check(text: str, place: Callable[[int, int], Span], scope: Scope, known: Known) -> Iterator[Diagnostic]:
    parsed = parse_expression(text)
    if isinstance(parsed, Syntax):
        yield Diagnostic("E702", parsed.message, place(parsed.start, 1))
        return
    try:
        read_ast(text.strip())
    except ExpressionFailed as problem:
        yield Diagnostic("E702", str(problem.cause), place(0, len(text)))
        return
    yield from _check_names(parsed, place, scope)
    yield from _check_calls(parsed, place, scope)
    if scope.runs:
        yield from _check_runs(parsed, place, known)


def _check_names(parsed: Expression, place: Callable[[int, int], Span], scope: Scope) -> Iterator[Diagnostic]:
    functions = _functions(scope)
    for one in parsed.references:
        if one.name in functions or one.name == "$":
            continue
        span = place(one.start, len(one.name) + 1)
        if one.name not in scope.names:
            yield Diagnostic("E707", f"`${one.name}` does not exist here", span, _hint(one.name, scope.names))
        elif one.fields and one.fields[0] not in scope.names[one.name]:
            message = f"`${one.name}` has no field `{one.fields[0]}`"
            yield Diagnostic("E707", message, span, _hint(one.fields[0], scope.names[one.name]))
    for bare in parsed.bare_names:
        hint = f"write `$event.{bare.name}` or quote it as a string"
        yield Diagnostic("E707", f"`{bare.name}` belongs to nothing here", place(bare.start, len(bare.name)), hint)


def _check_calls(parsed: Expression, place: Callable[[int, int], Span], scope: Scope) -> Iterator[Diagnostic]:
    functions = _functions(scope)
    for call in parsed.calls:
        if call.name not in functions:
            message = f"there is no function `${call.name}` here"
            yield Diagnostic("E707", message, place(call.start, len(call.name) + 1), suggest(call.name, functions))


def _check_runs(parsed: Expression, place: Callable[[int, int], Span], known: Known) -> Iterator[Diagnostic]:
    """Check the literal arguments of `$runs(name, window)`."""
    for node in _walk(parsed.ast):
        procedure = getattr(node, "procedure", None)
        if node.type != "function" or procedure is None or getattr(procedure, "value", None) != "runs":
            continue
        span = place(max(0, procedure.position - len("$runs")), len("$runs"))
        if len(node.arguments) != 2:  # noqa: PLR2004
            yield Diagnostic("E707", "`$runs` takes a workflow and a window", span, 'write $runs("host_reboot", "8h")')
            continue
        name, window = (getattr(one, "value", None) if one.type == "string" else None for one in node.arguments)
        if name is not None and name not in known:
            yield Diagnostic("E705", f"no workflow or atom is called {name!r}", span, suggest(str(name), known))
        if window is not None and not _is_duration(str(window)):
            yield Diagnostic("E707", f"{window!r} is not a duration", span, "for example 90s, 10m, 8h or 1d")


def _is_duration(text: str) -> bool:
    try:
        parse_duration(text)
    except MalformedDuration:
        return False
    return True


def _functions(scope: Scope) -> frozenset[str]:
    return list_functions() | ({"runs"} if scope.runs else set())


def _hint(word: str, known: Collection[str]) -> str:
    return suggest(word, known) or f"known here: {', '.join(sorted(known))}"


def _walk(ast: Any) -> Iterator[Any]:
    stack, seen = [ast], set()
    while stack:
        value = stack.pop()
        if isinstance(value, list | tuple):
            stack.extend(value)
        elif hasattr(value, "type") and hasattr(value, "__dict__") and id(value) not in seen:
            seen.add(id(value))
            yield value
            stack.extend(vars(value).values())
