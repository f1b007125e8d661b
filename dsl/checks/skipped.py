"""The result of a step that may not have run is null, and a field of null is nothing: AWS fails on it."""

from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic
from dsl.names import Sight
from dsl.places import Section
from dsl.sites import Site, span_of


def check_skipped(analysis: Analysis) -> Iterator[Diagnostic]:
    """E308: a field of a step that may have been skipped, read without asking first."""
    for site, expression in analysis.parsed_sites():
        for one in expression.references:
            if not one.fields or one.name in one.guards or analysis.names.look(one.name, site) is not Sight.MAYBE:
                continue
            if analysis.names.is_guarded(one.name, site):
                continue
            read = ".".join((f"${one.name}", *one.fields))
            span = span_of(site, analysis.root, one.start, len(read))
            hint = f"ask first: `${one.name} ? {read} : ...`, or give the step `when: ${one.name} != null`"
            yield Diagnostic("E308", f"`${one.name}` may be null here: {_reason(analysis, site, one.name)}", span, hint)


def _reason(analysis: Analysis, site: Site, name: str) -> str:
    found = analysis.names.declared[name]
    if site.own and site.step == name:
        return "this undo also runs if the step itself failed"
    if site.place.section is Section.HANDLER and not found.conditions:
        return "the failure may have come before it"
    if found.conditions and found.conditions[-1] == f"{name}!":
        return "it has `continue_on_error`"
    return "it only runs under a condition"
