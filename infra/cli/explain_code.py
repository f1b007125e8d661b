"""`interlock explain-code CODE`: what a diagnostic means, and what to do."""

import textwrap
from typing import Annotated

import typer

from dsl.code_book import read_code_book
from dsl.diagnostics import suggest
from infra.cli.exits import Exit
from infra.cli.listing import print_json
from infra.cli.screen import err, out

Code = Annotated[str | None, typer.Argument(help="A code such as E201; without one, all are listed.")]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_WIDTH = 100


def run(code: Code = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - a command's flag
    """Explain a diagnostic code."""
    book = read_code_book()
    if code is None and as_json:
        print_json(dict(book))
        return
    if code is None:
        for one, text in book.items():
            out.print(f"{one}  {text.split('. ')[0].rstrip('.')}.", markup=False)
        return
    wanted = code.strip().strip("[]").upper()
    if wanted not in book:
        hint = suggest(wanted, book) or "`interlock explain-code` lists them."
        err.print(f"There is no code {wanted}: {hint}", markup=False)
        raise typer.Exit(Exit.WRONG)
    if as_json:
        print_json({wanted: book[wanted]})
        return
    out.print(f"{wanted}\n", style="bold")
    out.print(textwrap.fill(book[wanted], _WIDTH), markup=False)
