"""All rules' patterns together: an event costs what is in it, whatever the number of rules.

Matching walks the event once and looks each value up at its path (`probes`); what is found are alternatives of
patterns that may match, and only those are evaluated (`patterns`).
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from chalicelib.catalog.lazy import LazyList
from chalicelib.catalog.model import Rule, RuleMode
from chalicelib.decision.access import Data, choose_access, read_hit
from chalicelib.decision.fields import Fields, flatten
from chalicelib.decision.levels import Level
from chalicelib.decision.patterns import Matcher, PatternInvalid, compile_pattern
from chalicelib.events.model import Event


def prepare_index(rules: Iterable[Rule]) -> Data:
    """Make what `RuleIndex` needs as JSON values: when the bundle is built, so that a cold start only reads it.

    A rule whose pattern is not valid is listed in `broken` and hinders no other; disabled ones are left out.
    """
    numbered = list(enumerate(rules))
    matchers: list[tuple[int, Matcher]] = []
    broken: list[list[Any]] = []
    for number, rule in numbered:
        if rule.mode is RuleMode.DISABLED:
            continue
        try:
            matchers.append((number, compile_pattern(rule.match)))
        except PatternInvalid as problem:
            broken.append([number, str(problem)])
    return {"rules": _sign(rule for _, rule in numbered), "broken": broken, **choose_access(matchers)}


def _sign(rules: Iterable[Rule]) -> list[str | None]:
    """Name the rules that are looked at, in their places; those not read yet stay unread."""
    if isinstance(rules, LazyList):
        return [None if raw["mode"] == RuleMode.DISABLED else raw["name"] for raw in rules.raw]
    return [None if rule.mode is RuleMode.DISABLED else rule.name for rule in rules]


class RuleIndex:
    """The patterns of the rules that are looked at (not disabled)."""

    def __init__(self, rules: Sequence[Rule], data: Mapping[str, Any] | None = None) -> None:
        """Take rules and what `prepare_index` made of them, or have it made: `data` of other rules is not used."""
        self._rules = rules
        if data is None or data["rules"] != _sign(self._rules):
            data = prepare_index(self._rules)
        self._matchers: dict[int, Matcher] = {}
        self.broken = tuple((self._rules[number], cause) for number, cause in data["broken"])
        """Rules that can never match, with the cause."""
        self._top = Level(data, data["terms"])
        self._nested: list[Data | Level] = [*data["nested"]]

    def match(self, raw: Mapping[str, Any]) -> tuple[Rule, ...]:
        """Give the rules that an event as received matches, in the order of the bundle."""
        found: list[int] = []
        if self._top.walk(raw, found):
            return self._resolve(raw, None, found) if found else ()
        found.clear()
        fields = flatten(raw)
        self._top.look_up(fields, found)
        return self._resolve(raw, fields, found)

    def _resolve(self, raw: Mapping[str, Any], fields: Fields | None, found: list[int]) -> tuple[Rule, ...]:
        """Evaluate what was found; `fields` only if the event is not plain. `found` grows while it is walked."""
        seen: set[int] = set()
        matched: set[int] = set()
        for hit in found:
            if hit in seen:
                continue
            seen.add(hit)
            if hit < 0:
                level = self._open(-1 - hit)
                if fields is None:
                    level.walk(raw, found)
                else:
                    level.look_up(fields, found)
                continue
            number, alternative = read_hit(hit)
            if number in matched:
                continue
            matcher = self._matchers.get(number) or self._compile(number)
            if matcher.holds_plainly(alternative, raw) if fields is None else matcher.holds(alternative, fields):
                matched.add(number)
        return tuple(self._rules[number] for number in sorted(matched))

    def _compile(self, number: int) -> Matcher:
        """Compile a rule's pattern when an event first may match it."""
        matcher = self._matchers[number] = compile_pattern(self._rules[number].match)
        return matcher

    def _open(self, number: int) -> Level:
        """Give a nested level; it is made when an event first gets there."""
        level = self._nested[number]
        if not isinstance(level, Level):
            level = self._nested[number] = Level(level, ())
        return level


def match_rules(event: Event, rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Give the rules that an event matches. The index of a tuple of rules is built once and kept."""
    return index_rules(rules).match(event.raw)


def index_rules(rules: Sequence[Rule], data: Mapping[str, Any] | None = None) -> RuleIndex:
    """Give the index of a bundle's rules: it is made once for each tuple, however often it is asked for."""
    return _build(_Same(rules, data))


class _Same:
    """Rules compared by identity: comparing them by value would cost more than matching."""

    __slots__ = ("data", "rules")

    def __init__(self, rules: Sequence[Rule], data: Mapping[str, Any] | None) -> None:
        self.rules = rules
        self.data = data

    def __hash__(self) -> int:
        return id(self.rules)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.rules is self.rules


@lru_cache(maxsize=4)
def _build(same: _Same) -> RuleIndex:
    return RuleIndex(same.rules, same.data)
