"""Nested workflows: every `workflow` step gets the other file's steps, under names that start with its own id."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from dsl.diagnostics import Diagnostic, suggest
from dsl.model import Step, StepBase, WorkflowFile, WorkflowStep
from dsl.model.nested import Inlined
from dsl.model.step_base import Path
from dsl.model.steps import FailStep, Failure
from dsl.model.trying import Clause, TryStep
from dsl.rename import list_names, rename_steps, rename_value
from dsl.shape import locate, validate
from dsl.source import Node, load_source

MAX_STEPS = 10_000
MAX_LEVELS = 40
"""How much is compiled in: far above that, states have longer names, and machines more bytes, than AWS takes."""

Library = Mapping[str, WorkflowFile]
"""Workflows that may be nested, by name."""


def read_library(sources: Mapping[str, str]) -> Library:
    """Read path -> text of workflow files; what has not even the shape of one is left out, and told elsewhere."""
    found: dict[str, WorkflowFile] = {}
    for path in sorted(sources):
        root, _ = load_source(sources[path], path)
        model = validate(root, WorkflowFile)[0] if root is not None else None
        if model is not None:
            found.setdefault(model.name, model)
    return found


def inline_workflows(
    workflow: WorkflowFile, root: Node, library: Library
) -> tuple[WorkflowFile, tuple[Diagnostic, ...]]:
    """Put the steps of nested workflows into a file. A workflow that is not known or nests itself is a diagnostic."""
    if not _nests(workflow):
        return workflow, ()
    count = _count_steps(workflow, library)
    if count > MAX_STEPS:
        text = f"with the workflows inside it this has {count:,} steps, and {MAX_STEPS:,} are the most"
        return workflow, (Diagnostic("E601", text, locate(root, ("name",)), "nest fewer workflows, or fewer times"),)
    inliner = _Inliner(library)
    changes: dict[str, Any] = {"steps": inliner.walk(workflow.steps, ("steps",), (workflow.name,))}
    if workflow.handler:
        changes["on_failure"] = inliner.walk(workflow.handler, ("on_failure",), (workflow.name,))
    found = tuple(Diagnostic(code, text, locate(root, path), hint) for path, code, text, hint in inliner.found)
    return workflow.model_copy(update=changes), found


def nested_workflows(workflow: WorkflowFile) -> tuple[WorkflowFile, ...]:
    """Give every workflow inside one that has been through `inline_workflows`, as it is written."""
    nested = (step.inlined for step in _list_steps(workflow) if isinstance(step, WorkflowStep))
    return tuple(one.workflow for one in nested if one is not None)


def _nests(workflow: WorkflowFile) -> bool:
    return any(isinstance(step, WorkflowStep) for step in _list_steps(workflow))


class _Inliner:
    def __init__(self, library: Library) -> None:
        self.library = library
        self.found: list[tuple[Path, str, str, str | None]] = []

    def walk(self, steps: tuple[Step, ...], path: Path, around: tuple[str, ...]) -> tuple[Step, ...]:
        """Give the steps with those inside them; `around` names the workflows that are being put in."""
        return tuple(self._visit(step, (*path, index), around) for index, step in enumerate(steps))

    def _visit(self, step: Step, path: Path, around: tuple[str, ...]) -> Step:
        if isinstance(step, WorkflowStep):
            return self._put_in(step, path, around)
        changed: Step = _map_steps(step, lambda steps, at: self.walk(steps, (*path, *at), around))
        return changed

    def _put_in(self, step: WorkflowStep, path: Path, around: tuple[str, ...]) -> Step:
        at = (*path, "workflow")
        other = self.library.get(step.workflow)
        if step.workflow in around:
            way = " > ".join((*around, step.workflow))
            self.found.append((at, "E521", f"a workflow cannot be inside itself: {way}", "use a rollout or foreach"))
            return step
        if other is None:
            known = sorted(name for name in self.library if name not in around)
            hint = suggest(step.workflow, known) or (f"known workflows: {', '.join(known)}" if known else None)
            self.found.append((at, "E311", f"there is no workflow {step.workflow!r}", hint))
            return step
        if len(around) > MAX_LEVELS:
            self.found.append((at, "E601", f"more than {MAX_LEVELS} workflows inside each other", "nest fewer"))
            return step
        steps = _add_handler(other, step.id)
        inner = self.walk(steps, (*at, "steps"), (*around, step.workflow))
        names = {name: f"{step.id}_{name}" for name in list_names(inner)}
        names["input"] = step.input_variable
        renamed = rename_steps(_set_retry(inner, other), names)
        return step.inline(Inlined(other, renamed, rename_value(other.output, names)))


def _count_steps(workflow: WorkflowFile, library: Library) -> int:
    """Count the steps with those of nested workflows, each file once; what is inside itself is told elsewhere."""
    counts: dict[str, int] = {}
    pending = [workflow]
    while pending:
        one = pending[-1]
        own = list(_list_steps(one))
        inside = [other for step in own if (other := library.get(getattr(step, "workflow", ""))) is not None]
        is_new = one.name not in counts
        counts[one.name] = len(own) + sum(counts.get(other.name, 0) for other in inside)
        following = [other for other in inside if other.name not in counts] if is_new else []
        pending = [*pending, *following] if following else pending[:-1]
    return counts[workflow.name]


def _list_steps(workflow: WorkflowFile) -> Iterator[Step]:
    pending: list[Step] = [*workflow.steps, *workflow.handler]
    while pending:
        yield (step := pending.pop())
        pending += [one for block in step.blocks() for one in block.steps]


def _add_handler(other: WorkflowFile, step: str) -> tuple[Step, ...]:
    """Write a list under `on_failure` as the `try` that it is: run the list, and fail with the error that came."""
    if not other.handler:
        return other.steps
    failure = Failure(error="{% $failure.Error %}", cause='{% "" & $failure.Cause %}')
    again = FailStep(id=f"{step}_fails", fail=failure)
    return (
        TryStep.model_validate(
            {"id": f"{step}_handled", "try": other.steps, "catch": (Clause(steps=(*other.handler, again)),)}
        ),
    )


def _set_retry(steps: tuple[Step, ...], other: WorkflowFile) -> tuple[Step, ...]:
    """Give each step the retry that its own file says is the default."""
    default = other.defaults.retry

    def visit(step: Step) -> Step:
        changed: Step = _map_steps(step, lambda inner, _: tuple(visit(one) for one in inner))
        if default is not None and changed.kind == "atom" and getattr(changed, "retry", None) is None:
            changed = changed.model_copy(update={"retry": default})
        return changed

    return tuple(visit(step) for step in steps)


def _map_steps(model: Any, change: Callable[[tuple[Step, ...], Path], tuple[Step, ...]], path: Path = ()) -> Any:
    """Give a model with every list of steps in it changed; the function sees the list's path from the model."""
    changes: dict[str, Any] = {}
    for name in model.model_fields_set:
        value, at = getattr(model, name), (*path, name.rstrip("_"))
        if isinstance(value, tuple) and value and isinstance(value[0], StepBase):
            changes[name] = change(value, at)
        elif isinstance(value, BaseModel):
            changes[name] = _map_steps(value, change, at)
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            changes[name] = tuple(_map_steps(one, change, (*at, index)) for index, one in enumerate(value))
        elif isinstance(value, dict) and any(isinstance(one, BaseModel) for one in value.values()):
            changes[name] = {key: _map_steps(one, change, (*at, key)) for key, one in value.items()}
    return model.model_copy(update=changes) if changes else model
