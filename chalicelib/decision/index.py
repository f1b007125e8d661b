"""All rules' patterns together. Matching is linear in the rules for now; callers see only `RuleIndex`."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from chalicelib.catalog.model import Rule, RuleMode
from chalicelib.decision.fields import flatten
from chalicelib.decision.patterns import Matcher, PatternInvalid, compile_pattern
from chalicelib.events.model import Event


class RuleIndex:
    """The patterns of the rules that are looked at (not disabled), compiled once."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        """Compile. A rule whose pattern is not valid is kept aside in `broken` and hinders no other."""
        entries: list[tuple[Rule, Matcher]] = []
        broken: list[tuple[Rule, str]] = []
        for rule in rules:
            if rule.mode is RuleMode.DISABLED:
                continue
            try:
                entries.append((rule, compile_pattern(rule.match)))
            except PatternInvalid as problem:
                broken.append((rule, str(problem)))
        self._entries = tuple(entries)
        self.broken = tuple(broken)
        """Rules that can never match, with the cause."""

    def match(self, raw: Mapping[str, Any]) -> tuple[Rule, ...]:
        """Give the rules that an event as received matches, in the order of the bundle."""
        fields = flatten(raw)
        return tuple(rule for rule, matcher in self._entries if matcher.matches_fields(fields))


def match_rules(event: Event, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Give the rules that an event matches. The index of a tuple of rules is built once and kept."""
    return index_rules(rules).match(event.raw)


def index_rules(rules: tuple[Rule, ...]) -> RuleIndex:
    """Give the index of a bundle's rules: one tuple is compiled once, however often it is asked for."""
    return _build(_Same(rules))


class _Same:
    """Rules compared by identity: comparing them by value would cost more than matching."""

    __slots__ = ("rules",)

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules

    def __hash__(self) -> int:
        return id(self.rules)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.rules is self.rules


@lru_cache(maxsize=4)
def _build(same: _Same) -> RuleIndex:
    return RuleIndex(same.rules)
