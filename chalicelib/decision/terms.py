"""Why a condition is false: its first false term, with the values of both sides."""

from typing import Any

from chalicelib.decision.expressions import evaluate, evaluate_condition, read_ast
from chalicelib.decision.scope import Bindings
from chalicelib.errors import ExpressionFailed
from chalicelib.identity import canonical_json

_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">=", "in"})
_LONGEST = 200


def explain_false(expression: str, bindings: Bindings) -> str:
    """Say which term makes a condition false: of `and` the first false one, of `or` all of them."""
    text = expression.strip()
    try:
        node = read_ast(text)
    except ExpressionFailed as problem:
        return str(problem).removesuffix(".")
    if node.type == "block" and len(node.expressions) == 1 and text.startswith("(") and text.endswith(")"):
        return explain_false(text[1:-1], bindings)
    if node.type == "binary":
        return _explain_binary(text, str(node.value), node.position, bindings)
    return f"{text} is {_render(text, bindings)}"


def _explain_binary(text: str, operator: str, end: int, bindings: Bindings) -> str:
    """Split the text at its operator, which ends at `end`: what is left and right of it are the operands."""
    left, right = text[: end - len(operator)].strip(), text[end:].strip()
    if operator == "and":
        return explain_false(right if _holds(left, bindings) else left, bindings)
    if operator == "or":
        return f"{explain_false(left, bindings)}; and {explain_false(right, bindings)}"
    if operator in _COMPARISONS:
        return f"{text} is false: {_render(left, bindings)} {operator} {_render(right, bindings)}"
    return f"{text} is {_render(text, bindings)}"


def _holds(text: str, bindings: Bindings) -> bool:
    """Read an operand of `and` as JSONata does, where anything can stand: undefined is false."""
    try:
        return evaluate_condition(f"$boolean(({text})) = true", bindings)
    except ExpressionFailed:
        return False


def _render(text: str, bindings: Bindings) -> str:
    try:
        value: Any = evaluate(text, bindings)
    except ExpressionFailed:
        return "undefined"
    shown = canonical_json(value)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
