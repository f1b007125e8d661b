"""`interlock compile FILE`: one workflow to its state machine."""

from pathlib import Path
from typing import Annotated

import typer

from dsl.compile import compile_workflow, dump_definition
from dsl.formats import Format
from infra.cli.check import Style, print_diagnostics
from infra.cli.exits import Exit
from infra.cli.screen import err, out
from infra.content import find_surroundings
from infra.project import find_project
from infra.sources import read_text

File = Annotated[Path, typer.Argument(help="A workflow's YAML file.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Write here in place of standard output.")]


def run(file: File, target: Out = None, style: Style = Format.TEXT) -> None:
    """Compile a workflow to Amazon States Language; exit with 1 if it has errors."""
    text = read_text(file)
    atoms, library = find_surroundings(find_project(), file)
    compiled = compile_workflow(text, file.as_posix(), atoms, library)
    # What compiles goes to standard output itself, unless it has a file of its own.
    style = style if compiled.definition is None or target is not None else Format.TEXT
    print_diagnostics(compiled.diagnostics, {file.as_posix(): text}, style)
    if compiled.definition is None:
        raise typer.Exit(Exit.WRONG)
    asl = dump_definition(compiled.definition)
    if target is None:
        out.out(asl, end="", highlight=False)
        return
    target.write_text(asl, encoding="utf-8")
    err.print(f"Wrote {target}.")
