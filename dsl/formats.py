"""Diagnostics for tools: JSON, and the commands by which GitHub Actions marks lines of a pull request."""

import json
from collections.abc import Iterable
from enum import StrEnum

from dsl.diagnostics import Diagnostic, render_text


class Format(StrEnum):
    """How diagnostics are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def render(found: Iterable[Diagnostic], sources: dict[str, str], style: Format) -> str:
    """Write diagnostics; text is empty where there are none, JSON is a list all the same."""
    match style:
        case Format.TEXT:
            return render_text(found, sources)
        case Format.JSON:
            return json.dumps([_to_json(one) for one in found], indent=2, ensure_ascii=False)
        case Format.GITHUB:
            return "\n".join(map(_to_command, found))


def _to_json(one: Diagnostic) -> dict[str, object]:
    span = one.span
    return {
        "code": one.code,
        "severity": one.severity.value,
        "message": one.message,
        "hint": one.hint,
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def _to_command(one: Diagnostic) -> str:
    span = one.span
    places = {"file": span.file, "line": span.line, "col": span.column, "title": one.code}
    if span.end_line == span.line:
        places |= {"endColumn": span.end_column}
    where = ",".join(f"{name}={_escape(str(value), in_property=True)}" for name, value in places.items())
    text = f"{one.message} ({one.hint})" if one.hint else one.message
    return f"::{one.severity} {where}::{_escape(text)}"


def _escape(text: str, *, in_property: bool = False) -> str:
    """Escape as GitHub's own toolkit does."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if in_property else text
