"""A cases file with the workflow it is about: read, checked, ready to be run."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.catalog.model import Workflow
from dsl.analysis import AnyAtom
from dsl.cases.check import check_suite
from dsl.cases.machine import Machine, read_machine
from dsl.cases.model import CasesFile
from dsl.compile import compile_workflow
from dsl.diagnostics import Diagnostic, Span, has_errors, sort_diagnostics
from dsl.inline import read_library
from dsl.shape import validate
from dsl.source import Node, load_source

_NAME = re.compile(r"(.*)\.cases(\.ya?ml)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Suite:
    """What can be run."""

    path: str
    root: Node
    file: CasesFile
    workflow: Workflow
    machine: Machine


def name_subject(path: str) -> str | None:
    """Give the path of the workflow that a cases file is about, None for another file."""
    match = _NAME.match(path)
    return match[1] + match[2] if match else None


def load_suite(
    path: str, sources: Mapping[str, str], atoms: Mapping[str, AnyAtom]
) -> tuple[Suite | None, tuple[Diagnostic, ...]]:
    """Read the cases file at `path`; its workflow is looked up in `sources`. Never raises for a user's text.

    A workflow that does not compile has diagnostics of its own, and its cases get none beyond their shape.
    """
    root, found = load_source(sources[path], path)
    if root is None:
        return None, found
    file, shape = validate(root, CasesFile)
    found = (*found, *shape)
    subject = name_subject(path) or path
    if subject not in sources:
        here = Span(path, 1, 1, 1, 1)
        missing = Diagnostic("E951", "there is no workflow beside these cases", here, f"write {subject}")
        return None, sort_diagnostics((*found, missing))
    library = read_library({one: text for one, text in sources.items() if name_subject(one) is None})
    compiled = compile_workflow(sources[subject], subject, atoms, library)
    if file is None or has_errors(found) or compiled.definition is None or compiled.workflow is None:
        return None, found
    machine = read_machine(compiled.definition, atoms)
    found = sort_diagnostics((*found, *check_suite(root, file, compiled.workflow, machine)))
    return (None if has_errors(found) else Suite(path, root, file, compiled.workflow, machine)), found
