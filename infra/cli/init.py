"""`interlock init DIR`: a content directory to begin with."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.listing import print_paths
from infra.cli.screen import err
from infra.project import Project, find_project
from infra.scaffold.create import create_content

Folder = Annotated[Path, typer.Argument(help="Where to; nothing that is there is overwritten.", metavar="DIR")]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def run(folder: Folder, as_json: AsJson = False) -> None:  # noqa: FBT002 - a command's flag
    """Write a workflow with its cases, a rule and the three policy files: all of them pass `check`."""
    print_paths([path.as_posix() for path in create_content(Project(find_project().root, folder))], as_json=as_json)
    err.print(f"Next: `interlock --content {folder} check`, `cases`, `build`; see docs/content.md.", markup=False)
