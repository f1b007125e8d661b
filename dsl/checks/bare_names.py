"""A field name that nothing comes before reads the input document, which Step Functions leaves empty."""

from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic, suggest
from dsl.sites import span_of


def check_bare_names(analysis: Analysis) -> Iterator[Diagnostic]:
    """E404: `input.host` where `$input.host` is meant."""
    for site, expression in analysis.parsed_sites():
        for bare in expression.bare_names:
            visible = analysis.names.visible(site)
            near = bare.name if bare.name in visible else None
            hint = f"did you mean `${near}`?" if near else suggest(bare.name, visible)
            hint = hint or f'write "{bare.name}" for a string, or start with a variable such as `$input`'
            span = span_of(site, analysis.root, bare.start, len(bare.name))
            yield Diagnostic("E404", f"`{bare.name}` reads nothing: a name needs a `$` in front", span, hint)
