"""Durations as people write them: `45s`, `10m`, `1h30m`, `2d`. The grammar is the run time's own."""

from chalicelib.decision import durations
from chalicelib.decision.durations import format_duration

__all__ = ["format_duration", "parse_duration"]


def parse_duration(text: str) -> int | None:
    """Give the seconds of a duration, None where the text is not one."""
    try:
        return durations.parse_duration(text)
    except durations.MalformedDuration:
        return None
