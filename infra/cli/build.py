"""`interlock build [--check]`: the generated files that are committed."""

from typing import Annotated

import typer

from infra.atom_pages import find_stale_pages, update_pages
from infra.build import check_artifacts, check_project, write_artifacts
from infra.cli.check import print_diagnostics
from infra.cli.exits import Exit
from infra.cli.listing import print_json
from infra.cli.screen import err, out, progress
from infra.errors import BuildStale
from infra.project import find_project
from infra.schemas import find_stale_schemas, write_schemas
from infra.sources import read_sources
from infra.workflow_page import find_stale_page, update_page

Check = Annotated[bool, typer.Option("--check", help="Write nothing; exit with 1 if a file is not up to date.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def run(check: Check = False, as_json: AsJson = False) -> None:  # noqa: FBT002 - a command's flags
    """Compile the project into chalicelib/bundle.json and state_machines/compiled, and write the editors' schemas and the atoms' pages.

    With a content directory all of that goes there: compiled, schemas, docs/atoms.
    """
    project = find_project()
    with progress("compiling"):
        checked = check_project(project)
    print_diagnostics(checked.diagnostics, read_sources(project))
    if checked.build is None:
        raise typer.Exit(Exit.WRONG)
    if check:
        check_artifacts(project, checked.build)
        if stale := (*find_stale_schemas(project), *find_stale_pages(project), *find_stale_page(project)):
            raise BuildStale(files=", ".join(map(project.shorten, stale)))
        err.print("The generated files are up to date.")
        if as_json:
            print_json({"changed": []})
        return
    changed = (
        *write_artifacts(project, checked.build),
        *write_schemas(project),
        *update_pages(project),
        *update_page(project),
    )
    if as_json:
        print_json({"changed": [project.shorten(path) for path in changed]})
        return
    for path in changed:
        out.print(project.shorten(path), markup=False)
    err.print(f"{len(changed)} file(s) changed.")
