"""`interlock schema [KIND]`: the JSON Schemas of the files, for editors."""

from typing import Annotated

import typer

from chalicelib.atoms.registry import get_atoms
from dsl.diagnostics import suggest
from dsl.schemas import KINDS, dump_schema, make_schema
from infra.cli.exits import Exit
from infra.cli.screen import err, out
from infra.project import find_project
from infra.schemas import write_schemas

Kind = Annotated[str | None, typer.Argument(help=f"One of: {', '.join(KINDS)}. Without it, all are listed.")]
Write = Annotated[bool, typer.Option("--write", help="Write all of them to schemas/; `interlock build` does so too.")]


def run(kind: Kind = None, write: Write = False) -> None:  # noqa: FBT002 - a command's flag
    """Print the JSON Schema of a kind of file."""
    if write:
        project = find_project()
        for path in write_schemas(project):
            out.print(path.relative_to(project.root).as_posix())
        return
    if kind is None:
        for name in KINDS:
            out.print(f"schemas/{name}.json")
        return
    if kind not in KINDS:
        hint = suggest(kind, KINDS) or f"there are: {', '.join(KINDS)}"
        err.print(f"There is no kind {kind!r}: {hint}.", markup=False)
        raise typer.Exit(Exit.WRONG)
    out.out(dump_schema(make_schema(kind, get_atoms())), end="", highlight=False)
