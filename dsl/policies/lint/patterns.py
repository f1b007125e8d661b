"""Patterns: those that no event can match, and whether one event can match two of them."""

from collections.abc import Iterator
from typing import Any

from chalicelib.catalog.model import Bundle, Rule, RuleMode
from chalicelib.decision.patterns import Matcher, Term, compile_pattern
from dsl.diagnostics import suggest
from dsl.policies.lint.event_fields import EVENT_FIELDS
from dsl.policies.lint.finding import Finding

_TEXTS = frozenset({"version", "id", "detail-type", "source", "account", "time", "region"})
"""Fields of the envelope that always hold a string."""
_ENVELOPE = _TEXTS | {"resources", "detail", "replay-name"}


def find_dead_patterns(bundle: Bundle) -> Iterator[Finding]:
    """Find rules whose every alternative has a term that nothing passes."""
    for rule in bundle.rules:
        if rule.mode is RuleMode.DISABLED:
            continue
        reasons = [_explain(alternative) for alternative in compile_pattern(rule.match).alternatives]
        if all(reasons):
            path, reason = next(one for one in reasons if one)
            message = f"no event can match this pattern: {reason}"
            keys = ("match", *path.split("."))
            yield Finding("W722", rule.name, keys, message, "an event has the fields of EventBridge's envelope")
        yield from _find_misspelt(rule)


def _find_misspelt(rule: Rule) -> Iterator[Finding]:
    """Find detail types that are not known of their source, and nearly are: not all that AWS has are."""
    sources, kinds = (
        said if isinstance(said := rule.match.get(name), list) else [] for name in ("source", "detail-type")
    )
    known = [name for one, name in EVENT_FIELDS if one in sources]
    for index, kind in enumerate(kinds):
        hint = suggest(kind, known) if isinstance(kind, str) and kind not in known else None
        if hint:
            message = f"no event of {', '.join(map(str, sources))} is known as {kind!r}"
            yield Finding("W722", rule.name, ("match", "detail-type", index), message, hint)


def can_meet(one: Matcher, other: Matcher) -> bool:
    """Whether some event may match both. No only where a field would need two values; arrays are not thought of."""
    return any(_overlap(first, second) for first in one.alternatives for second in other.alternatives)


def _overlap(one: tuple[Term, ...], other: tuple[Term, ...]) -> bool:
    theirs = {term.path: term for term in other}
    return all(term.path not in theirs or _share(term, theirs[term.path]) for term in one)


def _share(one: Term, other: Term) -> bool:
    if one.absent and other.absent:
        return True
    for first, second in ((one, other), (other, one)):
        literals = [value for value in first.elements if not isinstance(value, dict)]
        if len(literals) == len(first.elements):
            return any(test(value) for value in literals for test in second.tests)
    return True


def _explain(alternative: tuple[Term, ...]) -> tuple[str, str] | None:
    for term in alternative:
        top = term.path.partition(".")[0]
        if top not in _ENVELOPE and not term.absent:
            return term.path, f"an event has no field `{top}`"
        if term.path in _TEXTS and not any(map(_takes_text, term.elements)):
            return term.path, f"`{term.path}` always holds a string"
    return None


def _takes_text(element: Any) -> bool:
    if isinstance(element, dict):
        return "numeric" not in element and element.get("exists") is not False
    return isinstance(element, str)
