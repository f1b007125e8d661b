"""Fields that no event of the type has: a pattern that asks for one never matches, an expression finds nothing there."""

from collections.abc import Iterator, Sequence
from typing import Any

from chalicelib.catalog.model import Bundle, Rule, RuleMode
from chalicelib.decision.patterns import Term, compile_pattern
from dsl.diagnostics import suggest
from dsl.expressions import Syntax, parse_expression, split_template, unwrap
from dsl.policies.lint.event_fields import EVENT_FIELDS, find_unknown
from dsl.policies.lint.finding import Finding

Path = tuple[str | int, ...]


def find_unknown_fields(bundle: Bundle) -> Iterator[Finding]:
    """Look at every rule that is about events whose fields are all known."""
    for rule in bundle.rules:
        if rule.mode is not RuleMode.DISABLED:
            yield from _check_pattern(rule)
            yield from _check_expressions(rule)


def _check_pattern(rule: Rule) -> Iterator[Finding]:
    told = set()
    for alternative in compile_pattern(rule.match).alternatives:
        types = _list_types(alternative)
        for term in alternative:
            if term.keys[:1] == ("detail",) and not term.absent and term.path not in told:
                told.add(term.path)
                yield from _check(rule, types, term.keys[1:], ("match", *term.keys), ".".join(term.keys))


def _check_expressions(rule: Rule) -> Iterator[Finding]:
    types = [one for alternative in compile_pattern(rule.match).alternatives for one in _list_types(alternative)]
    for place, text in _list_expressions(rule):
        parsed = parse_expression(text.strip())
        if isinstance(parsed, Syntax):
            continue
        for one in parsed.references:
            if one.name == "event" and one.fields[:1] == ("detail",) and one.name not in one.guards:
                yield from _check(rule, types, one.fields[1:], place, f"$event.{'.'.join(one.fields)}")


def _check(
    rule: Rule, types: Sequence[tuple[str, str] | None], path: Sequence[str], place: Path, shown: str
) -> Iterator[Finding]:
    """Warn if every type is known and none of them has the field."""
    found = [
        find_unknown(EVENT_FIELDS[one], path) if one is not None and one in EVENT_FIELDS else None for one in types
    ]
    if not found or any(one is None for one in found):
        return
    name, known = next(one for one in found if one is not None)
    source, kind = next(one for one in types if one is not None)
    hint = suggest(name, known) or (f"known there: {', '.join(known)}" if known else "it has no fields there")
    yield Finding("W726", rule.name, place, f"`{shown}`: no event `{kind}` of {source} has a field `{name}`", hint)


def _list_types(alternative: Sequence[Term]) -> list[tuple[str, str] | None]:
    """Give the (source, detail type) pairs that an alternative is about; None for what it does not name."""
    named = {term.path: term.elements for term in alternative if term.path in {"source", "detail-type"}}
    sources, kinds = named.get("source", ({},)), named.get("detail-type", ({},))
    return [
        (source, kind) if isinstance(source, str) and isinstance(kind, str) else None
        for source in sources
        for kind in kinds
    ]


def _list_expressions(rule: Rule) -> Iterator[tuple[Path, str]]:
    yield from ((("object",), part) for part, _, is_hole in split_template(rule.object) if is_hole)
    for index, branch in enumerate(rule.branches):
        if branch.when is not None:
            yield ("decide", index, "when"), branch.when
        for name, value in (branch.with_ or {}).items():
            yield from ((("decide", index, "with", name), text) for text in _walk(value))
    if rule.batch is not None:
        for name, value in rule.batch.targets.items():
            yield from ((("batch", "targets", name), text) for text in _walk(value))


def _walk(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        inner = unwrap(value)
        if inner is not None:
            yield inner
    elif isinstance(value, dict):
        for one in value.values():
            yield from _walk(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _walk(one)
