"""A secret in a workflow file is in the repository, in the state machine and in every execution's history."""

import re
from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic
from dsl.source import Node

_NAMES = re.compile(r"(?:^|_)(?:password|passwd|secret|token|api_?key|private_?key|credentials?)$", re.IGNORECASE)
_SHAPES = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY|\bgh[pousr]_[A-Za-z0-9]{36}|\bxox[abpr]-[0-9A-Za-z-]{10,}"
    r"|\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\."
)
_LEAST, _LEAST_KEY = 8, 16
_GIVEN = frozenset({"with", "set", "constants"})
"""Under these keys a name says what a value is."""


def check_secrets(analysis: Analysis) -> Iterator[Diagnostic]:
    """W523: a literal that looks like a secret."""
    pending: list[tuple[Node, str, bool]] = [(analysis.root, "", False)]
    while pending:
        node, name, is_given = pending.pop()
        value = node.value
        if isinstance(value, dict):
            pending += [(child, key, is_given or key in _GIVEN) for key, child in value.items()]
        elif isinstance(value, list):
            pending += [(child, name, is_given) for child in value]
        elif isinstance(value, str) and len(value) >= _LEAST and _looks_secret(value, name, is_given=is_given):
            hint = "keep it in Secrets Manager, pass its name, and let an atom read it"
            yield Diagnostic(
                "W523", "this looks like a secret, and every reader of a run would see it", node.span, hint
            )


def _looks_secret(text: str, name: str, *, is_given: bool) -> bool:
    if len(text) >= _LEAST_KEY and _SHAPES.search(text):
        return True
    is_word = " " in text or "{%" in text or text.startswith("arn:")
    return is_given and not is_word and _NAMES.search(name) is not None
