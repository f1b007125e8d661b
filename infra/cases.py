"""Finds the cases files of a checkout and the workflows beside them."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from chalicelib.atoms.registry import AnyAtom, get_atoms
from dsl.cases.suite import Suite, load_suite, name_subject
from dsl.diagnostics import Diagnostic
from dsl.policies.cases import is_rule_cases, read_cases
from infra.project import Project
from infra.sources import find_file, is_test_file, read_text

_CAN_HAVE = re.compile(r"^kind:[ \t]*(workflow|rule)\b", re.MULTILINE)


def load_suites(
    sources: Mapping[str, str], atoms: Mapping[str, AnyAtom] | None = None
) -> tuple[tuple[Suite, ...], tuple[Diagnostic, ...]]:
    """Read every cases file among path -> text; those with mistakes are left out and have diagnostics."""
    atoms = get_atoms() if atoms is None else atoms
    suites: list[Suite] = []
    found: list[Diagnostic] = []
    for path in sorted(filter(is_test_file, sources)):
        if is_rule_cases(sources[path]):
            found += read_cases(sources[path], path)[1]
            continue
        suite, diagnostics = load_suite(path, sources, atoms)
        found += diagnostics
        suites += [suite] if suite is not None else []
    return tuple(suites), tuple(found)


def complete_sources(project: Project, chosen: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Give the files chosen with what lies beside each: its workflow, or its cases. Also workflows and rules without any."""
    sources = dict(chosen)
    bare = []
    for path in chosen:
        subject = name_subject(path)
        beside = subject if subject is not None else _find_cases(project, path)
        if beside is not None and find_file(project, beside).is_file():
            sources.setdefault(beside, read_text(find_file(project, beside)))
        elif subject is None and _CAN_HAVE.search(sources[path]) and not _has_cases(path, sources):
            bare.append(path)
    return sources, tuple(bare)


def find_broken(sources: Mapping[str, str], suites: Sequence[Suite], found: Sequence[Diagnostic]) -> tuple[str, ...]:
    """Name the workflows that keep their cases from being run: those cases have no mistakes of their own."""
    accounted = {suite.path for suite in suites} | {one.span.file for one in found}
    left = (path for path in filter(is_test_file, sources) if path not in accounted)
    return tuple(name_subject(path) or path for path in left if not is_rule_cases(sources[path]))


def _find_cases(project: Project, path: str) -> str | None:
    beside = (Path(path).with_suffix(f".cases{suffix}").as_posix() for suffix in (".yaml", ".yml"))
    return next((one for one in beside if find_file(project, one).is_file()), None)


def _has_cases(path: str, sources: Mapping[str, str]) -> bool:
    return any(name_subject(one) == path for one in sources)
