"""The gallery of this repository's workflows: written from the files and their headers, committed and checked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chalicelib.catalog.model import Workflow
from dsl.cases.machine import read_machine
from dsl.compile import compile_workflow
from dsl.durations import format_duration
from dsl.estimate.estimate import Estimate, estimate_workflow
from dsl.estimate.weight import View
from dsl.inline import inline_workflows
from dsl.model import WorkflowFile
from dsl.prices import AS_OF
from dsl.shape import validate
from infra.content import find_surroundings
from infra.project import Project

PICTURES = ("fleet_patch", "volume_restore", "rds_failover")
"""Whose pictures stand on the page: `interlock graph FILE --out docs/workflows/<name>.svg`."""

_LINE = re.compile(r"# (When|Runbook|Proven): (.+)")
_LINK = re.compile(r"#\s+(https://\S+)")
_DOLLARS_TO_CENTS = 100

_INTRO = """\
# Workflows

Written from `state_machines` and the headers there by `interlock build`; do not edit. Each follows a public runbook, which its header names,
with what it does otherwise. Each has cases beside it that reach every branch, catch and undo (`interlock cases --covered`), and
runs in them as in the interpreter of moto.

A gate waits until what it asks is so, with a deadline; a failure takes back what had finished, last first, ends with the
original error and tells an SNS topic. An alarm is believed rather than a command. Start one with `interlock start NAME`, the API, or a rule.
`disk_cleanup` runs [this SSM document](workflows/Interlock-DiskCleanup.yaml), unless it is told of another.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One workflow as the page shows it."""

    workflow: Workflow
    estimate: Estimate
    when: str
    runbook: str
    link: str
    proven: str


def list_entries(project: Project) -> tuple[Entry, ...]:
    """Read every workflow of the checkout, in order of name. What does not compile is left out: `check` says why."""
    files = (path for path in project.state_machines.glob("*.yaml") if ".cases." not in path.name)
    return tuple(entry for path in sorted(files) if (entry := _read_entry(project, path)) is not None)


def write_page(project: Project) -> str:
    """Give the page's text."""
    entries = list_entries(project)
    return "\n".join((_INTRO, *_list_table(entries), "", *_list_runbooks(entries), "", *_list_pictures()))


def find_stale_page(project: Project) -> tuple[Path, ...]:
    """Give the page's path if it is not up to date. A content directory has none."""
    path = project.root / "docs" / "workflows.md"
    if project.content is not None or (path.exists() and path.read_text("utf-8") == write_page(project)):
        return ()
    return (path,)


def update_page(project: Project) -> tuple[Path, ...]:
    """Write the page unless it is up to date, and give what changed."""
    stale = find_stale_page(project)
    for path in stale:
        path.write_text(write_page(project), encoding="utf-8")
    return stale


def _read_entry(project: Project, path: Path) -> Entry | None:
    text = path.read_text("utf-8")
    atoms, library = find_surroundings(project, path)
    compiled = compile_workflow(text, path.as_posix(), atoms, library)
    written = validate(compiled.source, WorkflowFile)[0] if compiled.source is not None else None
    if compiled.definition is None or compiled.workflow is None or compiled.source is None or written is None:
        return None
    whole, _ = inline_workflows(written, compiled.source, library)
    found = estimate_workflow(compiled.workflow, whole, read_machine(compiled.definition, atoms))
    head = [line for line in text.splitlines() if line.startswith("#")]
    said = {match[1]: match[2] for line in head if (match := _LINE.match(line))}
    link = next((match[1] for line in head if (match := _LINK.match(line))), "")
    return Entry(
        compiled.workflow, found, said.get("When", ""), said.get("Runbook", ""), link, said.get("Proven", "rehearsed")
    )


def _list_table(entries: tuple[Entry, ...]) -> Iterator[str]:
    yield "| workflow | use it when | locks | steps | states: best, usual | time: usual | cost: usual | proven |"
    yield "|---|---|---|---|---|---|---|---|"
    for one in entries:
        found, best, usual = one.estimate, one.estimate.weights[View.BEST], one.estimate.weights[View.EXPECTED]
        locks = "<br>".join(f"`{_shorten(touch.object)}` ({touch.intent})" for touch in one.workflow.touches)
        cents = found.dollars[View.EXPECTED] * _DOLLARS_TO_CENTS
        yield (
            f"| [{one.workflow.name}](../state_machines/{one.workflow.name}.yaml) | {one.when or one.workflow.description}"
            f" | {locks} | {found.logical_steps} | {best.transitions:,.0f}, {usual.transitions:,.0f}"
            f" | {format_duration(round(usual.seconds))} | {cents:.2f} ¢ | {one.proven} |"
        )
    yield ""
    yield f"Estimates of `interlock estimate` with list prices as of {AS_OF}: a usual run asks half of the questions of each wait, and has half"
    yield "of the items that a loop may have. Proven on the **local AWS**: started over the API with IAM enforced and read back from AWS"
    yield "(`tests/e2e`). **Rehearsed**: all cases on the rehearser and on moto, since the local AWS lacks what it needs: see"
    yield "[proven.md](proven.md)."


def _list_runbooks(entries: tuple[Entry, ...]) -> Iterator[str]:
    yield "## Runbooks"
    yield ""
    for one in entries:
        if one.link:
            yield f"- **{one.workflow.name}**: [{one.runbook}]({one.link})"


def _list_pictures() -> Iterator[str]:
    yield "## Pictures"
    for name in PICTURES:
        yield ""
        yield f"![{name}](workflows/{name}.svg)"
    yield ""


def _shorten(template: str) -> str:
    return re.sub(r"\{%\s*\$input\.(\w+)\s*%\}", r"<\1>", template)
