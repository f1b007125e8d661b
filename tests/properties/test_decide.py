"""Deciding is total on parsed events, deterministic, and the bundle survives its JSON."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalog.load import dump_bundle, read_bundle
from chalicelib.catalog.model import Branch, Goal, Rule, RuleMode
from chalicelib.decision.decide import decide, evaluate_goal, find_subjects
from chalicelib.decision.explain import explain, summarize_trials
from chalicelib.decision.model import Action, Failure, History
from chalicelib.decision.objects import observe_object, view_object
from chalicelib.events.model import Event
from chalicelib.events.parse import parse
from chalicelib.identity import Home
from tests.unit.decision.examples import make_bundle, make_rule

HOME = Home("123456789012", "us-east-1")
NOW = datetime(2026, 3, 11, 21, 30, tzinfo=UTC)
CORPUS = [json.loads(path.read_text()) for path in (Path(__file__).parents[1] / "corpus" / "events").glob("*.json")]

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
FRAGMENTS = st.sampled_from(
    ["$event", "$object", "$service", "detail", '"instance-id"', ".", "(", ")", "=", "<", "and", "or", "1", '"x"', "$runs", ",",
     "[", "]", "{", "}", "$", "$$", "&", "?", ":", ":=", "$x", "function($y)", "~>", "$map", "$now()", "null", "true", "^", "%", "*"]
)  # fmt: skip
EXPRESSIONS = st.lists(FRAGMENTS, min_size=1, max_size=8).map(" ".join) | st.text(max_size=12)


def make_branch(when: str | None, **action: Any) -> Branch:
    """Leave out what is not drawn; of a named tuple itself, hypothesis would draw every field."""
    return Branch(when, **action)


BRANCHES = st.builds(
    make_branch,
    when=st.none() | EXPRESSIONS,
    run=st.sampled_from(["host_reboot", "nothing"]),
    with_=st.none()
    | st.dictionaries(st.text(max_size=4), EXPRESSIONS.map(lambda text: f"{{% {text} %}}") | JSON, max_size=2),
) | st.builds(make_branch, when=st.none() | EXPRESSIONS, page=st.just("sre"))
RULES = st.builds(
    make_rule,
    name=st.text(min_size=1, max_size=5),
    mode=st.sampled_from(RuleMode),
    match=st.just({"source": [{"exists": True}]}) | st.dictionaries(st.text(max_size=3), JSON, max_size=2),
    object=st.sampled_from(['host/{% $event.detail."instance-id" %}', "host/x"]) | EXPRESSIONS,
    goal=st.none() | st.builds(Goal, EXPRESSIONS, st.integers(0, 9), st.just(())),
    branches=st.lists(BRANCHES, max_size=3).map(tuple),
)


@st.composite
def events(draw: st.DrawFn) -> Event:
    raw = json.loads(json.dumps(draw(st.sampled_from(CORPUS))))
    raw["detail"].update(draw(st.dictionaries(st.text(max_size=4), JSON, max_size=3)))
    return parse(raw, HOME)


@given(events(), st.lists(RULES, max_size=3), st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2))
def test_deciding_never_raises_and_is_the_same_when_repeated(
    event: Event, rules: list[Rule], labels: dict[str, str]
) -> None:
    bundle = make_bundle(*rules)
    history = History((("host_reboot", NOW - timedelta(hours=1)),))
    for found in find_subjects(event, bundle):
        if isinstance(found, Failure):
            assert found.reason
            continue
        view = view_object(found.object, state=None, state_at=None, labels=labels, bundle=bundle)
        view = observe_object(view, event.observations, bundle)
        decision = decide(event, found.rule, view, history, bundle, NOW)
        assert decision == decide(event, found.rule, view, history, bundle, NOW)
        assert decision.reason
        assert explain(decision)
        json.dumps([summarize_trials(decision), dict(decision.input)], allow_nan=False)
        assert (decision.workflow != "") is (decision.action is Action.RUN)
        assert (decision.page is not None) is (decision.action is Action.PAGE)
        if found.rule.goal is not None:
            assert evaluate_goal(found.rule.goal, view, NOW) in {True, False, None}


@given(st.lists(RULES, max_size=3))
def test_a_bundle_is_read_back_equal_from_its_json(rules: list[Rule]) -> None:
    bundle = make_bundle(*rules)
    assert read_bundle(json.loads(json.dumps(dump_bundle(bundle)))) == bundle
