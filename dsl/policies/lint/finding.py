"""A finding about a rule, before it has a place in a file."""

from typing import NamedTuple


class Finding(NamedTuple):
    """What is odd about a rule; `path` leads to the field of its file."""

    code: str
    rule: str
    path: tuple[str | int, ...]
    message: str
    hint: str
