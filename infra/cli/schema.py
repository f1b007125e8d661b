"""`interlock schema [KIND]`: the JSON Schemas of the files, for editors."""

from typing import Annotated

import typer

from dsl.diagnostics import suggest
from dsl.schemas import KINDS, dump_schema, make_schema
from infra.cli.exits import Exit
from infra.cli.screen import err, out
from infra.content import find_atoms
from infra.project import find_project
from infra.schemas import write_schemas
from infra.sources import read_sources

Kind = Annotated[str | None, typer.Argument(help=f"One of: {', '.join(KINDS)}. Without it, all are listed.")]
Write = Annotated[bool, typer.Option("--write", help="Write all of them to schemas/; `interlock build` does so too.")]


def run(kind: Kind = None, write: Write = False) -> None:  # noqa: FBT002 - a command's flag
    """Print the JSON Schema of a kind of file."""
    project = find_project()
    if write:
        for path in write_schemas(project):
            out.print(project.shorten(path), markup=False)
        return
    if kind is None:
        for name in KINDS:
            out.print(f"schemas/{name}.json")
        return
    if kind not in KINDS:
        hint = suggest(kind, KINDS) or f"there are {', '.join(KINDS)}."
        err.print(f"There is no kind {kind!r}: {hint}", markup=False)
        raise typer.Exit(Exit.WRONG)
    atoms, _ = find_atoms(project, read_sources(project))
    out.out(dump_schema(make_schema(kind, atoms)), end="", highlight=False)
