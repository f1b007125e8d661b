"""Durations read at run time."""

import pytest

from chalicelib.decision.durations import MalformedDuration, parse_duration
from dsl import durations


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("10m", 600), ("8h", 28800), ("1d", 86400), ("1h30m", 5400), ("0s", 0)]
)
def test_a_duration_is_read_to_seconds_as_the_compiler_reads_it(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds == durations.parse_duration(text)


@pytest.mark.parametrize("text", ["", "8", "h", "8 h", "-1h", "1.5h", "30m1h", "8H", "1h\n"])
def test_what_is_no_duration_is_refused_as_the_compiler_refuses_it(text: str) -> None:
    assert durations.parse_duration(text) is None
    with pytest.raises(MalformedDuration, match="is not a duration"):
        parse_duration(text)


def test_only_ascii_digits_are_digits() -> None:
    with pytest.raises(MalformedDuration):
        parse_duration("٣h")
