"""Strict YAML with positions: text to a tree of nodes, every mistake a diagnostic.

Only YAML 1.2's core values are read, and what YAML 1.1 and 1.2 read differently is refused rather than guessed at.
The tree is built from the C parser's events in one loop, so that neither depth nor size can exhaust the stack.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]

from dsl.diagnostics import Diagnostic, Span
from dsl.scalars import Refused, read_plain
from dsl.yaml_hints import explain_cut, explain_syntax, find_open_quote

MAX_DEPTH = 150
"""How deep a file may nest; beyond it no reader follows, nor pydantic's recursion."""

_NO_KEYS: Mapping[str, Span] = MappingProxyType({})

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Node:
    """One YAML value and where it stands."""

    value: "dict[str, Node] | list[Node] | Scalar"
    span: Span
    key_spans: Mapping[str, Span] = field(default_factory=lambda: _NO_KEYS)
    """Of a mapping: where each key stands."""

    def plain(self) -> Any:
        """Give the value as plain Python: what `json.loads` would give."""
        value = self.value
        if isinstance(value, dict):
            return {key: child.plain() for key, child in value.items()}
        if isinstance(value, list):
            return [child.plain() for child in value]
        return value


def load_source(text: str, file: str) -> tuple[Node | None, tuple[Diagnostic, ...]]:
    """Read one YAML document. None where there is no document to go on with; `file` is only quoted in positions."""
    builder = _Builder(file, text)
    try:
        for event in _parse(text):
            builder.feed(event)
    except yaml.MarkedYAMLError as problem:
        return None, (*builder.found, _explain_syntax_error(problem, text, file))
    except (yaml.YAMLError, UnicodeEncodeError) as problem:
        return None, (_explain_unreadable(problem, text, file),)
    except _TooDeep as problem:
        message = f"more than {MAX_DEPTH} levels of nesting"
        return None, (*builder.found, Diagnostic("E112", message, problem.span, "split the workflow"))
    if builder.root is None and not builder.found:
        start = Span(file, 1, 1, 1, 1)
        return None, (Diagnostic("E109", "the file is empty", start, "write at least `kind:` and `name:`"),)
    return builder.root, tuple(builder.found)


class _TooDeep(Exception):
    def __init__(self, span: Span) -> None:
        self.span = span


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is still open."""

    start: Any
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Node] | None = None
    key_spans: dict[str, Span] = field(default_factory=dict)
    key: str | None = None
    awaits_key: bool = True
    dropped: bool = False
    """The key of the value to come cannot be used."""


def _parse(text: str) -> Iterator[Any]:
    parser = CParser(text)
    try:
        while (event := parser.get_event()) is not None:
            yield event
    finally:
        parser.dispose()


@dataclass(slots=True)
class _Builder:
    file: str
    text: str
    root: Node | None = None
    found: list[Diagnostic] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    documents: int = 0
    _stack: list[_Frame] = field(default_factory=list)

    def __post_init__(self) -> None:
        if " #" in self.text:
            self.lines = self.text.splitlines()

    def feed(self, event: Any) -> None:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._take_scalar(event)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self._open(event, is_mapping=kind is yaml.MappingStartEvent)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._close(event)
        elif kind is yaml.AliasEvent:
            self._refuse_alias(event)
        elif kind is yaml.DocumentStartEvent:
            self._start_document(event)

    def _span(self, start: Any, end: Any) -> Span:
        return Span(self.file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def _add(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        if self.documents <= 1:
            self.found.append(Diagnostic(code, message, span, hint))

    def _start_document(self, event: Any) -> None:
        if self.documents == 1:
            span = self._span(event.start_mark, event.end_mark)
            self._add("E108", "a second document starts here", span, "write one workflow or policy per file")
        self.documents += 1

    def _check_properties(self, event: Any) -> None:
        span = self._span(event.start_mark, event.end_mark)
        if event.anchor is not None:
            self._add("E106", f"anchors (&{event.anchor}) are not part of the language", span, "write the value out")
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._add("E107", f"tags ({tag}) are not part of the language", span, "remove the tag")

    def _refuse_alias(self, event: Any) -> None:
        span = self._span(event.start_mark, event.end_mark)
        hint = f'quote it if an expression is meant: "*{event.anchor}"; otherwise write the value out'
        self._add("E106", f"aliases (*{event.anchor}) are not part of the language", span, hint)
        self._place(Node(None, span))

    def _take_scalar(self, event: Any) -> None:
        if event.anchor is not None or event.tag is not None:
            self._check_properties(event)
        span = self._span(event.start_mark, event.end_mark)
        self._place(Node(event.value if event.style else self._read_plain(event.value, span), span))

    def _read_plain(self, text: str, span: Span) -> Scalar:
        value = read_plain(text)
        if isinstance(value, Refused):
            self._add(value.code, value.message, span, value.hint)
            return text
        if isinstance(value, str) and self.lines:
            self._check_cut(value, span)
        return value

    def _check_cut(self, value: str, span: Span) -> None:
        row = self.lines[span.end_line - 1] if span.end_line <= len(self.lines) else ""
        cut = explain_cut(value, row[span.end_column - 1 :])
        if cut:
            self._add("E110", cut.message, span, cut.hint)

    def _open(self, event: Any, *, is_mapping: bool) -> None:
        if event.anchor is not None or event.tag is not None:
            self._check_properties(event)
        if len(self._stack) >= MAX_DEPTH:
            raise _TooDeep(self._span(event.start_mark, event.end_mark))
        self._stack.append(_Frame(event.start_mark, entries={} if is_mapping else None))

    def _close(self, event: Any) -> None:
        frame = self._stack.pop()
        span = self._span(frame.start, event.end_mark)
        if frame.entries is None:
            self._place(Node(frame.items, span))
        else:
            self._place(Node(frame.entries, span, frame.key_spans))

    def _place(self, node: Node) -> None:
        if not self._stack:
            if self.documents == 1:
                self.root = node
            return
        frame = self._stack[-1]
        if frame.entries is None:
            frame.items.append(node)
        elif frame.awaits_key:
            self._take_key(frame, node)
        else:
            if not frame.dropped and frame.key is not None:
                frame.entries[frame.key] = node
            frame.awaits_key = True

    def _take_key(self, frame: _Frame, node: Node) -> None:
        frame.awaits_key = False
        frame.dropped = True
        key = node.value
        if not isinstance(key, str):
            hint = "quote it" if isinstance(key, int | float) else "write a plain name"
            self._add("E103", "a key must be a string", node.span, hint)
        elif key == "<<":
            self._add("E106", "merge keys (<<) are not part of the language", node.span, "write the fields out")
        elif key in frame.key_spans:
            first = frame.key_spans[key].line
            self._add("E102", f"the key {key!r} is given twice (first in line {first})", node.span, "keep one of them")
        else:
            frame.key, frame.dropped = key, False
            frame.key_spans[key] = node.span


def _explain_syntax_error(problem: Any, text: str, file: str) -> Diagnostic:
    mark = problem.problem_mark or problem.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    rows = text.splitlines()
    line = min(line, max(1, len(rows)))
    row = rows[line - 1] if rows else ""
    opened = find_open_quote(rows[: max(0, line - 1)])
    if opened is not None:
        span = Span(file, opened[0] + 1, opened[1], opened[0] + 1, len(rows[opened[0]]) + 1)
        return Diagnostic("E101", "this is not YAML: a quote is opened here and not closed", span, "close it")
    known = explain_syntax(row, column, problem.problem or "")
    if known:
        return Diagnostic("E110", known.message, Span(file, line, known.column, line, len(row) + 1), known.hint)
    cause = re.sub(r"\s+", " ", problem.problem or "it cannot be parsed")
    context = f" ({problem.context})" if problem.context else ""
    hint = "indent with spaces, not tabs" if "\t" in row[: len(row) - len(row.lstrip())] else None
    return Diagnostic("E101", f"this is not YAML: {cause}{context}", Span(file, line, column, line, column + 1), hint)


def _explain_unreadable(problem: Exception, text: str, file: str) -> Diagnostic:
    position = getattr(problem, "position", None) or getattr(problem, "start", None) or 0
    before = text[: position if isinstance(position, int) else 0].splitlines() or [""]
    line, column = len(before), len(before[-1]) + 1
    message = "the file holds a character that YAML does not allow"
    return Diagnostic("E101", message, Span(file, line, column, line, column + 1), "remove control characters")
