"""The name of an object is used as the name of one of its own kind."""

from collections.abc import Iterator

from dsl.analysis import Analysis, Use
from dsl.checks.touches import read_kind
from dsl.diagnostics import Diagnostic
from dsl.model import WorkflowStep, input_schema
from dsl.model.step_base import Path
from dsl.sites import Site, span_of
from dsl.types import Type, object_kind


def check_object_refs(analysis: Analysis) -> Iterator[Diagnostic]:
    """E530: an `object-ref` of one kind stands where an object of another is named."""
    uses = {(*use.path, "with"): use for use in analysis.uses}
    nested = {
        (*placed.inside.path, "with"): placed.step
        for placed in analysis.layout.steps
        if isinstance(placed.step, WorkflowStep) and placed.step.inlined is not None
    }
    for site in analysis.sites.expressions:
        given = analysis.object_kind_at(site)
        if given is None:
            continue
        at = max((index for index, part in enumerate(site.path) if part == "with"), default=-1)
        if site.template:
            touch = analysis.workflow.touches[int(site.path[1])]
            wanted, where = read_kind(touch.object), "this object"
        elif at >= 0 and (use := uses.get(site.path[: at + 1])) is not None:
            wanted, where = _kind_of_field(analysis, use, site.path[at + 1 :]), f"`{site.path[at + 1]}` of `{use.atom}`"
        elif at >= 0 and (step := nested.get(site.path[: at + 1])) is not None:
            wanted, where = _kind_of_input(step, site.path[at + 1 :]), f"`{site.path[at + 1]}` of `{step.workflow}`"
        else:
            continue
        if wanted is not None and wanted != given:
            yield _diagnose(analysis, site, f"{where} is a {wanted}, and this names a {given}", wanted)


def _kind_of_field(analysis: Analysis, use: Use, path: Path) -> str | None:
    """Give the kind of object that a field of an atom names: what the atom touches says so."""
    atom = analysis.atoms.get(use.atom)
    for touched in atom.touches if atom is not None else ():
        kind, _, hole = touched.object.partition("/")
        if hole.strip("{}").removesuffix("[]") == path[0]:
            return kind
    return None


def _kind_of_input(step: WorkflowStep, path: Path) -> str | None:
    if step.inlined is None:
        return None
    properties = input_schema(step.inlined.workflow.input)["properties"]
    return object_kind(Type(properties[path[0]])) if path[0] in properties else None


def _diagnose(analysis: Analysis, site: Site, message: str, wanted: str) -> Diagnostic:
    span = span_of(site, analysis.root, 0, len(site.text))
    return Diagnostic("E530", message, span, f"read another input, or declare it as {{object-ref: {wanted}}}")
