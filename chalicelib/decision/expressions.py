"""The one door to JSONata for rules: evaluation over recorded inputs only, every failure an ExpressionFailed.

Undefined is an error rather than null, a condition must be a boolean, `$eval` and recursion are refused, work is
bounded by counting steps and never by a clock, and strings that come from events are data.
"""

import math
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from chalicelib.decision.functions import EXTRAS, REFUSED, FunctionRefused, make_millis, make_now, make_to_millis
from chalicelib.errors import ExpressionFailed, InterlockError
from chalicelib.identity import Home, ObjectId, parse_object_id

MAX_STEPS = 100_000
"""How many nodes one evaluation may visit: far above any honest rule, some tenths of a second."""
MAX_DEPTH = 100
"""How deep an evaluation may nest."""

_HOLE = re.compile(r"\{%(.*?)%\}", re.DOTALL)
_INTERNAL = "__evaluate"
_UNDEFINED = "it is undefined: nothing in the event or object has that name"


def evaluate(expression: str, bindings: Mapping[str, object]) -> Any:
    """Evaluate bare JSONata to a JSON value.

    `bindings` holds the value of each `$name`; a callable becomes a function, and `now`, an aware datetime, becomes
    `$now()` and `$millis()`. Raises ExpressionFailed, also where the result is undefined or a function.
    """
    result = _run(expression, bindings)
    if result is None:
        raise ExpressionFailed(expression=expression, cause=_UNDEFINED)
    try:
        return _to_plain(result)
    except (FunctionRefused, RecursionError) as problem:
        raise ExpressionFailed(expression=expression, cause=str(problem)) from None


def evaluate_condition(expression: str, bindings: Mapping[str, object]) -> bool:
    """Evaluate a condition. Raises ExpressionFailed unless it yields true or false."""
    result = evaluate(expression, bindings)
    if not isinstance(result, bool):
        raise ExpressionFailed(expression=expression, cause=f"a condition must be true or false, not {_name(result)}")
    return result


def render_value(value: Any, bindings: Mapping[str, object]) -> Any:
    """Fill a `with:` value: a string that is wholly `{% … %}` is evaluated, anything else is itself, at any depth."""
    if isinstance(value, str):
        expression = unwrap(value)
        return value if expression is None else evaluate(expression, bindings)
    if isinstance(value, Mapping):
        return {key: render_value(inner, bindings) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [render_value(inner, bindings) for inner in value]
    return value


def render_object(template: str, bindings: Mapping[str, object], home: Home) -> ObjectId:
    """Fill an object template such as `host/{% $input.host %}`.

    Raises ExpressionFailed if a hole does not yield a non-empty string without a slash, MalformedObjectId if the
    whole is not an object id.
    """
    return parse_object_id(_HOLE.sub(lambda hole: _fill(hole[1].strip(), bindings), template), home)


def render_objects(template: str, bindings: Mapping[str, object], home: Home) -> tuple[ObjectId, ...]:
    """Fill an object template one of whose holes may give a list: one object for each of its elements, in order.

    Raises ExpressionFailed if a second hole gives a list as well, and as `render_object` does.
    """
    parts = _HOLE.split(template)
    values = [evaluate(hole.strip(), bindings) for hole in parts[1::2]]
    lists = [at for at, value in enumerate(values) if isinstance(value, list)]
    if len(lists) > 1:
        raise ExpressionFailed(
            expression=parts[1::2][lists[1]].strip(), cause="only one part of an object id may be a list"
        )
    each = values[lists[0]] if lists else [None]
    return tuple(
        parse_object_id(_join(parts, [one if at in lists else value for at, value in enumerate(values)]), home)
        for one in each
    )


def list_holes(template: str) -> tuple[str, ...]:
    """Give the expressions of an object template's holes."""
    return tuple(hole.strip() for hole in _HOLE.findall(template))


def unwrap(text: str) -> str | None:
    """Give the expression inside a string that is wholly `{% … %}`, None for a literal."""
    if text.startswith("{%") and text.endswith("%}") and len(text) >= len("{%%}"):
        return text[2:-2].strip()
    return None


def read_ast(expression: str) -> Any:
    """Parse without evaluating: the library's syntax tree. Raises ExpressionFailed for syntax and refused functions."""
    return _compile(expression).ast


def list_variables(expression: str) -> frozenset[str]:
    """Give the `$names` an expression uses and does not define itself, functions included. Raises ExpressionFailed."""
    ast = read_ast(expression)
    used = {str(node.value) for node in _walk(ast) if node.type == "variable"}
    bound = {str(node.lhs.value) for node in _walk(ast) if node.type == "bind"}
    arguments = {str(one.value) for node in _walk(ast) if node.type == "lambda" for one in node.arguments}
    return frozenset(used - bound - arguments - {"", "$"})


def list_functions() -> frozenset[str]:
    """Give the names of every function that an expression may call: JSONata's and Step Functions'."""
    library = set(_library().Jsonata.static_frame.bindings)
    return frozenset(library | set(EXTRAS)) - set(REFUSED)


def _join(parts: list[str], values: list[Any]) -> str:
    """Put the values of the holes between the texts around them; `parts` alternates text and expression."""
    filled = [_check_part(expression.strip(), value) for expression, value in zip(parts[1::2], values, strict=True)]
    return "".join(text for pair in zip(parts[::2], [*filled, ""], strict=True) for text in pair)


def _fill(expression: str, bindings: Mapping[str, object]) -> str:
    return _check_part(expression, evaluate(expression, bindings))


def _check_part(expression: str, value: object) -> str:
    if not isinstance(value, str):
        raise ExpressionFailed(expression=expression, cause=f"a part of an object id is {_name(value)}, not a string")
    if not value or "/" in value:
        cause = f"a part of an object id must be non-empty and hold no slash: {value!r}"
        raise ExpressionFailed(expression=expression, cause=cause)
    return value


def _run(expression: str, bindings: Mapping[str, object]) -> Any:
    """Evaluate to the library's own values: None is undefined, NULL_VALUE is null."""
    compiled = _compile(expression)
    budget = _Budget()
    try:
        return compiled.evaluate(None, {**_bind(bindings), **budget.callbacks})
    except Exception as problem:  # noqa: BLE001 - the library raises whatever Python raises inside it
        cause = budget.exhausted or _describe(problem)
        raise ExpressionFailed(expression=expression, cause=cause) from None


class _Budget:
    """Counts what one evaluation does. Fresh for each: the library's own timebox miscounts after an error."""

    def __init__(self) -> None:
        self.exhausted: str | None = None
        self._steps = 0
        self._depth = 0
        self.callbacks: dict[str, Any] = {f"{_INTERNAL}_entry": self._enter, f"{_INTERNAL}_exit": self._leave}

    def _enter(self, *_: Any) -> None:
        self._steps += 1
        self._depth += 1
        if self._steps > MAX_STEPS:
            self.exhausted = f"it takes more than {MAX_STEPS} steps"
        elif self._depth > MAX_DEPTH:
            self.exhausted = f"it nests deeper than {MAX_DEPTH} levels"
        if self.exhausted:
            raise FunctionRefused(self.exhausted)

    def _leave(self, *_: Any) -> None:
        self._depth -= 1


@lru_cache(maxsize=1)
def _library() -> Any:
    """Import JSONata on first use: an event that matches no rule need not pay for it."""
    limit = sys.getrecursionlimit()
    import jsonata  # noqa: PLC0415

    # The library raises the interpreter's recursion limit tenfold on import, beyond what its stack holds.
    sys.setrecursionlimit(limit)
    return jsonata


@lru_cache(maxsize=4096)
def _compile(expression: str) -> Any:
    library = _library()
    try:
        compiled = library.Jsonata(expression)
        compiled.set_output_convert_nulls(False)  # keeps null and undefined apart
        refusal = _find_refused(compiled.ast)
    except Exception as problem:  # noqa: BLE001 - as above
        raise ExpressionFailed(expression=expression, cause=_describe(problem)) from None
    if refusal:
        raise ExpressionFailed(expression=expression, cause=refusal)
    return compiled


def _find_refused(ast: Any) -> str | None:
    for node in _walk(ast):
        if node.type == "variable" and node.value in REFUSED:
            return f"${node.value} is not allowed: {REFUSED[node.value]}"
        if node.type == "bind":
            name = str(node.lhs.value)
            if name.startswith(_INTERNAL):
                return f"${name} is a reserved name"
            if node.rhs.type == "lambda" and any(
                one.type == "variable" and one.value == name for one in _walk(node.rhs.body)
            ):
                return f"${name} calls itself: recursion is not allowed"
    return None


def _walk(ast: Any) -> Iterator[Any]:
    """Give every node of a syntax tree once."""
    symbol = _library().parser.Parser.Symbol
    stack, seen = [ast], set()
    while stack:
        value = stack.pop()
        if isinstance(value, list | tuple):
            stack.extend(value)
        elif isinstance(value, symbol) and id(value) not in seen:
            seen.add(id(value))
            yield value
            stack.extend(vars(value).values())


@lru_cache(maxsize=1)
def _extra_functions() -> Mapping[str, Any]:
    """Give what every evaluation has besides the library's functions, and that depends on no recorded input."""
    library = _library()
    function = library.Jsonata.JLambda
    to_millis = make_to_millis(library.functions.Functions.datetime_to_millis)
    extras = {name: function(call) for name, call in EXTRAS.items()}
    return {**extras, "toMillis": library.Jsonata.JFunction(function(to_millis), "<s-s?:n>")}


def _bind(bindings: Mapping[str, object]) -> dict[str, Any]:
    library = _library()
    function = library.Jsonata.JLambda
    null = library.utils.Utils.NULL_VALUE
    now = bindings.get("now")
    recorded = now if isinstance(now, datetime) else None
    bound: dict[str, Any] = {
        **_extra_functions(),
        "now": function(make_now(recorded)),
        "millis": function(make_millis(recorded)),
    }
    for name, value in bindings.items():
        if name != "now":
            bound[name] = function(value) if callable(value) else null if value is None else value
    return bound


def _to_plain(value: Any) -> Any:
    """Copy a result to plain JSON, so that nothing of the event or of the library is shared with it."""
    if value is None or value is _library().utils.Utils.NULL_VALUE:
        return None
    if isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise FunctionRefused("it yields a number that is not finite")
        return value
    if isinstance(value, dict):
        return {key: _to_plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_to_plain(inner) for inner in value]
    raise FunctionRefused("it yields a function")


def _name(value: Any) -> str:
    kinds = ((bool, "a boolean"), (str, "a string"), (int, "a number"), (float, "a number"), (dict, "an object"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "null" if value is None else "a list")


def _describe(problem: Exception) -> str:
    if isinstance(problem, RecursionError):
        return f"it nests deeper than {MAX_DEPTH} levels"
    if isinstance(problem, ZeroDivisionError):
        return "division by zero"
    if isinstance(problem, InterlockError | FunctionRefused):
        return str(problem)
    return str(problem) or type(problem).__name__
