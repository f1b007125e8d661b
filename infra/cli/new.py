"""`interlock new workflow|rule|atom NAME`: a file to begin with, in the content directory if there is one."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.listing import print_paths
from infra.cli.screen import err
from infra.project import Project, find_project
from infra.scaffold.create import create_atom, create_rule, create_workflow

app = typer.Typer(help="Write a workflow, rule or atom to begin with.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help="Its name: host_reboot, or ec2.reboot for an atom.")]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_NEXT_OF_AN_ATOM = (
    "Next: its scenario in tests/unit/atoms/scenarios.py, and the rest of CONTRIBUTING.md, How to add, An atom."
)


@app.command()
def workflow(name: Name, as_json: AsJson = False) -> None:  # noqa: FBT002 - a command's flag
    """Write a workflow with its cases."""
    project = _choose_project()
    _print(project, create_workflow(project, name), as_json=as_json)
    call = _name_command(project)
    err.print(f"Next: `{call} check`, `{call} cases`, `{call} graph`; then `{call} build`.", markup=False)


@app.command()
def rule(name: Name, as_json: AsJson = False) -> None:  # noqa: FBT002
    """Write a rule in shadow mode."""
    project = _choose_project()
    _print(project, create_rule(project, name), as_json=as_json)
    call = _name_command(project)
    err.print(f"Next: `{call} check`; then `{call} build`.", markup=False)


@app.command()
def atom(name: Name, as_json: AsJson = False) -> None:  # noqa: FBT002
    """Write an atom with its example and its test; in this checkout, put it into the registry as well."""
    project = _choose_project()
    _print(project, create_atom(project, name), as_json=as_json)
    if project.content is None:
        err.print(_NEXT_OF_AN_ATOM)
        return
    err.print(f"Next: `{_name_command(project)} check`, `pytest {project.content}/tests`.", markup=False)


def _choose_project() -> Project:
    """Give the project, with the content directory that was chosen, else the one that the caller stands in."""
    project = find_project()
    if project.content is not None:
        return project
    here = Path.cwd()
    return replace(project, content=next((one for one in (here, *here.parents) if _is_content(one)), None))


def _is_content(folder: Path) -> bool:
    return (folder / "workflows").is_dir() and (folder / "policies").is_dir()


def _name_command(project: Project) -> str:
    return "interlock" if project.content is None else f"interlock --content {project.content}"


def _print(project: Project, paths: Iterable[Path], *, as_json: bool) -> None:
    print_paths([project.shorten(path) for path in paths], as_json=as_json)
