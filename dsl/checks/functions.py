"""A function that is called exists in Step Functions."""

from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic, suggest
from dsl.jsonata_functions import FUNCTIONS
from dsl.sites import span_of


def check_functions(analysis: Analysis) -> Iterator[Diagnostic]:
    """E309: an unknown function. E406: one that Step Functions refuses."""
    for site, expression in analysis.parsed_sites():
        for call in expression.calls:
            span = span_of(site, analysis.root, call.start, len(call.name) + 1)
            if call.name == "eval":
                yield Diagnostic(
                    "E406", "Step Functions has no `$eval`", span, "use `$parse` to read JSON from a string"
                )
            elif call.name not in FUNCTIONS:
                near = suggest(f"${call.name}", [f"${name}" for name in sorted(FUNCTIONS)])
                yield Diagnostic("E309", f"there is no function `${call.name}`", span, near)
