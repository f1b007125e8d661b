"""The catalog: what may be started."""

from typing import Literal

from chalicelib.api.core import Core
from chalicelib.api.problems import UnknownName
from chalicelib.api.schemas import Catalog, Entry, EntryDetail, Health, Touched
from chalicelib.catalog.model import Bundle, Workflow


def report_health(core: Core) -> Health:
    """Say that the API answers, and by which bundle."""
    return Health(bundle_version=core.bundle.version)


def list_entries(core: Core) -> Catalog:
    """List every workflow and offered atom by name."""
    workflows = core.bundle.workflows
    return Catalog(
        bundle_version=core.bundle.version, entries=[_summarize(workflows[name]) for name in sorted(workflows)]
    )


def describe_entry(core: Core, name: str) -> EntryDetail:
    """Give one entry with its schemas. Raises UnknownName."""
    workflow = core.bundle.workflows.get(name)
    if workflow is None:
        raise UnknownName(name=name)
    return EntryDetail(
        **_summarize(workflow).model_dump(),
        hash=workflow.hash,
        bundle_version=core.bundle.version,
        input_schema=dict(workflow.input_schema),
        output_schema=_find_output(workflow, core.bundle),
        touches=[Touched(object=touch.object, intent=touch.intent) for touch in workflow.touches],
        excludes=list(workflow.excludes),
        timeout_s=workflow.timeout_s,
        expected_s=workflow.expected_s,
        effect_timeout_s=workflow.effect_timeout_s,
        final_errors=list(workflow.final_errors),
        undoes=workflow.undoes,
        logical_steps=workflow.logical_steps,
        atoms=list(workflow.atoms),
    )


def _summarize(workflow: Workflow) -> Entry:
    kind: Literal["workflow", "atom"] = "atom" if workflow.offered_atom else "workflow"
    return Entry(
        name=workflow.name,
        kind=kind,
        description=workflow.description,
        intents=sorted({touch.intent for touch in workflow.touches}, key=lambda intent: intent.rank),
        objects=sorted({touch.object for touch in workflow.touches}),
    )


def _find_output(workflow: Workflow, bundle: Bundle) -> dict[str, object] | None:
    atom = bundle.atoms.get(workflow.offered_atom or "")
    return dict(atom.output_schema) if atom else None
