"""The lane of failure: what is taken back and in which order, or the steps of `on_failure`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dsl.graph.drawing import Edge, Group, Line, Node, Shape
from dsl.graph.words import wrap_rows
from dsl.model import AtomStep, Step, WorkflowFile

if TYPE_CHECKING:
    from dsl.graph.draw import Pen

_FAILED = ":failed"


def draw_failure(workflow: WorkflowFile, pen: "Pen", main: Group) -> None:
    """Draw what follows a failure; nothing does with `on_failure: keep`."""
    undone = [one for one in _list_steps(workflow.steps) if one.undo is not None and one.undo.atom is not None]
    if not (workflow.handler or (workflow.undoes and undone)):
        return
    label = "on failure" if workflow.handler else "on failure: taken back, last first"
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
    if ends:
        pen.add(lane, Node(_FAILED, Shape.FAILED, "failed", "with the original error"), ends)


def _make_node(step: AtomStep) -> Node:
    atom = step.undo.atom if step.undo is not None else ""
    return Node(f"{step.id}.undo", Shape.UNDO, f"undo {step.id}", str(atom), wrap_rows("if it ran"))


def _list_steps(steps: tuple[Step, ...]) -> Iterator[AtomStep]:
    for step in steps:
        if isinstance(step, AtomStep):
            yield step
        for block in step.blocks():
            yield from _list_steps(block.steps)
