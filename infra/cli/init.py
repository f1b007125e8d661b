"""`interlock init DIR`: a content directory to begin with."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.screen import err, out
from infra.project import Project, find_project
from infra.scaffold.create import create_content

Folder = Annotated[Path, typer.Argument(help="Where to; nothing that is there is overwritten.", metavar="DIR")]


def run(folder: Folder) -> None:
    """Write a workflow with its cases, a rule and the three policy files: all of them pass `check`."""
    for path in create_content(Project(find_project().root, folder)):
        out.print(path.as_posix(), markup=False)
    err.print(f"Next: `interlock --content {folder} check`, `cases`, `build`; see docs/content.md.", markup=False)
