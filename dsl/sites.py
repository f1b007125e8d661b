"""Every expression of a workflow file, parsed once, with the place it is evaluated at."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dsl.diagnostics import Span
from dsl.expressions import OPEN, Expression, Syntax, is_mixed, parse_expression, split_template, unwrap
from dsl.model import WorkflowFile
from dsl.model.step_base import Path, Text
from dsl.places import Layout, Place, Section
from dsl.shape import find_node
from dsl.source import Node


@dataclass(frozen=True, slots=True)
class Site:
    """One expression in the file."""

    path: Path
    text: str
    """The author's JSONata, without `{% %}`."""
    parsed: Expression | Syntax
    offset: int
    """Where it starts in the YAML string."""
    place: Place
    step: str | None
    """The step it belongs to."""
    own: bool = False
    """May read its step's own result."""
    condition: str | None = None
    """The condition token it decides."""
    after: bool = False
    """Evaluated when its step's own result is there."""
    template: bool = False
    """A hole of a `touches` template: evaluated by Interlock, before the workflow starts."""


@dataclass(frozen=True, slots=True)
class Mixed:
    """A string that holds an expression among other text."""

    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class Sites:
    """Everything found."""

    expressions: tuple[Site, ...]
    mixed: tuple[Mixed, ...]
    wrapped_bare: tuple[Site, ...]
    """Bare fields that were needlessly wrapped in `{% %}`."""


def collect_sites(workflow: WorkflowFile, layout: Layout) -> Sites:
    """Find every expression."""
    collector = _Collector()
    for index, touch in enumerate(workflow.touches):
        place = Place(("touches", index, "object"), 0, (), (), Section.MAIN)
        collector.add_template(touch.object, place)
    for placed in layout.steps:
        for text in placed.step.texts():
            place = placed.outside if text.outside else placed.inside
            path = (*place.path, *text.path)
            if text.bare:
                collector.add_bare(text, path, place, placed.step.id)
            else:
                collector.add_value(text.value, path, place, placed.step.id, own=text.own)
    for ending in layout.endings:
        collector.add_value(ending.value, ending.place.path, ending.place, None)
    collector.add_value(workflow.output, ("output",), layout.end, None)
    return Sites(tuple(collector.sites), tuple(collector.mixed), tuple(collector.wrapped_bare))


def span_of(site: Site, root: Node, start: int, length: int) -> Span:
    """Give the span of a part of a site's expression, or of the whole value where its lines or escapes hide it."""
    node = find_node(root, site.path)
    span, value = node.span, node.value
    if not isinstance(value, str) or span.line != span.end_line or site.text not in value:
        return span
    quotes = (span.end_column - span.column - len(value)) // 2
    if span.end_column - span.column - len(value) not in (0, 2):
        return span
    column = span.column + quotes + site.offset + start
    return Span(span.file, span.line, column, span.line, min(column + max(1, length), span.end_column))


class _Collector:
    def __init__(self) -> None:
        self.sites: list[Site] = []
        self.mixed: list[Mixed] = []
        self.wrapped_bare: list[Site] = []

    def add_bare(self, written: Text, path: Path, place: Place, step: str) -> None:
        text = str(written.value)
        inner = unwrap(text.strip())
        offset = text.index(OPEN) + 2 if inner is not None else 0
        said = inner if inner is not None else text
        parsed = parse_expression(said)
        site = Site(path, said, parsed, offset, place, step, condition=written.condition, after=written.after)
        if inner is not None:
            self.wrapped_bare.append(site)
        self.sites.append(site)

    def add_value(self, value: Any, path: Path, place: Place, step: str | None, *, own: bool = False) -> None:
        for at, text in _strings(value, path):
            inner = unwrap(text)
            if inner is not None:
                self.sites.append(Site(at, inner, parse_expression(inner), 2, place, step, own=own))
            elif is_mixed(text):
                self.mixed.append(Mixed(at, text))

    def add_template(self, text: str, place: Place) -> None:
        for part, offset, is_hole in split_template(text):
            if is_hole:
                self.sites.append(Site(place.path, part, parse_expression(part), offset, place, None, template=True))


def _strings(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, child in value.items():
            yield from _strings(child, (*path, key))
    elif isinstance(value, list | tuple):
        for index, child in enumerate(value):
            yield from _strings(child, (*path, index))
