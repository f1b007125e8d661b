"""A user's mistake is a value: code, message, place and hint. Nothing in `dsl` raises for one."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from dsl.spelling import find_nearest


class Severity(StrEnum):
    """An error stops the build; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a source file. Lines and columns count from 1; the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake. `code` is stable (`E` and three digits, `W` for a warning) and documented in `dsl/codes.py`."""

    code: str
    message: str
    span: Span
    hint: str | None = None

    @property
    def severity(self) -> Severity:
        """Read off the code's letter."""
        return Severity.ERROR if self.code.startswith("E") else Severity.WARNING


def sort_diagnostics(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Order by place, then code, and drop repeats."""
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (one.span, one.code, one.message)))


def has_errors(found: Iterable[Diagnostic]) -> bool:
    """Whether any of them stops the build."""
    return any(one.severity is Severity.ERROR for one in found)


def suggest(word: str, known: Iterable[str]) -> str | None:
    """Write a hint with the nearest known name, None if nothing is near."""
    near = find_nearest(word, known)
    return f"did you mean {near!r}?" if near is not None else None


def render_text(found: Iterable[Diagnostic], sources: dict[str, str]) -> str:
    """Render as compilers do: `file:line:column: error[E101]: message`, the source line, a caret, the hint."""
    return "\n".join(_render_one(one, sources.get(one.span.file, "")) for one in found)


def _render_one(one: Diagnostic, source: str) -> str:
    span = one.span
    lines = [f"{span.file}:{span.line}:{span.column}: {one.severity}[{one.code}]: {one.message}"]
    rows = source.splitlines()
    if 1 <= span.line <= len(rows):
        row = rows[span.line - 1]
        width = max(1, (span.end_column if span.end_line == span.line else len(row) + 1) - span.column)
        gutter = f"{span.line:>5} | "
        lines += [gutter + row, " " * (len(gutter) - 2) + "| " + " " * (span.column - 1) + "^" * width]
    if one.hint:
        lines.append(f"      = hint: {one.hint}")
    return "\n".join(lines)
