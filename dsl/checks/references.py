"""Every name that an expression reads exists, and holds something by then."""

from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic, suggest
from dsl.expression_tree import Reference
from dsl.jsonata_functions import FUNCTIONS
from dsl.names import Origin, Sight
from dsl.sites import Site, span_of


def check_references(analysis: Analysis) -> Iterator[Diagnostic]:
    """E302: an unknown name. E303: a step that has not run yet. E304: a name that lives in another scope."""
    for site, expression in analysis.parsed_sites():
        for one in expression.references:
            problem = _explain(analysis, site, one)
            if problem is not None:
                code, message, hint = problem
                yield Diagnostic(code, message, span_of(site, analysis.root, one.start, len(one.name) + 1), hint)


def _explain(analysis: Analysis, site: Site, one: Reference) -> tuple[str, str, str | None] | None:
    sight = analysis.names.look(one.name, site)
    if sight is Sight.UNKNOWN:
        return None if one.name in FUNCTIONS else _explain_unknown(analysis, site, one)
    if sight is Sight.HANDLER_ONLY:
        return "E304", "`$failure` exists only in the steps of `on_failure`", None
    if sight is Sight.LATER:
        return _explain_later(analysis, site, one)
    if sight is Sight.ELSEWHERE:
        found = analysis.names.declared[one.name]
        if site.place.path[0] == "notify":
            message = f"`notify` cannot read `${one.name}`: whatever failed, it has to be told"
            return "E304", message, "read `$failure`, `$input`, `$dispatch` or `$constants`"
        outer = found.scopes[-1]
        if found.origin is Origin.LOOP:
            return "E304", f"`${one.name}` exists only inside the steps of `{found.step}`", None
        message = f"`${one.name}` lives inside `{outer}` and cannot be read from here"
        hint = f"read `${outer}.{one.name}`" if "." in outer else f"`${outer}` is the list of what the iterations gave"
        return "E304", message, hint
    return None


def _explain_unknown(analysis: Analysis, site: Site, one: Reference) -> tuple[str, str, str | None]:
    if one.name == "$":
        return "E406", "`$$` reads the input document, which is empty here", "read `$input` or a step's result"
    known = analysis.names.visible(site)
    if one.name in analysis.workflow.input:
        return "E302", f"there is no `${one.name}`", f"did you mean `$input.{one.name}`?"
    dollars = [f"${name}" for name in known]
    hint = suggest(f"${one.name}", dollars) or f"known here: {', '.join(dollars)}"
    return "E302", f"there is no `${one.name}`", hint


def _explain_later(analysis: Analysis, site: Site, one: Reference) -> tuple[str, str, str | None]:
    if site.template:
        message = f"`${one.name}` is not known when the locks are taken"
        return "E303", message, "an `object` is worked out before the workflow starts: read `$input` only"
    if one.name == site.step:
        return "E303", f"`${one.name}` is the result of this very step", "it can be read by later steps"
    line = next(
        (
            analysis.span((*placed.inside.path, "id")).line
            for placed in analysis.layout.steps
            if placed.step.id == one.name
        ),
        0,
    )
    return "E303", f"`${one.name}` has not run yet here", f"the step is in line {line}: move it up, or this one down"
