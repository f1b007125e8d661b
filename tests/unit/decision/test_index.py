"""The index of rules."""

from chalicelib.catalog.model import RuleMode
from chalicelib.decision.index import RuleIndex, index_rules, match_rules
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
