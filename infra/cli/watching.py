"""Looks again and again: a live picture on a terminal, a line for each change elsewhere."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from rich.console import RenderableType

from infra.cli.screen import draw_live, err, out

EVERY_S = 2.0
T = TypeVar("T")


def watch(
    look: Callable[[], T],
    draw: Callable[[T], RenderableType],
    describe: Callable[[T], Sequence[str]],
    is_over: Callable[[T], bool],
    pause: Callable[[float], None] = time.sleep,
) -> T:
    """Show what `look` gives until it is over, and give the last of it. Ctrl-C ends it like any command.

    `describe` gives the lines of a look, the earlier ones first and unchanged: off a terminal only new ones are printed.
    """
    found = look()
    if not out.is_terminal:
        return _follow(found, look, describe, is_over, pause)
    with draw_live(draw(found)) as live:
        while not is_over(found):
            pause(EVERY_S)
            found = look()
            live.update(draw(found), refresh=True)
    return found


def _follow(
    found: T,
    look: Callable[[], T],
    describe: Callable[[T], Sequence[str]],
    is_over: Callable[[T], bool],
    pause: Callable[[float], None],
) -> T:
    told = _tell(describe(found), ())
    while not is_over(found):
        pause(EVERY_S)
        found = look()
        told = _tell(describe(found), told)
    return found


def _tell(lines: Sequence[str], told: Iterable[str]) -> tuple[str, ...]:
    known = tuple(told)
    for line in lines:
        if line not in known:
            out.out(line, highlight=False)
    return (*known, *(line for line in lines if line not in known))


def say_how_it_ended(state: str) -> None:
    """Say on standard error that there is nothing more to watch."""
    err.print(f"It is over: {state}.", markup=False)
