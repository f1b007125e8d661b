"""What a step gives its atom fits the atom's own schema."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from dsl.analysis import Analysis, Use
from dsl.diagnostics import Diagnostic, suggest
from dsl.expressions import OPEN
from dsl.model.step_base import Path


def check_with_fields(analysis: Analysis) -> Iterator[Diagnostic]:
    """E501: an unknown field. E502: a missing one. E503: a literal of the wrong type or value."""
    for use in analysis.uses:
        atom = analysis.atoms.get(use.atom)
        if atom is None:
            continue
        try:
            atom.input.model_validate(dict(use.with_))
        except ValidationError as problem:
            has_expressions = _holds_expression(use.with_)
            for error in problem.errors(include_url=False):
                found = _diagnose(analysis, use, atom.input, error, has_expressions=has_expressions)
                if found is not None:
                    yield found


def _diagnose(
    analysis: Analysis, use: Use, model: type[BaseModel], error: ErrorDetails, *, has_expressions: bool
) -> Diagnostic | None:
    inner: Path = error["loc"]
    path = (*use.path, "with", *inner)
    known = [field.alias or name for name, field in model.model_fields.items()]
    if error["type"] == "extra_forbidden":
        hint = suggest(str(inner[-1]), known) or f"it takes: {', '.join(known)}"
        return Diagnostic("E501", f"`{use.atom}` has no input `{inner[-1]}`", analysis.key_span(path), hint)
    if error["type"] == "missing":
        span = analysis.key_span((*use.path, "with")) if use.with_ else analysis.span((*use.path, "atom"))
        return Diagnostic(
            "E502",
            f"`{use.atom}` needs `{inner[-1]}`",
            span,
            f"add `{inner[-1]}:` to `with`" if use.with_ else f"add `with: {{{inner[-1]}: ...}}`",
        )
    value = error["input"]
    if isinstance(value, str) and OPEN in value:
        return None
    if not inner:
        # A rule over several fields cannot be judged while one of them is only known at run time.
        return None if has_expressions else _diagnose_whole(analysis, use, error)
    field = ".".join(str(part) for part in inner if not (isinstance(part, str) and not part.isidentifier()))
    message = f"`{field}` of `{use.atom}`: {_reword(error)}"
    return Diagnostic("E503", message, analysis.span(path), _hint(error))


def _diagnose_whole(analysis: Analysis, use: Use, error: ErrorDetails) -> Diagnostic:
    span = analysis.key_span((*use.path, "with")) if use.with_ else analysis.span((*use.path, "atom"))
    return Diagnostic("E503", f"the input of `{use.atom}`: {_reword(error)}", span)


def _reword(error: ErrorDetails) -> str:
    message = error["msg"].removeprefix("Value error, ")
    return message.replace("Input should", "must").replace("String should", "must").replace("List should", "must")


def _hint(error: ErrorDetails) -> str | None:
    expected = str(error.get("ctx", {}).get("expected", ""))
    words = [word.strip("' ") for word in expected.replace(" or ", ", ").split(",") if word]
    return suggest(str(error["input"]), words) if words else None


def _holds_expression(value: Any) -> bool:
    if isinstance(value, str):
        return OPEN in value
    if isinstance(value, Mapping):
        return any(_holds_expression(one) for one in value.values())
    return isinstance(value, list) and any(_holds_expression(one) for one in value)
