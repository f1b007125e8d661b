"""Durations as people write them: `45s`, `10m`, `1h30m`, `2d`. The grammar is the run time's own."""

import re

from chalicelib.decision import durations
from chalicelib.decision.durations import format_duration

__all__ = ["format_duration", "parse_duration", "suggest_duration"]

_IN_WORDS = re.compile(r"(\d+)\s*(s|m|h|d)(?:ecs?|econds?|ins?|inutes?|rs?|ours?|ays?)?\Z", re.IGNORECASE)


def parse_duration(text: str) -> int | None:
    """Give the seconds of a duration, None where the text is not one."""
    try:
        return durations.parse_duration(text)
    except durations.MalformedDuration:
        return None


def suggest_duration(text: str) -> str | None:
    """Write a hint for a duration in words, `5 minutes` or `10 s`, None for anything else."""
    found = _IN_WORDS.match(text.strip())
    return f"did you mean '{found[1]}{found[2].lower()}'?" if found is not None else None
