"""`interlock check [PATHS]`: every mistake in the sources at once, with its place."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from chalicelib.control.conflicts import find_verb
from dsl.diagnostics import Diagnostic, Severity, has_errors, sort_diagnostics
from dsl.formats import Format, render
from dsl.policies.lint import lint_rules
from infra.build import check_sources
from infra.cases import complete_sources, load_suites
from infra.cli.exits import Exit
from infra.cli.options import Paths
from infra.cli.screen import err, out
from infra.project import Project, find_project
from infra.sources import drop_cases, read_paths, read_sources

Style = Annotated[
    Format, typer.Option("--format", help="For people, for scripts, or for the lines of a pull request on GitHub.")
]


def run(paths: Paths = None, style: Style = Format.TEXT) -> None:
    """Check workflows, their cases, and policies; exit with 1 if there is an error.

    The whole project is compiled, since a rule may run any workflow; PATHS only choose whose mistakes are shown.
    """
    project = open_project(paths)
    is_all = not paths or project.root == paths[0].resolve()
    chosen = read_sources(project) if is_all else read_paths(relate_path(path, project) for path in paths or ())
    sources, _ = complete_sources({**read_sources(project), **chosen})
    checked = check_sources(sources)
    linted = lint_rules(checked.build.bundle, drop_cases(sources), find_verb) if checked.build else ()
    found = sort_diagnostics((*checked.diagnostics, *linted, *load_suites(sources)[1]))
    shown = [one for one in found if one.span.file in chosen]
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
    """Give the project that paths belong to: a folder that `interlock init` has made is one of its own."""
    alone = Project(paths[0].resolve()) if paths is not None and len(paths) == 1 else None
    is_own = alone is not None and alone.policies.is_dir() and alone.state_machines.is_dir()
    return alone if alone is not None and is_own else find_project()


def relate_path(path: Path, project: Project) -> Path:
    """Name a file of the project as `read_sources` does, so that it is not compiled twice."""
    full = path.resolve()
    return full.relative_to(project.root) if full.is_relative_to(project.root) else path


def _count(found: Iterable[Diagnostic], severity: Severity) -> str:
    number = sum(one.severity is severity for one in found)
    return f"{number} {severity}" if number == 1 else f"{number} {severity}s"
