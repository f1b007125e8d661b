"""What the author most likely meant: a file's mistakes of shape put right, so that its mistakes of meaning show too.

The repaired tree is only looked at, never compiled. Every node keeps its place in the file, so what is found in it is
reported where the author wrote it. A tree that cannot be repaired wholly is not looked at: guesses would breed errors.
"""

import re
from collections.abc import Iterable

from dsl.diagnostics import Diagnostic, Severity, Span
from dsl.source import Node

UNKNOWN_FIELD = "E201"
_MALFORMED = "E203"
_LONG = "365d"
"""Stands for the time of a whole workflow that cannot be read: nothing in it is longer."""

_MEANT = re.compile(r"did you mean '([^']+)'")


def repair(root: Node, found: Iterable[Diagnostic]) -> Node | None:
    """Give the tree with each mistake of shape put right, None if one of them has no one remedy.

    A misspelt field or value becomes what its hint suggests; a field that is like no other is left out. The time-out of
    the workflow is taken for long enough if it cannot be read.
    """
    errors = [one for one in found if one.severity is Severity.ERROR]
    remedies = {one.span: _find_meant(one) for one in errors}
    timeout = root.value.get("timeout") if isinstance(root.value, dict) else None
    if timeout is not None and any(one.code == _MALFORMED and one.span == timeout.span for one in errors):
        remedies[timeout.span] = _LONG
    if any(meant is None and one.code != UNKNOWN_FIELD for one in errors for meant in (remedies[one.span],)):
        return None
    used: set[Span] = set()
    repaired = _repair(root, remedies, used)
    return repaired if used == set(remedies) else None


def _find_meant(one: Diagnostic) -> str | None:
    meant = _MEANT.search(one.hint or "")
    return meant[1] if meant else None


def _repair(node: Node, remedies: dict[Span, str | None], used: set[Span]) -> Node:
    if isinstance(node.value, dict):
        return _repair_mapping(node, node.value, remedies, used)
    if isinstance(node.value, list):
        return Node([_repair(child, remedies, used) for child in node.value], node.span)
    meant = remedies.get(node.span)
    if meant is None or not isinstance(node.value, str):
        return node
    used.add(node.span)
    return Node(meant, node.span)


def _repair_mapping(node: Node, fields: dict[str, Node], remedies: dict[Span, str | None], used: set[Span]) -> Node:
    kept: dict[str, Node] = {}
    spans: dict[str, Span] = {}
    for name, child in fields.items():
        span = node.key_spans[name]
        key: str | None = name
        if span in remedies:
            used.add(span)
            key = remedies[span]
        if key is not None and key not in kept:
            kept[key], spans[key] = _repair(child, remedies, used), span
    return Node(kept, node.span, spans)
