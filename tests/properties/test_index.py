"""The index against the linear matcher, which it must never differ from."""

import json
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.catalog.model import Rule
from chalicelib.decision.fields import flatten
from chalicelib.decision.index import RuleIndex
from chalicelib.decision.patterns import PatternInvalid, compile_pattern
from tests.pairs import Json, make_event, make_plain_rule, make_rules
from tests.properties.test_patterns import EVENTS, PATTERNS


def match_linearly(rules: tuple[Rule, ...], event: Json) -> list[str]:
    fields = flatten(event)
    return [rule.name for rule in rules if compile_pattern(rule.match).matches_fields(fields)]


def is_valid(pattern: Json) -> bool:
    try:
        compile_pattern(pattern)
    except PatternInvalid:
        return False
    return True


@settings(max_examples=200)
@given(st.lists(PATTERNS.filter(is_valid), max_size=30), st.lists(EVENTS, max_size=5))
def test_the_index_gives_what_trying_every_rule_gives(patterns: list[Json], events: list[Json]) -> None:
    rules = tuple(make_plain_rule(f"r{number}", pattern) for number, pattern in enumerate(patterns))
    index = RuleIndex(rules)
    for event in events:
        assert [rule.name for rule in index.match(event)] == match_linearly(rules, event)


@settings(max_examples=60, deadline=None)
@given(st.integers(), st.sampled_from([5, 40, 150]))
def test_the_index_agrees_on_rules_and_events_that_meet(seed: int, count: int) -> None:
    random = Random(seed)
    rules = make_rules(random, count)
    index = RuleIndex(rules)
    for _ in range(5):
        event = make_event(random)
        assert [rule.name for rule in index.match(event)] == match_linearly(rules, event)


ROUNDS, RULES, EVENTS_EACH = 250, 80, 50


@pytest.mark.slow
def test_the_index_agrees_on_a_million_pairs() -> None:
    random = Random(20260311)
    pairs = matches = 0
    for _ in range(ROUNDS):
        rules = make_rules(random, RULES)
        index = RuleIndex(rules)
        matchers = [(rule.name, compile_pattern(rule.match)) for rule in rules]
        for _ in range(EVENTS_EACH):
            event = make_event(random)
            fields = flatten(event)
            expected = [name for name, matcher in matchers if matcher.matches_fields(fields)]
            assert [rule.name for rule in index.match(event)] == expected, json.dumps(event)
            pairs += len(rules)
            matches += len(expected)
    assert pairs == 1_000_000
    assert matches > 20_000
