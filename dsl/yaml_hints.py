"""Naming the cause when YAML cuts or chokes on a bare expression: people write JSONata unquoted, and YAML reads on."""

import re
from dataclasses import dataclass

_ENTRY = re.compile(r"^\s*(?:- +)*(?:[A-Za-z_][\w.-]*|\"[^\"]*\"|'[^']*'): +(?=\S)|^\s*(?:- +)+(?=\S)")
_COMMENT = re.compile(r"\s+(#.*)")


@dataclass(frozen=True, slots=True)
class Known:
    """A cause that was recognized; `column` (from 1) is where the value starts."""

    message: str
    hint: str
    column: int = 1


def quote(expression: str) -> str:
    """Write a bare expression as a YAML string: in single quotes, so that JSONata's double quotes stay."""
    return "'" + expression.strip().replace("'", "''") + "'"


def explain_cut(value: str, rest: str) -> Known | None:
    """Tell whether an unquoted expression was cut short by a comment; `rest` is what follows it in its line."""
    comment = _COMMENT.match(rest)
    if comment is None or "$" not in value:
        return None
    if not (comment[1].startswith("#$") or _is_open(value)):
        return None
    return Known("YAML takes ` #` for a comment and cuts the expression here", f"quote it: {quote(value + rest)}")


def explain_syntax(row: str, column: int, problem: str) -> Known | None:
    """Recognize the bare expression behind a YAML syntax error in or near this line; `column` counts from 1."""
    entry = _ENTRY.match(row)
    if entry is None:
        return None
    start, value = entry.end(), row[entry.end() :].rstrip()
    if value.startswith("{%"):
        return Known("an expression must be quoted: YAML reads `{` as a mapping", f"write {quote(value)}", start + 1)
    if "mapping values are not allowed" in problem and ":" in value[: column + 1 - start]:
        message = "YAML takes `:` inside an unquoted value for a key"
        return Known(message, f"quote it: {quote(value)}", start + 1)
    if value[0] in "\"'" and len(value) > 1 and value[0] in value[1:] and not value.endswith(value[0]):
        message = f"the value starts with {value[0]}, so YAML ends it at the next {value[0]}"
        return Known(message, f"quote all of it: {quote(value)}", start + 1)
    if value[0] in "[{" and re.search(r"\$[A-Za-z(]", value):
        message = f"the value starts with {value[0]}, so YAML reads a {'list' if value[0] == '[' else 'mapping'}"
        return Known(message, f"if an expression is meant, quote it: {quote(value)}", start + 1)
    if value[0] in "%@`&*!":
        return Known(f"an unquoted value cannot start with {value[0]}", f"quote it: {quote(value)}", start + 1)
    return None


def find_open_quote(rows: list[str]) -> tuple[int, int] | None:
    """Find the last line whose value opens a quote and does not close it: its index and the column, from 1."""
    for index in range(len(rows) - 1, -1, -1):
        entry = _ENTRY.match(rows[index])
        value = rows[index][entry.end() :] if entry else ""
        if value[:1] in {'"', "'"} and value.replace("\\\\", "").replace('\\"', "").count(value[0]) % 2:
            return index, len(rows[index]) - len(value) + 1
    return None


def _is_open(value: str) -> bool:
    """Whether a quote or bracket is left open."""
    bare = re.sub(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", "", value)
    return '"' in bare or "'" in bare or any(bare.count(a) > bare.count(b) for a, b in ("()", "[]", "{}"))
