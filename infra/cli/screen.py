"""Where the commands write: results to standard output, everything else to standard error."""

from rich.console import Console

out = Console(highlight=False, soft_wrap=True)
"""Results: what a script may read."""
err = Console(highlight=False, soft_wrap=True, stderr=True)
"""Progress, diagnostics and errors: what a person reads."""


def print_error(message: str) -> None:
    """Print an error as one line on standard error."""
    err.print("error:", style="bold red", end=" ")
    err.print(" ".join(message.split()), markup=False)
