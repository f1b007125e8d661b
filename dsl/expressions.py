"""JSONata as text: `{% %}` rules, parsing, and what an expression reads and calls.

The parser is the `jsonata` package; nothing is evaluated here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jsonata.jexception import JException
from jsonata.parser import Parser

OPEN, CLOSE = "{%", "%}"
_HOLE = re.compile(r"\{%(.*?)%\}", re.DOTALL)
_MAX_LENGTH = 10_000


@dataclass(frozen=True, slots=True)
class Reference:
    """A variable that is read, and the fixed field names that follow it."""

    name: str
    fields: tuple[str, ...]
    start: int
    """Offset of its `$` in the expression."""
    guards: frozenset[str]
    """Names that a condition around it has looked at first."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function that is called by name."""

    name: str
    start: int


@dataclass(frozen=True, slots=True)
class Syntax:
    """Why an expression does not parse, and the offset of the trouble."""

    message: str
    start: int


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression."""

    text: str
    ast: Any
    references: tuple[Reference, ...]
    calls: tuple[Call, ...]
    bare_names: tuple[Call, ...]
    """Field names that nothing comes before: they read the (empty) input document, hardly what is meant."""

    @property
    def names(self) -> frozenset[str]:
        """Every variable it reads that it does not bind itself."""
        return frozenset(one.name for one in self.references)


def unwrap(text: str) -> str | None:
    """Give the expression inside `{% … %}`, None for a literal. Only a string that is wholly wrapped is evaluated."""
    if text.startswith(OPEN) and text.endswith(CLOSE) and len(text) >= len(OPEN) + len(CLOSE):
        inner = text[len(OPEN) : -len(CLOSE)]
        return None if CLOSE in inner and OPEN in inner else inner
    return None


def wrap(expression: str) -> str:
    """Write an expression as Step Functions evaluates it."""
    return f"{OPEN} {expression.strip()} {CLOSE}"


def is_mixed(text: str) -> bool:
    """Whether a string holds an expression among other text, which Step Functions would not evaluate."""
    return (OPEN in text or CLOSE in text) and unwrap(text) is None


def split_template(text: str) -> Iterator[tuple[str, int, bool]]:
    """Walk a template: literal parts and holes as (text, offset, whether it is a hole)."""
    at = 0
    for hole in _HOLE.finditer(text):
        if hole.start() > at:
            yield text[at : hole.start()], at, False
        yield hole[1], hole.start(1), True
        at = hole.end()
    if at < len(text):
        yield text[at:], at, False


def suggest_whole(text: str) -> str:
    """Rewrite a mixed string as one expression: `{% "host/" & $input.host %}`."""
    parts = []
    for part, _, is_hole in split_template(text):
        inner = part.strip()
        if is_hole:
            parts.append(inner if re.fullmatch(r"\$?[\w.$]+", inner) else f"({inner})")
        elif part.strip() or len(parts) > 0:
            parts.append('"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"')
    return wrap(" & ".join(parts))


@lru_cache(maxsize=4096)
def parse_expression(text: str) -> Expression | Syntax:
    """Parse JSONata. Never raises: what does not parse is a `Syntax`."""
    if not text.strip():
        return Syntax("the expression is empty", 0)
    if len(text) > _MAX_LENGTH:
        return Syntax(f"the expression is longer than {_MAX_LENGTH:,} characters", 0)
    try:
        ast = Parser().parse(text)
        return _Reader(text).read(ast)
    except JException as problem:
        start = max(0, min(int(problem.location or 0), len(text)) - 1)
        return Syntax(_reword(problem, text), start)
    except RecursionError:
        return Syntax("the expression is nested too deeply", 0)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, OverflowError, re.error) as problem:
        # The parser is ported from JavaScript, where such slips give undefined instead of an exception.
        return Syntax(f"the expression cannot be parsed ({type(problem).__name__})", 0)


_REWORDED = {
    "S0101": "a string is not closed",
    "S0105": "a quoted name is not closed: `...` ends nowhere",
    "S0106": "a comment is not closed",
    "S0207": "the expression ends too early",
    "S0217": "`%` has no parent here",
    "S0302": "a regular expression is not closed",
}
_WRONG_TOKENS = {"==": "=", "&&": "and", "||": "or", "!": "$not(...)"}


def _reword(problem: JException, text: str) -> str:
    for wrong, right in _WRONG_TOKENS.items():
        if wrong in re.sub(r"!=|\"[^\"]*\"|'[^']*'", "", text):
            return f"JSONata has no `{wrong}`: write `{right}`"
    return _REWORDED.get(problem.error) or str(problem.args[0] if problem.args else problem)


class _Reader:
    """Walks a syntax tree once. Its depth is bounded by the parser's own recursion."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.references: list[Reference] = []
        self.calls: list[Call] = []
        self.bare: list[Call] = []

    def read(self, ast: Any) -> Expression:
        self._visit(ast, frozenset(), frozenset(), has_context=False)
        return Expression(self.text, ast, tuple(self.references), tuple(self.calls), tuple(self.bare))

    def _visit(self, node: Any, bound: frozenset[str], guards: frozenset[str], *, has_context: bool) -> None:
        if node is None or isinstance(node, str | int | float | bool):
            return
        if isinstance(node, list | tuple):
            for one in node:
                self._visit(one, bound, guards, has_context=has_context)
            return
        visit = getattr(self, f"_visit_{node.type}", None) if isinstance(getattr(node, "type", None), str) else None
        if visit is not None:
            visit(node, bound, guards, has_context)
        else:
            self._visit_parts(node, bound, guards, has_context)
        self._visit_after(node, bound, guards)

    def _visit_after(self, node: Any, bound: frozenset[str], guards: frozenset[str]) -> None:
        """Predicates, grouping and sorting see each item as their context."""
        for name in ("predicate", "stages", "group"):
            self._visit(getattr(node, name, None), bound, guards, has_context=True)

    def _visit_parts(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        for name in (
            "lhs",
            "rhs",
            "expression",
            "expressions",
            "expr",
            "arguments",
            "lhs_object",
            "pattern",
            "update",
            "delete",
            "terms",
            "procedure",
        ):
            self._visit(getattr(node, name, None), bound, guards, has_context=has_context or node.type == "filter")

    def _visit_variable(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        del has_context
        self._refer(node, (), bound, guards)

    def _refer(self, node: Any, fields: tuple[str, ...], bound: frozenset[str], guards: frozenset[str]) -> None:
        name = str(node.value)
        if name in bound or name == "":
            return
        start = max(0, (node.position or 0) - len(name) - 1)
        self.references.append(Reference(name, fields, start, guards))

    def _visit_name(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        del bound, guards
        if not has_context:
            name = str(node.value)
            self.bare.append(Call(name, max(0, (node.position or 0) - len(name))))

    def _visit_path(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        first, *rest = node.steps
        inner = set(bound)
        for step in node.steps:
            inner |= {
                name for name in (getattr(step, "focus", None), getattr(step, "index", None)) if isinstance(name, str)
            }
        if getattr(first, "type", None) == "variable":
            self._refer(first, _fixed_fields(rest), bound, guards)
            self._visit_after(first, frozenset(inner), guards)
        else:
            self._visit(first, bound, guards, has_context=has_context)
        for step in rest:
            self._visit(step, frozenset(inner), guards, has_context=True)

    def _visit_block(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        for one in node.expressions:
            self._visit(one, bound, guards, has_context=has_context)
            if getattr(one, "type", None) == "bind":
                bound = bound | {str(one.lhs.value)}

    def _visit_bind(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        # A function may call itself by the name it is bound to.
        self._visit(node.rhs, bound | {str(node.lhs.value)}, guards, has_context=has_context)

    def _visit_lambda(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        inner = bound | {str(one.value) for one in node.arguments}
        self._visit(node.body, inner, guards, has_context=has_context)

    def _visit_function(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        self._visit_procedure(node.procedure, bound, guards, has_context)
        looked_at = _looked_at(node)
        self._visit(node.arguments, bound, guards | looked_at, has_context=has_context)

    _visit_partial = _visit_function

    def _visit_procedure(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        if getattr(node, "type", None) == "variable":
            name = str(node.value)
            if name not in bound:
                self.calls.append(Call(name, max(0, (node.position or 0) - len(name) - 1)))
        else:
            self._visit(node, bound, guards, has_context=has_context)

    def _visit_apply(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        self._visit(node.lhs, bound, guards, has_context=has_context)
        self._visit_procedure(node.rhs, bound, guards, has_context)

    def _visit_condition(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        looked_at = self._visit_guard(node.condition, bound, guards, has_context=has_context)
        for part in (node.then, getattr(node, "_else", None)):
            self._visit(part, bound, guards | looked_at, has_context=has_context)

    def _visit_binary(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        if node.value in {"and", "or"}:
            looked_at = self._visit_guard(node.lhs, bound, guards, has_context=has_context)
            self._visit(node.rhs, bound, guards | looked_at, has_context=has_context)
        else:
            self._visit([node.lhs, node.rhs], bound, guards, has_context=has_context)

    def _visit_guard(
        self, node: Any, bound: frozenset[str], guards: frozenset[str], *, has_context: bool
    ) -> frozenset[str]:
        before = len(self.references)
        self._visit(node, bound, guards, has_context=has_context)
        return frozenset(one.name for one in self.references[before:] if not one.fields or one.name in one.guards)


def _looked_at(node: Any) -> frozenset[str]:
    """`$exists($a.b)` asks whether there is anything to read, so it may read a null."""
    if getattr(node.procedure, "value", None) not in {"exists", "boolean", "not", "string", "type"}:
        return frozenset()
    names = set()
    for argument in node.arguments or ():
        head = argument.steps[0] if getattr(argument, "type", None) == "path" else argument
        if getattr(head, "type", None) == "variable":
            names.add(str(head.value))
    return frozenset(names)


def _fixed_fields(steps: list[Any]) -> tuple[str, ...]:
    fields = []
    for step in steps:
        if getattr(step, "type", None) != "name":
            break
        fields.append(str(step.value))
    return tuple(fields)
