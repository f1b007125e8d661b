"""AWS evaluates a string only if all of it is one expression."""

from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic
from dsl.expressions import suggest_whole


def check_mixed(analysis: Analysis) -> Iterator[Diagnostic]:
    """E403: an expression among other text. E402: a bare field that is wrapped."""
    for mixed in analysis.sites.mixed:
        hint = (
            f"write '{suggest_whole(mixed.text)}'"
            if "{%" in mixed.text and "%}" in mixed.text
            else "close it: `{% ... %}`"
        )
        message = "text around `{% %}` is not evaluated: Step Functions would pass this string on as it stands"
        yield Diagnostic("E403", message, analysis.span(mixed.path), hint)
    for site in analysis.sites.wrapped_bare:
        field = site.path[-1]
        message = f"`{field}` is always an expression and takes no `{{% %}}`"
        yield Diagnostic("E402", message, analysis.span(site.path), f"write `{field}: {site.text.strip()}`")
