"""The lane of failure: what is taken back and in which order, or the steps of `on_failure`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dsl.graph.drawing import Edge, Group, Line, Node, Shape
from dsl.graph.words import describe_step, wrap_rows
from dsl.model import AtomStep, AwsStep, Step, WorkflowFile

if TYPE_CHECKING:
    from dsl.graph.draw import Pen

_FAILED, _NOTIFY = ":failed", ":notify"


def draw_failure(workflow: WorkflowFile, pen: "Pen", main: Group) -> None:
    """Draw what follows a failure; nothing does with `on_failure: keep` and nobody to tell."""
    undone = [one for one in _list_steps(workflow.steps) if one.undo is not None and one.undo.atom is not None]
    undone = undone if workflow.undoes else []
    if not (workflow.handler or undone or workflow.notifier):
        return
    label = "on failure: taken back, last first" if undone else "on failure"
    lane = Group("failure", label, Line.FAILURE)
    pen.drawing.root.groups.append(lane)
    if workflow.handler:
        arrives = Edge(pen.first[main.id], "", "any step fails", Line.FAILURE, main.id)
        ends = pen.draw_steps(workflow.handler, [arrives], lane)
    else:
        ends = [Edge(pen.first[main.id], "", "a step fails", Line.FAILURE, main.id)]
        for step in reversed(undone):
            pen.add(lane, _make_node(step), ends)
            ends = [Edge(f"{step.id}.undo", "", "", Line.FAILURE)]
    for told in workflow.notifier if ends else ():
        pen.add(lane, Node(_NOTIFY, Shape.UNDO, told.id, describe_step(told)), ends)
        ends = [Edge(_NOTIFY, "", "", Line.FAILURE)]
    if ends:
        pen.add(lane, Node(_FAILED, Shape.FAILED, "failed", "with the original error"), ends)


def _make_node(step: AtomStep | AwsStep) -> Node:
    atom = step.undo.atom if step.undo is not None else ""
    return Node(f"{step.id}.undo", Shape.UNDO, f"undo {step.id}", str(atom), wrap_rows("if it ran"))


def _list_steps(steps: tuple[Step, ...]) -> Iterator[AtomStep | AwsStep]:
    for step in steps:
        if isinstance(step, AtomStep | AwsStep):
            yield step
        for block in step.blocks():
            yield from _list_steps(block.steps)
