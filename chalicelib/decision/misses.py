"""Why the other rules were not decided for an event: for people who ask why nothing happened. Linear, so not on the way."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from chalicelib.catalog.model import Rule, RuleMode
from chalicelib.decision.groups import choose_rules
from chalicelib.decision.patterns import PatternInvalid, compile_pattern


class Miss(NamedTuple):
    """A rule that was not decided for an event, and the first reason."""

    rule: str
    reason: str


def list_misses(raw: Mapping[str, Any], rules: Sequence[Rule]) -> tuple[Miss, ...]:
    """Give every rule that is not decided for an event as received, in the order of the bundle.

    A pattern that does not match is explained by its first false field, with the event's value and what was wanted.
    """
    found = dict(_explain_patterns(raw, rules))
    matched = tuple(rule for rule in rules if rule.name not in found)
    chosen = choose_rules(matched)
    for rule in matched:
        if rule not in chosen:
            winner = next(other.name for other in chosen if other.group == rule.group)
            found[rule.name] = f"it matches, but of group {rule.group} {winner} goes before it"
    return tuple(Miss(rule.name, found[rule.name]) for rule in rules if rule.name in found)


def _explain_patterns(raw: Mapping[str, Any], rules: Sequence[Rule]) -> Iterator[tuple[str, str]]:
    for rule in rules:
        if rule.mode is RuleMode.DISABLED:
            yield rule.name, "it is disabled"
            continue
        try:
            reason = compile_pattern(rule.match).explain(raw)
        except PatternInvalid as problem:
            reason = str(problem).removesuffix(".")
        if reason is not None:
            yield rule.name, reason
