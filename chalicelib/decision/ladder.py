"""The ladder of a goal: which rung is next when what was done did not meet it. Pure."""

from typing import NamedTuple

from chalicelib.catalog.model import Rung


class Climb(NamedTuple):
    """Which rung is next, and why."""

    rung: int
    """Counted from 1."""
    attempt: int
    """Counted from 0."""
    reason: str


def find_next(ladder: tuple[Rung, ...], rung: int, attempt: int) -> tuple[int, int] | None:
    """Give the rung and attempt that come after these, None at the ladder's end. It only ever goes up."""
    if 0 < rung <= len(ladder) and attempt + 1 < ladder[rung - 1].attempts:
        return rung, attempt + 1
    return (rung + 1, 0) if rung < len(ladder) else None
