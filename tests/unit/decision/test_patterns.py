"""Event patterns: EventBridge's semantics by example, and its refusals."""

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.decision.index import RuleIndex
from chalicelib.decision.patterns import PatternInvalid, compile_pattern
from infra.patterns import INVALID, try_pattern
from tests.unit.decision.examples import make_rule

CORPUS = Path(__file__).parents[2] / "corpus" / "patterns"


def read_cases(name: str) -> list[Any]:
    cases = [json.loads(line) for line in (CORPUS / f"{name}.jsonl").read_text().splitlines()]
    return [pytest.param(case, id=case["name"]) for case in cases]


@pytest.mark.parametrize("case", read_cases("matches"))
def test_a_pattern_matches_as_eventbridge_does(case: dict[str, Any]) -> None:
    matcher = compile_pattern(case["pattern"])
    assert matcher.matches(case["event"]) is case["result"]
    assert (matcher.explain(case["event"]) is None) is case["result"]


@pytest.mark.parametrize("case", read_cases("matches"))
def test_the_index_finds_what_the_pattern_alone_matches(case: dict[str, Any]) -> None:
    index = RuleIndex((make_rule(match=case["pattern"]), make_rule(match={"source": ["other"]})))
    assert bool(index.match(case["event"])) is case["result"]


@pytest.mark.parametrize("case", read_cases("refused"))
def test_an_invalid_pattern_is_refused_with_its_place_and_reason(case: dict[str, Any]) -> None:
    tried = try_pattern(case["pattern"], case["event"])
    assert (tried.result, tried.message) == (INVALID, case["message"])


def test_a_pattern_that_nests_beyond_reason_is_refused_and_not_a_traceback() -> None:
    pattern: dict[str, Any] = {"a": [1]}
    for _ in range(5000):
        pattern = {"a": pattern}
    with pytest.raises(PatternInvalid, match="nests deeper than 100 levels"):
        compile_pattern(pattern)


def test_the_first_failing_term_is_told_with_both_values() -> None:
    matcher = compile_pattern({"source": ["aws.ec2"], "detail": {"state": ["stopped", {"prefix": "term"}]}})
    event = {"source": "aws.ec2", "detail": {"state": "running"}}
    assert matcher.explain(event) == 'detail.state is "running", wanted one of ["stopped",{"prefix":"term"}]'
    assert matcher.explain({"source": "x"}) == 'detail.state is missing, wanted one of ["stopped",{"prefix":"term"}]'


def test_of_alternatives_the_one_that_came_furthest_is_told() -> None:
    matcher = compile_pattern({"a": [1], "$or": [{"b": [2], "c": [3]}, {"b": [9]}]})
    assert matcher.explain({"a": 1, "b": 2, "c": 4}) == "c is 4, wanted one of [3]"


def test_long_arrays_cost_time_in_proportion_to_their_length() -> None:
    matcher = compile_pattern({"a": {"x": [1], "y": [2], "z": [{"exists": False}]}, "b": {"x": [1], "y": [3]}})
    side = [{"x": 1, "y": 0}] * 12_000
    assert not matcher.matches({"a": side, "b": side})
    assert matcher.matches({"a": [*side, {"x": 1, "y": 2}], "b": [*side, {"x": 1, "y": 3}]})


def test_values_that_only_other_elements_of_a_list_have_are_told_as_that() -> None:
    matcher = compile_pattern({"detail": {"a": {"x": [1], "y": [2]}}})

    reason = matcher.explain({"detail": {"a": [{"x": 1, "y": 3}, {"x": 4, "y": 2}]}})

    assert reason == (
        "no one element of a list has what is wanted of detail.a.y together with what is wanted of detail.a.x"
    )
