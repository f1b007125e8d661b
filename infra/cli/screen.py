"""Where the commands write: results to standard output, everything else to standard error."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar

from rich.console import Console, RenderableType
from rich.live import Live

out = Console(highlight=False, soft_wrap=True)
"""Results: what a script may read."""
err = Console(highlight=False, soft_wrap=True, stderr=True)
"""Progress, diagnostics and errors: what a person reads."""


_drawing: ContextVar[bool] = ContextVar("_drawing", default=False)
"""Whether a live picture is on the terminal, which a spinner would tear apart."""


@contextmanager
def draw_live(picture: RenderableType) -> Iterator[Live]:
    """Keep a picture on the terminal that is brought up to date in place; it stays when it is done."""
    before = _drawing.set(True)
    try:
        with Live(picture, console=out, auto_refresh=False, transient=False) as live:
            yield live
    finally:
        _drawing.reset(before)


def progress(what: str) -> AbstractContextManager[object]:
    """Show that something takes its time: a spinner on a terminal, gone when it is done; nothing elsewhere."""
    return err.status(what, spinner="line") if err.is_terminal and not _drawing.get() else nullcontext()


def print_error(message: str) -> None:
    """Print an error as one line on standard error."""
    err.print("error:", style="bold red", end=" ")
    err.print(" ".join(message.split()), markup=False)


def print_columns(rows: Sequence[Sequence[str]]) -> None:
    """Print rows on standard output, each column as wide as its widest cell: never cut, so that scripts can read it."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        out.out("  ".join(cells).rstrip(), highlight=False)
