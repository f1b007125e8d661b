import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.misspellings import measure_distance
from dsl.durations import suggest_duration
from dsl.spelling import count_edits, find_nearest

LETTERS = st.text("abc", max_size=6)


@pytest.mark.parametrize(
    ("word", "known", "nearest"),
    [
        ("wap", ["with", "wait", "switch"], "wait"),
        ("ec2.strat", ["ec2.stop", "ec2.start"], "ec2.start"),
        ("hots", ["ports", "host"], "host"),
        ("iinstance", ["instances", "instance_id", "instance"], "instance"),
        ("describe_instance_list", ["describe_instances", "x"], "describe_instances"),
        ("xy", ["id", "as"], None),
        ("q", ["a"], None),
        ("zzzz", ["with", "wait"], None),
        ("", ["id"], None),
    ],
)
def test_the_nearest_word_is_meant(word: str, known: list[str], nearest: str | None) -> None:
    assert find_nearest(word, known) == nearest


@given(LETTERS, LETTERS)
def test_swapped_letters_count_once_and_all_else_as_levenshtein_counts(one: str, other: str) -> None:
    far, counted = measure_distance(one, other), count_edits(one, other, 10)
    assert counted is not None
    assert counted <= far <= 2 * counted
    assert (count_edits(one, other, 2) is None) == (counted > 2)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("5 minutes", "5m"),
        ("10 s", "10s"),
        ("1 Hour", "1h"),
        ("2 days", "2d"),
        ("90 SEC", "90s"),
        ("3 months", None),
        ("5x", None),
    ],
)
def test_a_duration_in_words_is_told_as_one(written: str, meant: str | None) -> None:
    assert suggest_duration(written) == (f"did you mean '{meant}'?" if meant else None)
