"""One workflow file as the commands take it: compiled with what lies beside it, and as it is written."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from chalicelib.catalog.model import Workflow
from dsl.cases.machine import Machine, read_machine
from dsl.compile import compile_workflow
from dsl.inline import inline_workflows
from dsl.model import WorkflowFile
from dsl.shape import validate
from infra.build import build_project
from infra.cli.check import print_diagnostics
from infra.cli.exits import Exit
from infra.cli.screen import progress
from infra.compiled import Build
from infra.content import find_surroundings
from infra.project import find_project
from infra.sources import read_text


@dataclass(frozen=True, slots=True)
class Opened:
    """A workflow that compiles."""

    definition: dict[str, Any]
    workflow: Workflow
    machine: Machine
    written: WorkflowFile
    """As it stands in its file."""
    whole: WorkflowFile
    """With the workflows inside it."""


def compile_project() -> Build:
    """Compile this project, showing that it takes its time. Raises SourcesInvalid, or FileUnreadable."""
    with progress("compiling"):
        return build_project(find_project())


def open_workflow(file: Path) -> Opened:
    """Compile a file; where it has errors, print them and end the command."""
    text = read_text(file)
    atoms, library = find_surroundings(find_project(), file)
    compiled = compile_workflow(text, file.as_posix(), atoms, library)
    print_diagnostics(compiled.diagnostics, {file.as_posix(): text})
    written = validate(compiled.source, WorkflowFile)[0] if compiled.source is not None else None
    if compiled.definition is None or compiled.workflow is None or compiled.source is None or written is None:
        raise typer.Exit(Exit.WRONG)
    whole, _ = inline_workflows(written, compiled.source, library)
    machine = read_machine(compiled.definition, atoms)
    return Opened(compiled.definition, compiled.workflow, machine, written, whole)
