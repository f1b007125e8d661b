"""Every atom that is named exists."""

from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic, suggest


def check_atoms(analysis: Analysis) -> Iterator[Diagnostic]:
    """E301: an unknown atom, in a step or its undo."""
    for use in analysis.uses:
        if use.atom not in analysis.atoms:
            hint = suggest(use.atom, analysis.atoms) or f"known atoms: {', '.join(analysis.atoms)}"
            yield Diagnostic("E301", f"there is no atom {use.atom!r}", analysis.span((*use.path, "atom")), hint)
