"""Durations as people write them: the one grammar, at run time and in files."""

import re

from chalicelib.errors import InterlockError

_FORM = re.compile(r"(?=[0-9])(?:([0-9]{1,5})d)?(?:([0-9]{1,5})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,8})s)?")
_SECONDS = (86_400, 3_600, 60, 1)


class MalformedDuration(InterlockError):
    """{text!r} is not a duration: write 90s, 10m, 1h30m or 1d."""


def parse_duration(text: str) -> int:
    """Read `90s`, `10m`, `1h30m` or `1d` to whole seconds. Raises MalformedDuration."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise MalformedDuration(text=text)
    return sum(int(part or 0) * unit for part, unit in zip(found.groups(), _SECONDS, strict=True))


def format_duration(seconds: int) -> str:
    """Write whole seconds the way `parse_duration` reads them, largest unit first."""
    parts = []
    for unit, letter in zip(_SECONDS, "dhms", strict=True):
        count, seconds = divmod(seconds, unit)
        if count:
            parts.append(f"{count}{letter}")
    return "".join(parts) or "0s"
