"""An expression given to an atom's input field can be what the field takes."""

from collections.abc import Iterator

from dsl.analysis import Analysis, Use
from dsl.diagnostics import Diagnostic
from dsl.model.step_base import Path
from dsl.sites import Site, span_of
from dsl.types import Absent, Type, clash, get_field, input_type, kinds_of, name_kinds, resolve


def check_inputs(analysis: Analysis) -> Iterator[Diagnostic]:
    """E503: an expression that surely gives another type than the input field takes."""
    uses = {(*use.path, "with"): use for use in analysis.uses}
    for site in analysis.sites.expressions:
        at = max((index for index, part in enumerate(site.path) if part == "with"), default=-1)
        use = uses.get(site.path[: at + 1]) if at >= 0 else None
        if use is not None:
            yield from _check_site(analysis, use, site, site.path[at + 1 :])


def _check_site(analysis: Analysis, use: Use, site: Site, path: Path) -> Iterator[Diagnostic]:
    atom = analysis.atoms.get(use.atom)
    expected = kinds_of(_descend(input_type(atom.input), path)) if atom is not None else None
    actual = analysis.kinds_at(site)
    if expected is not None and actual is not None and clash(actual, expected):
        field = ".".join(str(part) for part in path)
        message = (
            f"`{field}` of `{use.atom}` takes {name_kinds(expected)}, and this expression gives {name_kinds(actual)}"
        )
        hint = "convert it: `$string(...)`" if expected == {"string"} else "convert it, or read another field"
        yield Diagnostic("E503", message, span_of(site, analysis.root, 0, len(site.text)), hint)


def _descend(kind: Type | None, path: Path) -> Type | None:
    for part in path:
        found = resolve(kind) if kind is not None else None
        if found is None:
            return None
        if isinstance(part, int):
            items = found.schema.get("items")
            kind = Type(items, found.root) if isinstance(items, dict) else None
        else:
            inner = get_field(found, part)
            kind = None if isinstance(inner, Absent) else inner
    return kind
