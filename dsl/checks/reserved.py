"""Names that mean something else in an expression or in the machine."""

from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic
from dsl.jsonata_functions import FUNCTIONS, RESERVED
from dsl.model.step_base import Path

STATES: frozenset[str] = frozenset({"done", "failed", "retired", "notify"})
"""Names of states that the compiler adds."""


def check_reserved(analysis: Analysis) -> Iterator[Diagnostic]:
    """E307: an id, loop variable or branch called like a function, a built-in variable or a state of the compiler's."""
    for placed in analysis.layout.steps:
        path = placed.inside.path
        if path[0] == "notify":
            continue
        named: list[tuple[str, Path, bool]] = [(placed.step.id, (*path, "id"), False)]
        for block in placed.step.blocks():
            if block.path[0] == "parallel":
                named.append((str(block.path[1]), (*path, *block.path[:2]), True))
            named += [(name, (*path, placed.step.kind, "as"), False) for name in block.variables[:1]]
        for name, where, is_key in named:
            reason = _explain(name)
            if reason is not None:
                span = analysis.key_span(where) if is_key else analysis.span(where)
                yield Diagnostic(
                    "E307", f"`{name}` cannot be used as a name: {reason}", span, f"for example `{name}_step`"
                )


def _explain(name: str) -> str | None:
    if name in FUNCTIONS:
        return f"`${name}` is a JSONata function"
    if name in RESERVED:
        return f"`${name}` is a built-in name"
    return "it is the name of a state that the compiler adds" if name in STATES else None
