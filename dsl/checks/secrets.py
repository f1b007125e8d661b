"""A secret in a workflow file is in the repository, in the state machine and in every execution's history."""

import re
from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic
from dsl.model.step_base import Path
from dsl.source import Node

_NAMES = re.compile(r"(?:^|_)(?:password|passwd|secret|token|api_?key|private_?key|credentials?)$", re.IGNORECASE)
_SHAPES = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY|\bgh[pousr]_[A-Za-z0-9]{36}|\bxox[abpr]-[0-9A-Za-z-]{10,}"
    r"|\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\."
)
_LEAST = 8


def check_secrets(analysis: Analysis) -> Iterator[Diagnostic]:
    """W523: a literal that looks like a secret."""
    pending: list[tuple[Node, Path]] = [(analysis.root, ())]
    while pending:
        node, path = pending.pop()
        if isinstance(node.value, dict):
            pending += [(child, (*path, key)) for key, child in node.value.items()]
        elif isinstance(node.value, list):
            pending += [(child, (*path, index)) for index, child in enumerate(node.value)]
        elif isinstance(node.value, str) and _looks_secret(node.value, path):
            hint = "keep it in Secrets Manager, pass its name, and let an atom read it"
            yield Diagnostic("W523", "this looks like a secret, and every reader of a run would see it", node.span, hint)


def _looks_secret(text: str, path: Path) -> bool:
    if _SHAPES.search(text):
        return True
    name = str(path[-1]) if path else ""
    is_given = "with" in path or "set" in path or "constants" in path
    is_word = len(text) < _LEAST or " " in text or "{%" in text or text.startswith("arn:")
    return is_given and not is_word and _NAMES.search(name) is not None
