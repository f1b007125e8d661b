"""A field that is read exists in the schema of what it is read from."""

from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic, suggest
from dsl.expression_tree import Reference
from dsl.names import Origin, Sight
from dsl.sites import Site, span_of
from dsl.types import Absent, Type, get_field, list_field_names


def check_fields(analysis: Analysis) -> Iterator[Diagnostic]:
    """E305: `$drain.prot` where `elb.deregister` gives `port`."""
    for site, expression in analysis.parsed_sites():
        for one in expression.references:
            if analysis.names.look(one.name, site) in {Sight.SURE, Sight.MAYBE}:
                yield from _check_reference(analysis, site, one)


def _check_reference(analysis: Analysis, site: Site, one: Reference) -> Iterator[Diagnostic]:
    found: Type | None = analysis.types.get(one.name)
    at = one.start + len(one.name) + 1
    for depth, name in enumerate(one.fields):
        at = max(at, site.text.find(name, at))
        inner = get_field(found, name)
        if isinstance(inner, Absent):
            known = list_field_names(found)
            so_far = ".".join((f"${one.name}", *one.fields[:depth]))
            hint = suggest(name, known) or (f"it has: {', '.join(known)}" if known else f"`{so_far}` has no fields")
            message = f"the input has no field `{name}`" if so_far == "$input" else f"`{so_far}` has no field `{name}`"
            if one.name == Origin.STATES:
                hint = "only `$states.context` can be read; results are read by their step's id"
            yield Diagnostic("E305", message, span_of(site, analysis.root, at, len(name)), hint)
            return
        found = inner
        at += len(name)
