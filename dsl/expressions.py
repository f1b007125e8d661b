"""JSONata as text: `{% %}` rules, parsing, and what an expression reads and calls.

The parser is the `jsonata` package; nothing is evaluated here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jsonata.jexception import JException
from jsonata.parser import Parser

from dsl.expression_tree import Call, Reference, read_tree

OPEN, CLOSE = "{%", "%}"
_HOLE = re.compile(r"\{%(.*?)%\}", re.DOTALL)
_MAX_LENGTH = 10_000


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


def read_expressions(value: Any) -> Iterator["Expression"]:
    """Give every expression that parses in a JSON value with `{% … %}` strings."""
    if isinstance(value, str):
        inner = unwrap(value)
        parsed = parse_expression(inner) if inner is not None else None
        if isinstance(parsed, Expression):
            yield parsed
    elif isinstance(value, Mapping):
        for child in value.values():
            yield from read_expressions(child)
    elif isinstance(value, list | tuple):
        for child in value:
            yield from read_expressions(child)


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


class _Reused:
    """One parser for all expressions: making its table of symbols costs more than parsing with it."""

    def __init__(self) -> None:
        self._parser: Parser | None = None

    def parse(self, text: str) -> Any:
        """Parse with a parser that a failed parse never comes back to."""
        parser = self._parser or Parser()
        self._parser = None
        parser.ancestor_label = parser.ancestor_index = 0
        parser.ancestry = []
        ast = parser.parse(text)
        self._parser = parser
        return ast


_PARSER = _Reused()


@lru_cache(maxsize=4096)
def parse_expression(text: str) -> Expression | Syntax:
    """Parse JSONata. Never raises: what does not parse is a `Syntax`."""
    if not text.strip():
        return Syntax("the expression is empty", 0)
    if len(text) > _MAX_LENGTH:
        return Syntax(f"the expression is longer than {_MAX_LENGTH:,} characters", 0)
    try:
        ast = _PARSER.parse(text)
        references, calls, bare_names = read_tree(ast)
        return Expression(text, ast, references, calls, bare_names)
    except JException as problem:
        return _explain(problem, text)
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


def _explain(problem: JException, text: str) -> Syntax:
    bare = re.sub(r"\"[^\"]*\"|'[^']*'", lambda quoted: " " * len(quoted[0]), text).replace("!=", "  ")
    for wrong, right in _WRONG_TOKENS.items():
        if wrong in bare:
            return Syntax(f"JSONata has no `{wrong}`: write `{right}`", bare.index(wrong))
    start = max(0, min(int(problem.location or 0), len(text)) - 1)
    return Syntax(_REWORDED.get(problem.error) or str(problem.args[0] if problem.args else problem), start)
