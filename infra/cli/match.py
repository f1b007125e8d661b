"""`interlock match PATTERN EVENT`: does an event pattern match an event, and if not, why not."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.exits import Exit
from infra.cli.listing import print_json
from infra.cli.screen import err, out
from infra.patterns import INVALID, read_given, try_cases, try_pattern
from infra.sources import read_text

Pattern = Annotated[
    str | None, typer.Argument(help="An event pattern: a file, or JSON written out.", show_default=False)
]
Event = Annotated[str | None, typer.Argument(help="An event: a file, or JSON written out.", show_default=False)]
Cases = Annotated[
    Path | None,
    typer.Option(help="A file of lines {name, pattern, event}, - for standard input: one line of result for each."),
]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def run(
    pattern: Pattern = None,
    event: Event = None,
    cases: Cases = None,
    as_json: AsJson = False,  # noqa: FBT002 - a command's flag
) -> None:
    """Match an event as EventBridge would: `true`, or `false` and the first reason why not. No AWS is asked.

    With --cases: for each line of the file a line {name, result: true | false | "invalid", message}. The exit code is
    1 for a pattern that is not valid, but with --cases, where that is a result.
    """
    if (cases is None) == (pattern is None) or (pattern is None) != (event is None):
        raise typer.BadParameter("give a pattern and an event, or --cases alone")
    if cases is not None:
        text = sys.stdin.read() if cases == Path("-") else read_text(cases)
        for line in try_cases(text.split("\n"), cases.as_posix()):
            sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        return
    tried = try_pattern(read_given(pattern or "", "the pattern"), read_given(event or "", "the event"))
    if as_json:
        print_json({"result": tried.result, "message": tried.message})
        if tried.result == INVALID:
            raise typer.Exit(Exit.WRONG)
        return
    if tried.result == INVALID:
        err.print(tried.message, markup=False)
        raise typer.Exit(Exit.WRONG)
    out.print(json.dumps(tried.result))
    if tried.message:
        err.print(tried.message, markup=False)
