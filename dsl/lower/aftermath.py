"""The machine that takes back what an execution had done when it was stopped or ran out of time.

Nothing of an execution runs after that, so control starts this machine in its stead. It is given a list of actions,
latest first: for each undoable step that finished, or may have, its id and the variables that its undo reads, both from
the execution's history. One state asks which is next, and one task for each step takes it back.
"""

import json
from dataclasses import dataclass
from typing import Any

from chalicelib.catalog.model import UndoStep
from dsl.analysis import Analysis
from dsl.expressions import Expression, parse_expression, unwrap, wrap
from dsl.ir import Choice, Fail, Machine, Pass, Rule, State, Succeed
from dsl.lower.contained import flatten
from dsl.lower.context import Here
from dsl.lower.frame import Frame
from dsl.lower.guard import guard
from dsl.lower.recovery import Keep
from dsl.lower.undo_task import add_undo_task, get_undo
from dsl.lower.workflow import write_constants
from dsl.model import LoopStep, Step
from dsl.places import Section

UNDO_FAILED = "UndoFailed"
"""The error name of an aftermath in which an undo failed: the others were done all the same."""

_BEGIN, _NEXT, _DONE, _UNDONE, _FAILED = "begin", "next", "done", "undone", "failed"
_AT, _ACTIONS = "undoAt", "undoActions"
"""Ids have no capitals, so no author's name is hidden by these."""
_VARIABLES = f"${_ACTIONS}[${_AT}].variables"
_INPUT = "$states.context.Execution.Input"


@dataclass(frozen=True, slots=True)
class Aftermath:
    """The machine, and what control has to find in a history for it."""

    machine: Machine
    steps: tuple[UndoStep, ...]


def lower_aftermath(analysis: Analysis) -> Aftermath | None:
    """Lower it for a file without errors; None if an abort of the workflow leaves nothing to take back."""
    workflow = analysis.workflow
    steps = [
        placed.step
        for placed in analysis.layout.steps
        if workflow.undoes and placed.inside.section is Section.MAIN and get_undo(placed.step) is not None
    ]
    if not steps:
        return None
    bindings = {name: f"{_VARIABLES}.{name}" for step in steps for name in read_names(step)}
    bindings = {**bindings, "dispatch": f"{_INPUT}.dispatch"}
    if workflow.constants:
        bindings["constants"] = write_constants(workflow.constants)
    frame = Frame(_BEGIN, {}, bindings, indexes=(_AT,))
    frame.states += [_begin(), _next(steps)]
    here = Here(analysis, frame, Keep(), _NEXT)
    for step in steps:
        undo = get_undo(step)
        if undo is not None:
            add_undo_task(f"{step.id}.undo", undo, undo.with_, here, _NEXT, counts=_AT)
    frame.states += _ends(frame)
    comment = f"Takes back what {workflow.name} had done when it was stopped"
    machine = Machine(comment, workflow.timeout, frame.close())
    return Aftermath(machine, tuple(UndoStep(step.id, read_names(step), _read_items(step, analysis)) for step in steps))


def _read_items(step: Step, analysis: Analysis) -> dict[str, str]:
    """Give the variables of the innermost loop around a step, by what `distribution.select_item` calls them."""
    found: dict[str, str] = {}
    for placed in analysis.layout.steps:
        if isinstance(placed.step, LoopStep) and step in flatten(placed.step.blocks()[0].steps):
            found = dict(zip(placed.step.blocks()[0].variables, ("item", "index"), strict=True))
    return found


def read_names(step: Step) -> tuple[str, ...]:
    """Name the variables that a step's undo reads, but for those that every aftermath knows."""
    undo = get_undo(step)
    texts = [unwrap(text) for text in _strings(undo.with_)] if undo is not None else []
    parsed = [parse_expression(text) for text in texts if text is not None]
    found = {name for one in parsed if isinstance(one, Expression) for name in one.names}
    return tuple(sorted(found - {"dispatch", "constants", "states"}))


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [text for one in inner for text in _strings(one)]


def _begin() -> State:
    actions = wrap(guard(f"[{_INPUT}.actions]", suffix="-undo"))
    assign = {_ACTIONS: actions, _AT: 0, "undoFailures": []}
    return Pass(name=_BEGIN, comment="What is to be taken back, latest first", next=_NEXT, assign=assign)


def _next(steps: list[Step]) -> State:
    rules = tuple(Rule(wrap(f"${_ACTIONS}[${_AT}].step = {json.dumps(step.id)}"), f"{step.id}.undo") for step in steps)
    return Choice(name=_NEXT, comment="Which step is to be taken back next", rules=rules, next=_DONE)


def _ends(frame: Frame) -> list[State]:
    failures = f"${frame.undo_failures}"
    cause = wrap(f'"the undo of " & $join({failures}.step, ", ") & " failed: " & $join({failures}.error, ", ")')
    good = Rule(wrap(f"$count({failures}) = 0"), _UNDONE)
    return [
        Choice(name=_DONE, comment="Whether all of it went well", rules=(good,), next=_FAILED),
        Succeed(name=_UNDONE, comment="Everything is taken back", output={"undone": wrap(f"[${_ACTIONS}.step]")}),
        Fail(name=_FAILED, comment="Something could not be taken back", error=UNDO_FAILED, cause=cause),
    ]
