"""`interlock compile FILE`: one workflow to its state machine."""

from pathlib import Path
from typing import Annotated

import typer

from chalicelib.atoms.registry import get_atoms
from dsl.compile import compile_workflow, dump_definition
from infra.cli.check import print_diagnostics
from infra.cli.exits import Exit
from infra.cli.screen import err, out
from infra.sources import read_text

File = Annotated[Path, typer.Argument(help="A workflow's YAML file.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Write here in place of standard output.")]


def run(file: File, target: Out = None) -> None:
    """Compile a workflow to Amazon States Language; exit with 1 if it has errors."""
    text = read_text(file)
    compiled = compile_workflow(text, file.as_posix(), get_atoms())
    print_diagnostics(compiled.diagnostics, {file.as_posix(): text})
    if compiled.definition is None:
        raise typer.Exit(Exit.WRONG)
    asl = dump_definition(compiled.definition)
    if target is None:
        out.out(asl, end="", highlight=False)
        return
    target.write_text(asl, encoding="utf-8")
    err.print(f"Wrote {target}.")
