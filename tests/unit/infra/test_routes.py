import json
from collections.abc import Iterable
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalog.model import RuleMode
from chalicelib.decision.patterns import compile_pattern
from infra.template.routes import PATTERN_LIMIT, route_default_bus, route_own_bus
from tests.pairs import make_event, make_rules
from tests.unit.infra.placeholder import make_rule

EC2 = {"source": ["aws.ec2"], "detail-type": ["EC2 Instance State-change Notification"]}
OWN = {"source": ["interlock"], "detail-type": ["Object State Changed"]}


def branches(patterns: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [branch for pattern in patterns for branch in pattern.get("$or", [pattern])]


def test_without_rules_only_what_observes_objects_is_routed() -> None:
    assert route_default_bus(()) == (EC2,)
    assert route_own_bus(()) == (OWN,)


def test_sources_that_want_the_same_types_share_a_branch() -> None:
    rules = [make_rule(source=["b"], **{"detail-type": ["T"]}), make_rule(source=["a"], **{"detail-type": ["T"]})]
    assert {"source": ["a", "b"], "detail-type": ["T"]} in branches(route_default_bus(rules))


def test_one_source_named_by_two_rules_has_one_branch_with_both_types() -> None:
    rules = [make_rule(source=["a"], **{"detail-type": ["T2"]}), make_rule(source=["a"], **{"detail-type": ["T1"]})]
    assert {"source": ["a"], "detail-type": ["T1", "T2"]} in branches(route_default_bus(rules))


def test_a_rule_without_detail_type_takes_everything_of_its_source() -> None:
    rules = [make_rule(source=["a"], **{"detail-type": ["T"]}), make_rule(source=["a"])]
    assert {"source": ["a"]} in branches(route_default_bus(rules))


def test_a_rule_without_source_takes_every_source() -> None:
    rules = [make_rule(**{"detail-type": ["T"]})]
    (branch,) = (one for one in branches(route_default_bus(rules)) if one["detail-type"] == ["T"])
    assert branch == {
        "source": [{"anything-but": {"prefix": ["interlock", "webhook.", "sns.", "sqs."]}}],
        "detail-type": ["T"],
    }


def test_what_has_a_door_of_its_own_cannot_come_over_a_bus() -> None:
    rules = [make_rule(source=["webhook.ci", "sns.ops", "sqs.jobs"]), make_rule(source=[{"exists": True}])]
    for route in (route_default_bus, route_own_bus):
        routes = [compile_pattern(pattern) for pattern in route(rules)]
        for source in ("webhook.ci", "sns.ops", "sqs.jobs"):
            assert not any(one.matches({"source": source, "detail-type": "T", "detail": {}}) for one in routes)
        assert any(one.matches({"source": "a", "detail-type": "T", "detail": {}}) for one in routes)


@given(st.integers())
def test_whatever_a_rule_matches_is_routed_to_it(seed: int) -> None:
    random = Random(seed)
    rules = make_rules(random, 5)
    routes = [compile_pattern(pattern) for pattern in route_default_bus(rules)]
    for _ in range(20):
        event = {"source": "web-1", "detail-type": "stopped", **make_event(random)}
        if any(compile_pattern(rule.match).matches(event) for rule in rules) and isinstance(event["source"], str):
            assert any(route.matches(event) for route in routes)


def test_an_or_at_the_top_is_followed_into_its_branches() -> None:
    rule = make_rule(**{"detail-type": ["T"], "$or": [{"source": ["a"]}, {"source": ["b"], "detail": {"x": [1]}}]})
    assert {"source": ["a", "b"], "detail-type": ["T"]} in branches(route_default_bus([rule]))


def test_detail_is_left_to_the_decision_function() -> None:
    pattern = json.dumps(route_default_bus([make_rule(source=["a"], detail={"secret": ["x"]})]))
    assert "secret" not in pattern


def test_nobody_on_the_default_bus_can_pass_for_interlock() -> None:
    assert "interlock" not in json.dumps(route_default_bus([make_rule(**OWN)]))


def test_a_disabled_rule_routes_nothing() -> None:
    disabled = make_rule(source=["a"])._replace(mode=RuleMode.DISABLED)
    assert route_default_bus([disabled]) == (EC2,)


def test_many_rules_are_split_so_that_each_pattern_fits_eventbridge() -> None:
    rules = [
        make_rule(source=[f"company.team-{n}"], **{"detail-type": [f"Something Happened {n}"]}) for n in range(300)
    ]
    patterns = route_default_bus(rules)
    assert len(patterns) < 30
    assert all(len(json.dumps(one)) <= PATTERN_LIMIT for one in patterns)
    assert len(branches(patterns)) == 301


def test_one_source_with_very_many_types_is_split_and_loses_none() -> None:
    types = [f"Something With Quite A Long Name Happened {n}" for n in range(200)]
    patterns = route_default_bus([make_rule(source=["a"], **{"detail-type": types})])
    assert all(len(json.dumps(one)) <= PATTERN_LIMIT for one in patterns)
    found = {kind for branch in branches(patterns) if branch["source"] == ["a"] for kind in branch["detail-type"]}
    assert found == set(types)


def test_the_order_of_the_rules_does_not_matter() -> None:
    rules = [make_rule(source=[f"s{n}"], **{"detail-type": [f"T{n % 3}"]}) for n in range(9)]
    assert route_default_bus(rules) == route_default_bus(rules[::-1])
