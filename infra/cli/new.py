"""`interlock new workflow|rule|atom NAME`: a file to begin with, in the content directory if there is one."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.screen import err, out
from infra.project import find_project
from infra.scaffold.create import create_atom, create_rule, create_workflow

app = typer.Typer(help="Write a workflow, rule or atom to begin with.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Its name: host_reboot, or ec2.reboot for an atom.")]

_NEXT_OF_AN_ATOM = (
    "Next: its scenario in tests/unit/atoms/scenarios.py, and the rest of CONTRIBUTING.md, How to add, An atom."
)


@app.command()
def workflow(name: Name) -> None:
    """Write a workflow with its cases."""
    _print(create_workflow(find_project(), name))
    err.print("Next: `interlock check`, `interlock cases`, `interlock graph`; then `interlock build`.")


@app.command()
def rule(name: Name) -> None:
    """Write a rule in shadow mode."""
    _print(create_rule(find_project(), name))
    err.print("Next: `interlock check`; then `interlock build`.")


@app.command()
def atom(name: Name) -> None:
    """Write an atom with its example and its test; in this checkout, put it into the registry as well."""
    project = find_project()
    _print(create_atom(project, name))
    if project.content is None:
        err.print(_NEXT_OF_AN_ATOM)
        return
    err.print(f"Next: `interlock --content {project.content} check`, `pytest {project.content}/tests`.", markup=False)


def _print(paths: Iterable[Path]) -> None:
    project = find_project()
    for path in paths:
        out.print(project.shorten(path), markup=False)
