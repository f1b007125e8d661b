"""Rehearses the rules of a checkout, and shows how that went."""

from collections.abc import Mapping
from typing import Any

from dsl.policies.cases import is_rule_cases
from infra.build import build_project
from infra.offline.rules import Rehearsal, rehearse_rule
from infra.project import Project
from infra.sources import is_test_file


def rehearse_rules(sources: Mapping[str, str], project: Project) -> dict[str, Rehearsal]:
    """Play every file of rule cases among path -> text. Raises SourcesInvalid if the project does not compile."""
    paths = [path for path in sorted(sources) if is_test_file(path) and is_rule_cases(sources[path])]
    if not paths:
        return {}
    bundle = build_project(project).bundle
    return {path: rehearse_rule(sources[path], path, bundle) for path in paths}


def render_rehearsal(path: str, rehearsal: Rehearsal) -> list[str]:
    """Give one line for each case, what went wrong below it, and the branches that no case took."""
    lines = [path]
    for result in rehearsal.results:
        lines.append(f"  {'ok' if result.fault is None else 'FAILED'}  {result.name}")
        if result.fault is not None:
            lines += [f"      {result.fault}", *(f"      | {line}" for line in result.told)]
    lines.append(f"  branches taken: {len(rehearsal.taken)} of {rehearsal.branches}")
    if rehearsal.rungs:
        lines.append(f"  rungs climbed: {len(rehearsal.climbed)} of {rehearsal.rungs}")
    lines += [f"  no case takes branch {missed}" for missed in rehearsal.missed]
    lines += [f"  no case climbs to rung {missed}" for missed in rehearsal.missed_rungs]
    return lines


def list_rehearsal(path: str, rehearsal: Rehearsal) -> dict[str, Any]:
    """Give the same as JSON values."""
    return {
        "file": path,
        "rule": rehearsal.rule,
        "branches": rehearsal.branches,
        "missed": list(rehearsal.missed),
        "rungs": rehearsal.rungs,
        "missed_rungs": list(rehearsal.missed_rungs),
        "cases": [
            {"name": one.name, "passed": one.fault is None, "fault": one.fault, "decided": list(one.told)}
            for one in rehearsal.results
        ],
    }
