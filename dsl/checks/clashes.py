"""Ids, loop variables and branches share one space of names: they become variables and state names."""

from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic, Span
from dsl.model import LoopStep


def check_clashes(analysis: Analysis) -> Iterator[Diagnostic]:
    """E306: one name for two things."""
    seen: dict[str, Span] = {}
    for placed in analysis.layout.steps:
        step, path = placed.step, placed.inside.path
        named = [(step.id, (*path, "id"))]
        if isinstance(step, LoopStep):
            name = step.loop.as_
            named += [(name, (*path, step.kind, "as")), (f"{name}_index", (*path, step.kind, "as"))]
        for name, where in named:
            span = analysis.span(where)
            if name in seen:
                message = f"`{name}` is already taken in line {seen[name].line}"
                yield Diagnostic("E306", message, span, "names are unique over the whole file: choose another")
            seen.setdefault(name, span)
