"""The matcher against a naive reference that tries every choice of array elements."""

from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.decision.fields import Fields, Place, flatten
from chalicelib.decision.patterns import Matcher, PatternInvalid, compile_pattern
from chalicelib.decision.places import exclude, forget, join

NAMES = st.sampled_from("abc")
SCALARS = st.sampled_from([None, True, False, 0, 1, 2.5, "", "x", "xy", "Y", "10.0.0.1"])
EVENTS = st.dictionaries(
    NAMES,
    st.recursive(
        SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=8
    ),
    max_size=3,
)
ELEMENTS = SCALARS | st.sampled_from(
    [
        {"prefix": "x"}, {"suffix": "y"}, {"exists": True}, {"exists": False}, {"anything-but": "x"},
        {"anything-but": [1, 2]}, {"anything-but": {"prefix": "x"}}, {"numeric": [">=", 1]}, {"wildcard": "*y"},
        {"equals-ignore-case": "XY"}, {"cidr": "10.0.0.0/8"},
    ]
)  # fmt: skip
LEAVES = st.lists(ELEMENTS, min_size=1, max_size=2)
PATTERNS = st.recursive(
    st.dictionaries(NAMES, LEAVES, min_size=1, max_size=2),
    lambda inner: (
        st.dictionaries(NAMES, LEAVES | inner, min_size=1, max_size=2)
        | st.fixed_dictionaries({"$or": st.lists(inner, min_size=2, max_size=2)})
    ),
    max_leaves=4,
)
ANYTHING = st.recursive(
    SCALARS | ELEMENTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES | st.just("$or"), inner, max_size=2),
)


def match_naively(matcher: Matcher, fields: Fields) -> bool:
    """Choose a field or its absence for each term in every possible way; no tree, no forgetting."""
    for terms in matcher.alternatives:
        options = [[*fields.values.get(term.path, []), None] for term in terms]
        if any(fits(terms, choice, fields) for choice in product(*options)):
            return True
    return False


def fits(terms: Any, choice: Any, fields: Fields) -> bool:
    chosen: dict[int, int] = {}
    for term, field in zip(terms, choice, strict=True):
        if field is None:
            seen = (dict(place) for _, place in fields.values.get(term.path, []))
            if not term.absent or any(
                all(chosen.get(key, index) == index for key, index in one.items()) for one in seen
            ):
                return False
            continue
        value, place = field
        if any(chosen.get(key, index) != index for key, index in place):
            return False
        if not any(test(value) for test in term.tests):
            return False
        chosen.update(place)
    return True


@settings(max_examples=400)
@given(PATTERNS, EVENTS)
def test_the_matcher_agrees_with_trying_everything(pattern: Any, event: Any) -> None:
    try:
        matcher = compile_pattern(pattern)
    except PatternInvalid:
        return
    expected = match_naively(matcher, flatten(event))
    assert matcher.matches(event) is expected
    assert (matcher.explain(event) is None) is expected


@given(ANYTHING)
def test_compiling_gives_a_matcher_or_pattern_invalid_and_nothing_else(pattern: Any) -> None:
    try:
        matcher = compile_pattern(pattern)
    except PatternInvalid:
        return
    assert all(matcher.alternatives)


PLACES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=3, unique_by=lambda pair: pair[0]).map(
    lambda pairs: tuple(sorted(pairs))
)


def agree(one: Any, other: Any) -> bool:
    return all(dict(one).get(key, index) == index for key, index in other)


@given(st.frozensets(PLACES, max_size=6), st.lists(PLACES, max_size=6))
def test_joining_keeps_exactly_the_choices_that_agree(choices: frozenset[Place], hits: list[Place]) -> None:
    expected = {tuple(sorted({*one, *hit})) for one in choices for hit in hits if agree(one, hit)}
    assert join(choices, hits) == expected


@given(st.frozensets(PLACES, max_size=6), st.lists(PLACES, max_size=6))
def test_excluding_keeps_exactly_the_choices_that_agree_with_none(
    choices: frozenset[Place], places: list[Place]
) -> None:
    assert exclude(choices, places) == {one for one in choices if not any(agree(one, place) for place in places)}


@given(st.frozensets(PLACES, max_size=6))
def test_forgetting_keeps_only_arrays_that_a_later_path_leads_through(choices: frozenset[Place]) -> None:
    kept = forget(choices, ("a", "a.b", "c", "ab"), ["a.b.x"])
    assert kept == {tuple(pair for pair in one if pair[0] in {0, 1}) for one in choices}
