"""`interlock init DIR`: a folder of workflows and policies to begin with."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.screen import err, out
from infra.scaffold.create import create_project

Folder = Annotated[Path, typer.Argument(help="Where to; nothing that is there is overwritten.", metavar="DIR")]


def run(folder: Folder) -> None:
    """Write a workflow with its cases, a rule and the three policy files: all of them pass `check`."""
    for path in create_project(folder):
        out.print(path.as_posix(), markup=False)
    err.print(f"Check them with `interlock check {folder}`, rehearse with `interlock cases {folder}`.", markup=False)
