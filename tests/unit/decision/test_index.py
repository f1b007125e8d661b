"""The index of rules."""

import json
from random import Random

from chalicelib.catalog.model import RuleMode
from chalicelib.decision.index import RuleIndex, index_rules, match_rules, prepare_index
from tests.pairs import make_event as make_random_event
from tests.pairs import make_rules
from tests.unit.decision.examples import make_event, make_rule


def test_rules_are_matched_in_the_order_of_the_bundle() -> None:
    rules = tuple(make_rule(name=name) for name in ("b", "a", "c"))
    assert [rule.name for rule in match_rules(make_event(), rules)] == ["b", "a", "c"]


def test_a_disabled_rule_is_left_out_and_an_invalid_one_kept_aside() -> None:
    index = RuleIndex(
        (make_rule(name="off", mode=RuleMode.DISABLED, match={}), make_rule(name="bad", match={}), make_rule())
    )
    assert [rule.name for rule in index.match(make_event().raw)] == ["host_stopped"]
    assert [(rule.name, cause) for rule, cause in index.broken] == [
        ("bad", "The event pattern is not valid at the top: Empty objects are not allowed.")
    ]


def test_the_index_of_one_tuple_of_rules_is_built_once_and_another_tuple_has_its_own() -> None:
    rules = (make_rule(),)
    equal = (make_rule(),)
    assert index_rules(rules) is index_rules(rules)
    assert index_rules(equal) is not index_rules(rules)


def test_an_index_that_went_through_json_gives_the_same() -> None:
    random = Random(7)
    rules = make_rules(random, 200)
    fresh, read = RuleIndex(rules), RuleIndex(rules, json.loads(json.dumps(prepare_index(rules))))
    for _ in range(100):
        event = make_random_event(random)
        assert fresh.match(event) == read.match(event)


def test_an_index_of_other_rules_is_not_used() -> None:
    stale = prepare_index((make_rule(name="gone", match={"source": ["x"]}),))
    assert [rule.name for rule in RuleIndex((make_rule(),), stale).match(make_event().raw)] == ["host_stopped"]


def test_rules_that_share_their_rarest_key_are_told_apart_by_the_rest() -> None:
    rules = tuple(
        make_rule(name=f"r{number}", match={"detail": {"kind": ["x"], "n": [{"prefix": f"{number % 20}-"}]}})
        for number in range(400)
    )
    index = RuleIndex(rules)
    found = index.match({"detail": {"kind": "x", "n": "7-a"}})
    assert [rule.name for rule in found] == [f"r{number}" for number in range(7, 400, 20)]
    assert index.match({"detail": {"kind": "y", "n": "7-a"}}) == ()


def test_many_ranges_over_one_another_are_all_found() -> None:
    rules = tuple(
        make_rule(name=f"r{low}", match={"detail": {"n": [{"numeric": [">=", low, "<", low + 10]}]}})
        for low in range(100)
    )
    found = RuleIndex(rules).match({"detail": {"n": 50}})
    assert [rule.name for rule in found] == [f"r{low}" for low in range(41, 51)]
