"""What the author most likely meant: a file's mistakes of shape put right, so that its mistakes of meaning show too.

The repaired tree is only looked at, never compiled. Every node keeps its place in the file, so what is found in it is
reported where the author wrote it. A tree that cannot be repaired wholly is not looked at: guesses would breed errors.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dsl.diagnostics import Diagnostic, Severity, Span
from dsl.durations import parse_duration
from dsl.source import Node

UNKNOWN_FIELD, _MISSING, _MALFORMED, _NOT_ALLOWED, _MISPLACED = "E201", "E202", "E203", "E204", "E207"
_LONG = "365d"
"""Stands for the time of a whole workflow that cannot be read: nothing in it is longer."""
_STAND_INS: Mapping[str, str | int] = {
    "deadline": "1s",
    "expires": "1s",
    "effect_timeout": "1s",
    "max_items": 1,
    "description": "...",
}
"""Values that no check finds fault with, for fields that must be there; a `timeout` becomes that of the whole workflow."""
_LEFT_OUT = frozenset(
    {"interval", "max_interval", "max", "backoff", "jitter", "heartbeat", "expected", "max_concurrency", "need"}
)
"""Fields without which a file means nearly the same."""

_MEANT = re.compile(r"did you mean '([^']+)'")
_QUOTED = re.compile(r"`(\w+)` is missing")


@dataclass(frozen=True, slots=True)
class _Remedies:
    """What to do about the mistakes at each place, and which of them have been dealt with."""

    meant: Mapping[Span, str]
    dropped: frozenset[Span]
    """Keys that are left out."""
    unusable: frozenset[Span]
    """Values that are of no use."""
    missing: Mapping[Span, tuple[str, ...]]
    """Fields to add, by the place where they are missed."""
    stand_ins: Mapping[str, str | int]
    used: set[Span] = field(default_factory=set)


def repair(root: Node, found: Iterable[Diagnostic]) -> Node | None:
    """Give the tree with each mistake of shape put right, None if one of them has no one remedy.

    A misspelt field or value becomes what its hint suggests; a field that is like no other or stands where it cannot is
    left out. A time or number that cannot be read, or is missing, is taken for one that is no mistake.
    """
    errors = [one for one in found if one.severity is Severity.ERROR]
    remedies = _find_remedies(root, errors)
    repaired = _repair(root, remedies)
    return repaired if remedies.used == {one.span for one in errors} else None


def _find_remedies(root: Node, errors: list[Diagnostic]) -> _Remedies:
    meant = {one.span: found[1] for one in errors if (found := _MEANT.search(one.hint or "")) is not None}
    missing: dict[Span, tuple[str, ...]] = {}
    for one in errors:
        name = _QUOTED.search(one.message)
        if one.code == _MISSING and name is not None:
            missing[one.span] = (*missing.get(one.span, ()), name[1])

    def list_spans(*codes: str) -> frozenset[Span]:
        return frozenset(one.span for one in errors if one.code in codes and one.span not in meant)

    return _Remedies(
        meant,
        list_spans(UNKNOWN_FIELD, _MISPLACED),
        list_spans(_MALFORMED, _NOT_ALLOWED),
        missing,
        {**_STAND_INS, "timeout": _read_timeout(root)},
    )


def _read_timeout(root: Node) -> str:
    """Give how long the whole workflow may take, as it is written."""
    written = root.value.get("timeout") if isinstance(root.value, dict) else None
    value = written.value if written is not None else None
    return value if isinstance(value, str) and parse_duration(value) else _LONG


def _repair(node: Node, remedies: _Remedies, key: Span | None = None) -> Node:
    if isinstance(node.value, dict):
        return _repair_mapping(node, node.value, remedies, key)
    if isinstance(node.value, list):
        return Node([_repair(child, remedies) for child in node.value], node.span)
    meant = remedies.meant.get(node.span)
    if meant is None or not isinstance(node.value, str):
        return node
    remedies.used.add(node.span)
    return Node(meant, node.span)


def _repair_mapping(node: Node, fields: dict[str, Node], remedies: _Remedies, key: Span | None) -> Node:
    kept: dict[str, Node] = {}
    spans: dict[str, Span] = {}
    for written, child in fields.items():
        span = node.key_spans[written]
        name = remedies.meant.get(span, written)
        if span in remedies.dropped or span in remedies.meant:
            remedies.used.add(span)
        # An atom's own time is known without its step's.
        is_spare = name in _LEFT_OUT or (name == "timeout" and "atom" in fields)
        value = _repair_value(child, remedies, span, remedies.stand_ins.get(name), is_spare=is_spare)
        if value is not None and span not in remedies.dropped and name not in kept:
            kept[name], spans[name] = value, span
    for name, place in _list_missing(node, remedies, key):
        kept[name], spans[name] = Node(remedies.stand_ins[name], place), place
    return Node(kept, node.span, spans)


def _repair_value(
    child: Node, remedies: _Remedies, key: Span, stand_in: str | int | None, *, is_spare: bool
) -> Node | None:
    """Give a field's value as it was meant, None if it is left out."""
    if child.span in remedies.unusable and (is_spare or stand_in is not None):
        remedies.used.add(child.span)
        return Node(stand_in, child.span) if not is_spare else None
    return _repair(child, remedies, key)


def _list_missing(node: Node, remedies: _Remedies, key: Span | None) -> Iterator[tuple[str, Span]]:
    """Give the fields that a mapping lacks, with the place where that is told: its own key, or its first field."""
    for place in {key, next(iter(node.key_spans.values()), None)}:
        names = remedies.missing.get(place, ()) if place is not None else ()
        if place is not None and names and all(name in remedies.stand_ins for name in names):
            remedies.used.add(place)
            yield from ((name, place) for name in names)
