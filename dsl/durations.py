"""Durations as people write them: `45s`, `10m`, `1h30m`, `2d`."""

import re

from chalicelib.decision.durations import format_duration

__all__ = ["format_duration", "parse_duration"]

_SHAPE = re.compile(r"(?=\d)(?:(\d{1,5})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?\Z")
_SECONDS = (86_400, 3_600, 60, 1)


def parse_duration(text: str) -> int | None:
    """Give the seconds of a duration, None where the text is not one."""
    match = _SHAPE.match(text)
    if match is None:
        return None
    return sum(int(part or 0) * unit for part, unit in zip(match.groups(), _SECONDS, strict=True))
