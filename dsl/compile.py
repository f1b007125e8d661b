"""The way from a YAML text to a state machine: read, shape, check, lower, emit.

Each stage runs only if the one before found no errors, and all that a stage finds is reported together. A file whose
mistakes of shape have an obvious remedy is checked for mistakes of meaning all the same, as if they were put right.
"""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from chalicelib.catalog.model import Aftermath, Workflow
from chalicelib.identity import canonical_json, digest
from dsl.analysis import Analysis, AnyAtom, analyze
from dsl.checks import CHECKS
from dsl.diagnostics import Diagnostic, has_errors, sort_diagnostics
from dsl.dump import dump_json
from dsl.emit import emit_machine
from dsl.entry import describe_resumption, describe_workflow
from dsl.inline import Library, inline_workflows
from dsl.ir import Machine
from dsl.lower.aftermath import lower_aftermath
from dsl.lower.guard import GUARD_CATCH_TARGET, HASH_SLOT
from dsl.lower.resumption import Resuming, lower_resumption
from dsl.lower.workflow import lower_workflow
from dsl.model import WorkflowFile
from dsl.repair import repair
from dsl.shape import validate
from dsl.source import Node, load_source

MAX_STATE_NAME = 80
MAX_DEFINITION_BYTES = 1_048_576
"""What CreateStateMachine takes."""
_MOST_REPAIRS = 5
_ARN_BYTES = 120
"""What a substitution becomes at most: `${ec2_stop}` is a function's ARN once it is deployed."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """What became of a file. `definition` and `workflow` are None where there are errors."""

    name: str
    definition: dict[str, Any] | None
    workflow: Workflow | None
    diagnostics: tuple[Diagnostic, ...]
    source: Node | None
    aftermath: dict[str, Any] | None = None
    """The definition of the machine that takes back what a stopped execution had done; None if there is none."""
    resumption: dict[str, Any] | None = None
    """The definition of the machine that goes on from a failed step; None if there is none."""


def compile_workflow(text: str, file: str, atoms: Mapping[str, AnyAtom], library: Library | None = None) -> Compiled:
    """Compile one workflow. Never raises for any text; `file` is only quoted in positions.

    `library` holds the workflows that this one may have inside (`dsl.inline.read_library`).
    """
    with without_collector():
        return _compile(text, file, atoms, library or {})


@contextmanager
def without_collector() -> Iterator[None]:
    """Pause Python's garbage collector: nothing here becomes garbage before the end, and it looks ever longer for some."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _compile(text: str, file: str, atoms: Mapping[str, AnyAtom], library: Library) -> Compiled:
    root, found = load_source(text, file)
    name = _read_name(root)
    if root is None or has_errors(found):
        return Compiled(name, None, None, sort_diagnostics(found), root)
    model, shape_found = validate(root, WorkflowFile)
    found = (*found, *shape_found)
    if model is None:
        return Compiled(
            name, None, None, sort_diagnostics((*found, *_look_behind(root, shape_found, atoms, library))), root
        )
    analysis, meaning_found = _check_meaning(model, root, atoms, library)
    found = sort_diagnostics((*found, *meaning_found))
    if has_errors(found):
        return Compiled(name, None, None, found, root)
    return build_compiled(analysis, found)


def _look_behind(
    root: Node, found: tuple[Diagnostic, ...], atoms: Mapping[str, AnyAtom], library: Library
) -> Iterator[Diagnostic]:
    """Find what else is wrong with a file of the wrong shape. One mistake of a step may hide others of the same step."""
    for _ in range(_MOST_REPAIRS):
        meant = repair(root, found)
        if meant is None:
            return
        model, found = validate(meant, WorkflowFile)
        yield from found
        if model is not None:
            yield from _check_meaning(model, meant, atoms, library)[1]
            return
        root = meant


def _check_meaning(
    model: WorkflowFile, root: Node, atoms: Mapping[str, AnyAtom], library: Library
) -> tuple[Analysis, tuple[Diagnostic, ...]]:
    """Find the mistakes in a file of the right shape."""
    model, found = inline_workflows(model, root, library)
    analysis = analyze(model, root, atoms)
    return analysis, (*found, *(one for check in CHECKS for one in check(analysis)))


def dump_definition(definition: Mapping[str, Any]) -> str:
    """Write a definition as the same bytes every time, in the order of its states, for people to read and diff."""
    return dump_json(definition) + "\n"


def build_compiled(analysis: Analysis, found: tuple[Diagnostic, ...], machine: Machine | None = None) -> Compiled:
    """Give what a file without errors compiles to; `machine` replaces what it would be lowered to."""
    root, name = analysis.root, analysis.workflow.name
    lowered = machine or lower_workflow(analysis)
    emitted = emit_machine(lowered)
    definition, workflow_hash = _seal(emitted)
    workflow = describe_workflow(analysis, workflow_hash)
    aftermath = lower_aftermath(analysis) if machine is None else None
    taking_back = None
    if aftermath is not None:
        taking_back, aftermath_hash = _seal(emit_machine(aftermath.machine))
        workflow = workflow._replace(aftermath=Aftermath(aftermath_hash, aftermath.steps))
    limits = [_check_limits(one, analysis) for one in (definition, taking_back) if one is not None]
    if exceeded := [one for one in limits if one is not None]:
        return Compiled(name, None, None, sort_diagnostics((*found, exceeded[0])), root)
    resuming = lower_resumption(analysis, lowered) if machine is None else None
    going_on = None
    if resuming is not None:
        going_on, resumption_hash = join_resumption(resuming, emitted, workflow_hash)
        if _measure(going_on) > MAX_DEFINITION_BYTES:
            # What only just fits without its other beginning is retried from its first step.
            return Compiled(name, definition, workflow, found, root, taking_back)
        workflow = workflow._replace(resumption=describe_resumption(resuming, resumption_hash))
    return Compiled(name, definition, workflow, found, root, taking_back, going_on)


def join_resumption(resuming: Resuming, emitted: Mapping[str, Any], workflow_hash: str) -> tuple[dict[str, Any], str]:
    """Put the other beginning before the states of the workflow's own machine; the hash tells both from any others."""
    head = emit_machine(resuming.head)
    sealed_by = digest([workflow_hash, canonical_json(head)])
    taken = {name: emitted["States"][name] for name in resuming.taken}
    return _fill_hash({**head, "States": {**head["States"], **taken}}, sealed_by), sealed_by


def _seal(definition: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Take a definition's hash and put it where its place was kept."""
    sealed_by = digest([canonical_json(definition)])
    return _fill_hash(definition, sealed_by), sealed_by


def _check_limits(definition: Mapping[str, Any], analysis: Analysis) -> Diagnostic | None:
    """Say what CreateStateMachine would refuse."""
    span = analysis.span(("name",))
    long = next((state for state in _list_states(definition) if len(state) > MAX_STATE_NAME), None)
    if long is not None:
        message = f"the state `{long}` has {len(long)} characters, and Step Functions takes {MAX_STATE_NAME}"
        return Diagnostic("E603", message, span, "give the step, or those around it, a shorter id")
    size = _measure(definition)
    if size > MAX_DEFINITION_BYTES:
        message = f"the state machine has {size:,} bytes, and Step Functions takes {MAX_DEFINITION_BYTES:,}"
        return Diagnostic("E601", message, span, "split the workflow")
    return None


def _measure(definition: Mapping[str, Any]) -> int:
    """Give the bytes of a definition once its functions are named."""
    text = canonical_json(definition)
    return len(text.encode()) + _ARN_BYTES * text.count("${")


def _list_states(definition: Mapping[str, Any]) -> Iterator[str]:
    pending = [definition]
    while pending:
        scope = pending.pop()
        yield from scope["States"]
        for state in scope["States"].values():
            pending += state.get("Branches", ())
            if "ItemProcessor" in state:
                pending.append(state["ItemProcessor"])


def _fill_hash(definition: dict[str, Any], workflow_hash: str) -> dict[str, Any]:
    """Put the hash where its place was kept: in the first state, and where the guard's question is asked again."""
    states = definition["States"]
    asking = {name for name in states if name.rpartition(".")[2] == GUARD_CATCH_TARGET} | {definition["StartAt"]}
    filled = {name: _fill(state, workflow_hash) if name in asking else state for name, state in states.items()}
    return {**definition, "States": filled}


def _fill(value: Any, workflow_hash: str) -> Any:
    if isinstance(value, str):
        return value.replace(HASH_SLOT, workflow_hash)
    if isinstance(value, dict):
        return {key: _fill(child, workflow_hash) for key, child in value.items()}
    if isinstance(value, list):
        return [_fill(child, workflow_hash) for child in value]
    return value


def _read_name(root: Node | None) -> str:
    """Name the workflow as far as the file tells, for messages about it."""
    value = root.value.get("name") if root is not None and isinstance(root.value, dict) else None
    return value.value if value is not None and isinstance(value.value, str) else ""
