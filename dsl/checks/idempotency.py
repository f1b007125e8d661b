"""What acts twice when it is called twice is not retried."""

from collections.abc import Iterator

from chalicelib.atoms.contract import Idempotency
from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic


def check_idempotency(analysis: Analysis) -> Iterator[Diagnostic]:
    """E507: a retry of a non-idempotent atom, unless the errors say that nothing was done."""
    for use in analysis.uses:
        atom = analysis.atoms.get(use.atom)
        if atom is None or use.retry is None or atom.idempotency is not Idempotency.NONE:
            continue
        harmless = {error.__name__ for error in atom.raises if error.nothing_done}
        risky = sorted({name for retry in use.retry for name in retry.errors if name not in harmless})
        if risky:
            message = (
                f"`{atom.name}` is not idempotent: after {risky[0]} it may have acted, and a retry would act twice"
            )
            hint = f"retry only errors after which nothing was done: {', '.join(sorted(harmless))}"
            yield Diagnostic("E507", message, analysis.key_span((*use.path, "retry")), hint)
