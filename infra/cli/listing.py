"""How the commands show what the API gives: tables that read well at 100 columns, short ids, times in UTC."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from infra.cli.screen import out

_UNCUT = 10_000
"""The width of what does not go to a terminal: a script gets all of it."""
_SHORTEST = 8
_HALF = 20
"""Digits of each half of a dispatch id."""

_STYLES = {
    "awaiting": "yellow",
    "frozen": "yellow",
    "queued": "yellow",
    "reserved": "cyan",
    "running": "cyan",
    "retiring": "yellow",
    "holding": "yellow",
    "rolling": "cyan",
    "succeeded": "green",
    "failed": "red",
    "timed_out": "red",
    "aborted": "red",
    "rejected": "magenta",
    "undecided": "red",
}


def print_paths(paths: Sequence[str], *, as_json: bool) -> None:
    """Print what was written, a line each."""
    if as_json:
        print_json({"written": list(paths)})
        return
    for path in paths:
        out.print(path, markup=False)


def print_json(value: Any) -> None:
    """Print JSON for scripts, as the API gave it."""
    out.out(json.dumps(value, indent=2), highlight=False)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> None:
    """Print rows; on a terminal the last column is cut where there is no room, the others never are."""
    _print(make_table(columns, rows))


def make_table(columns: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """Make the table that `print_table` prints."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns[:-1]:
        table.add_column(column, no_wrap=True)
    table.add_column(columns[-1])
    for *cells, last in rows:
        end = last if isinstance(last, Text) else Text(last)
        end.no_wrap, end.overflow = True, "ellipsis"
        # Text and not str: what an event says must not be read as markup.
        table.add_row(*(one if isinstance(one, Text) else Text(one) for one in cells), end)
    return table


def print_fields(fields: Iterable[tuple[str, str | Text | None]]) -> None:
    """Print name and value on a line each, leaving out what is None or empty."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for name, value in fields:
        if value:
            table.add_row(name, value if isinstance(value, Text) else Text(value))
    _print(table)


def print_tree(tree: Tree) -> None:
    """Print a tree; without a terminal nothing of it is cut."""
    _print(tree)


def _print(shown: Table | Tree) -> None:
    if out.is_terminal:
        out.print(shown, soft_wrap=False)
        return
    console = Console(highlight=False, width=_UNCUT)
    with console.capture() as captured:
        console.print(shown)
    for line in captured.get().splitlines():
        out.out(line.rstrip(), highlight=False)


def paint_state(state: str) -> Text:
    """Color a state by what it means."""
    return Text(state, style=_STYLES.get(state, ""))


def show_time(at: str | None) -> str:
    """Cut an ISO time to what a table has room for: `01-31 12:00:00`."""
    return at[5:19].replace("T", " ") if at else ""


def shorten_ids(dispatches: Iterable[str]) -> dict[str, str]:
    """Cut dispatch ids so that they still differ from each other: `3fa2b190`, or `3fa2b190-90cd4e` if they must.

    All dispatches of one event share the first half, and all that people ask for share the second.
    """
    every = sorted(set(dispatches))
    for digits in range(_HALF):
        short = {one: _cut_id(one, digits) for one in every}
        if len(set(short.values())) == len(every):
            return short
    return {one: one for one in every}


def _cut_id(dispatch: str, digits: int) -> str:
    event_half, _, decision_half = dispatch.partition("-")
    end = f"-{decision_half[:digits]}" if digits else ""
    return event_half[: max(_SHORTEST, digits)] + end


def fits_short(dispatch: str, short: str) -> bool:
    """Whether a dispatch is one that a short id may mean."""
    halves, wanted = dispatch.split("-"), short.split("-")
    return len(wanted) <= len(halves) and all(half.startswith(one) for half, one in zip(halves, wanted, strict=False))
