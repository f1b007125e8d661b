"""`interlock new workflow|rule|atom NAME`: a file to begin with."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.screen import err, out
from infra.project import Project, find_project
from infra.scaffold.create import create_atom, create_rule, create_workflow

app = typer.Typer(help="Write a workflow, rule or atom to begin with.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Its name: host_reboot, or ec2.reboot for an atom.")]
Root = Annotated[Path | None, typer.Option("--dir", help="A folder made by `interlock init`; else this checkout.")]


@app.command()
def workflow(name: Name, folder: Root = None) -> None:
    """Write a workflow with its cases."""
    _print(create_workflow(_find(folder), name))
    err.print("Next: `interlock check`, `interlock cases`, `interlock graph`; then `interlock build`.")


@app.command()
def rule(name: Name, folder: Root = None) -> None:
    """Write a rule in shadow mode."""
    _print(create_rule(_find(folder), name))
    err.print("Next: `interlock check`; then `interlock build`.")


@app.command()
def atom(name: Name) -> None:
    """Write an atom with its test, and put it into the registry."""
    _print(create_atom(find_project(), name))
    err.print(
        "Next: its scenario in tests/unit/atoms/scenarios.py, and the rest of CONTRIBUTING.md, How to add, An atom."
    )


def _find(folder: Path | None) -> Project:
    return Project(folder) if folder is not None else find_project()


def _print(paths: Iterable[Path]) -> None:
    root = find_project().root
    for path in paths:
        out.print((path.relative_to(root) if path.is_relative_to(root) else path).as_posix(), markup=False)
