"""`interlock check [PATHS]`: every mistake in the sources at once, with its place."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import typer

from dsl.diagnostics import Diagnostic, Severity, has_errors, render_text
from infra.build import check_sources
from infra.cli.exits import Exit
from infra.cli.options import Paths
from infra.cli.screen import err
from infra.project import Project, find_project
from infra.sources import read_paths, read_sources


def run(paths: Paths = None) -> None:
    """Check workflows and policies; exit with 1 if there is an error.

    The whole project is compiled, since a rule may run any workflow; PATHS only choose whose mistakes are shown.
    """
    project = find_project()
    chosen = read_paths(_relate(path, project) for path in paths) if paths else read_sources(project)
    sources = {**read_sources(project), **chosen}
    shown = [one for one in check_sources(sources).diagnostics if one.span.file in chosen]
    print_diagnostics(shown, sources)
    err.print(f"{len(chosen)} file(s) checked: {_count(shown, Severity.ERROR)}, {_count(shown, Severity.WARNING)}.")
    if has_errors(shown):
        raise typer.Exit(Exit.WRONG)


def print_diagnostics(found: Iterable[Diagnostic], sources: Mapping[str, str]) -> None:
    """Print diagnostics as compilers do, on standard error."""
    text = render_text(found, dict(sources))
    if text:
        err.print(text, markup=False)


def _relate(path: Path, project: Project) -> Path:
    """Name a file of the project as `read_sources` does, so that it is not compiled twice."""
    full = path.resolve()
    return full.relative_to(project.root) if full.is_relative_to(project.root) else path


def _count(found: Iterable[Diagnostic], severity: Severity) -> str:
    number = sum(one.severity is severity for one in found)
    return f"{number} {severity}" if number == 1 else f"{number} {severity}s"
