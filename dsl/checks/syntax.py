"""Every expression parses."""

from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic
from dsl.expressions import Syntax
from dsl.sites import span_of


def check_syntax(analysis: Analysis) -> Iterator[Diagnostic]:
    """E401: an expression that is not JSONata."""
    for site in analysis.sites.expressions:
        if isinstance(site.parsed, Syntax):
            span = span_of(site, analysis.root, site.parsed.start, 1)
            yield Diagnostic("E401", f"this is not JSONata: {site.parsed.message}", span)
