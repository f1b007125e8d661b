"""`interlock check [PATHS]`: every mistake in the sources at once, with its place."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from chalicelib.control.claims.conflicts import judge_pair
from dsl.diagnostics import Diagnostic, Severity, has_errors, sort_diagnostics
from dsl.formats import Format, render
from dsl.policies.lint import lint_rules
from infra.build import check_sources
from infra.cases import complete_sources, load_suites
from infra.cli.exits import Exit
from infra.cli.options import Paths
from infra.cli.screen import err, out, progress
from infra.content import find_atoms
from infra.project import Project, find_project
from infra.sources import drop_cases, name_file, read_paths, read_sources

Style = Annotated[
    Format, typer.Option("--format", help="For people, for scripts, or for the lines of a pull request on GitHub.")
]


def run(paths: Paths = None, style: Style = Format.TEXT) -> None:
    """Check workflows, their cases, and policies; exit with 1 if there is an error.

    The whole project is compiled, since a rule may run any workflow; PATHS only choose whose mistakes are shown.
    """
    project = open_project(paths)
    home = (project.content or project.root).resolve()
    is_all = not paths or home == paths[0].resolve()
    everything = read_sources(project)
    chosen = everything if is_all else read_paths(project, paths or ())
    sources, _ = complete_sources(project, {**everything, **chosen})
    with progress("checking"):
        checked = check_sources(sources, project)
    atoms, _ = find_atoms(project, sources)
    linted = lint_rules(checked.build.bundle, drop_cases(sources), judge_pair) if checked.build else ()
    found = sort_diagnostics((*checked.diagnostics, *linted, *load_suites(sources, atoms)[1]))
    python = _choose(project, paths)
    shown = [one for one in found if is_all or one.span.file in chosen or one.span.file in python]
    print_diagnostics(shown, sources, style)
    err.print(f"{len(chosen)} file(s) checked: {_count(shown, Severity.ERROR)}, {_count(shown, Severity.WARNING)}.")
    if has_errors(shown):
        raise typer.Exit(Exit.WRONG)


def print_diagnostics(found: Iterable[Diagnostic], sources: Mapping[str, str], style: Format = Format.TEXT) -> None:
    """Print diagnostics: as compilers do on standard error, for a tool on standard output."""
    text = render(found, dict(sources), style)
    if not text:
        return
    if style is Format.TEXT:
        err.print(text, markup=False)
    else:
        out.out(text, highlight=False)


def open_project(paths: list[Path] | None) -> Project:
    """Give the project that paths belong to: a folder that `interlock init` has made is a content directory."""
    alone = paths[0] if paths is not None and len(paths) == 1 else None
    is_content = alone is not None and (alone / "workflows").is_dir() and (alone / "policies").is_dir()
    project = find_project()
    return Project(project.root, alone) if is_content else project


def _choose(project: Project, paths: list[Path] | None) -> frozenset[str]:
    """Name the files that paths stand for, Python files of a content directory included."""
    files = [file for path in paths or () for file in (path.rglob("*.py") if path.is_dir() else [path])]
    return frozenset(name_file(project, file) for file in files)


def _count(found: Iterable[Diagnostic], severity: Severity) -> str:
    number = sum(one.severity is severity for one in found)
    return f"{number} {severity}" if number == 1 else f"{number} {severity}s"
