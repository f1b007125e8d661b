"""A workflow file to a drawing: one node for each step, a group for each scope, and the way of failure beside it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from dsl.graph.drawing import Drawing, Edge, Group, Line, Node, Shape
from dsl.graph.undoing import draw_failure
from dsl.graph.words import describe_approval, describe_step, list_notes, shorten, wrap_rows
from dsl.model import ApproveStep, Block, FailStep, ForeachStep, Step, SwitchStep, WaitStep, WorkflowFile
from dsl.model.polling import UntilStep
from dsl.model.rollout import RolloutStep
from dsl.model.step_base import Path
from dsl.model.trying import TryStep

_TITLE_WIDTH = 90
Ends = list[Edge]
"""Edges that still lack their head."""
_OPEN = ""
START, DONE = ":start", ":done"
"""No step is called like this."""


def draw_workflow(workflow: WorkflowFile) -> Drawing:
    """Draw a workflow that compiles."""
    main = Group("steps")
    locks = [f"locks {one.object} ({one.intent})" for one in workflow.touches]
    rows = wrap_rows(workflow.description, _TITLE_WIDTH)
    drawing = Drawing(workflow.name, (*rows, *locks), Group("root"))
    drawing.root.groups.append(main)
    pen = Pen(drawing)
    given = ", ".join(workflow.input)
    drawing.root.nodes.append(Node(START, Shape.START, "start", "", wrap_rows(given)))
    ends = pen.draw_steps(workflow.steps, [Edge(START, _OPEN)], main)
    if ends:
        drawing.root.nodes.append(Node(DONE, Shape.DONE, "done", "", wrap_rows(_list_output(workflow))))
        pen.join(ends, DONE)
    draw_failure(workflow, pen, main)
    return drawing


@dataclass(slots=True)
class Pen:
    """Draws steps into a group, and knows which edges wait for what comes next."""

    drawing: Drawing
    count: int = 0
    first: dict[str, str] = field(default_factory=dict)
    """The first node of each group."""

    def join(self, ends: Ends, head: str) -> None:
        """Lead every open edge to a node."""
        self.drawing.edges += [replace(one, head=head) for one in ends]

    def add(self, group: Group, node: Node, ends: Ends) -> None:
        """Add a node, and lead every open edge to it."""
        group.nodes.append(node)
        self.first.setdefault(group.id, node.id)
        self.join(ends, node.id)

    def draw_steps(self, steps: Iterable[Step], ends: Ends, group: Group) -> Ends:
        """Draw a list of steps one after the other, and give the edges that leave it."""
        for step in steps:
            skipped: Ends = []
            if step.when is not None:
                asked = f"{step.id}?"
                self.add(group, Node(asked, Shape.CHOICE, shorten(step.when)), ends)
                ends, skipped = [Edge(asked, _OPEN, "yes")], [Edge(asked, _OPEN, "no")]
            ends = [*self._draw_step(step, ends, group), *skipped]
        return ends

    def _draw_step(self, step: Step, ends: Ends, group: Group) -> Ends:
        if isinstance(step, SwitchStep):
            return self._draw_switch(step, ends, group)
        if isinstance(step, TryStep):
            return self._draw_try(step, ends, group)
        if isinstance(step, RolloutStep):
            return self._draw_rollout(step, ends, group)
        scopes = [block for block in step.blocks() if block.scope is not None]
        if len(scopes) > 1:
            return self._draw_branches(step, scopes, ends, group)
        if step.blocks():
            return self._draw_body(step, step.blocks(), ends, group)
        return self._draw_plain(step, ends, group)

    def _draw_plain(self, step: Step, ends: Ends, group: Group) -> Ends:
        shape = Shape.WAIT if isinstance(step, WaitStep | UntilStep | ApproveStep) else Shape.STEP
        if isinstance(step, FailStep) or step.kind == "succeed":
            shape = Shape.FAILED if isinstance(step, FailStep) else Shape.DONE
        self.add(group, Node(step.id, shape, step.id, describe_step(step), list_notes(step)), ends)
        return [] if shape in {Shape.FAILED, Shape.DONE} else [Edge(step.id, _OPEN)]

    def _draw_switch(self, step: SwitchStep, ends: Ends, group: Group) -> Ends:
        self.add(group, Node(step.id, Shape.CHOICE, step.id, "", wrap_rows(step.description)), ends)
        left: Ends = []
        for case in step.switch:
            left += self.draw_steps(case.steps, [Edge(step.id, _OPEN, shorten(case.when))], group)
        return [*left, *self.draw_steps(step.default, [Edge(step.id, _OPEN, "else")], group)]

    def _draw_branches(self, step: Step, blocks: list[Block], ends: Ends, group: Group) -> Ends:
        inner = self._open_group(step, "all at once", group)
        fork, joined = f"{step.id}.fork", f"{step.id}.join"
        self.add(inner, Node(fork, Shape.FORK, ""), ends)
        left: Ends = []
        for block in blocks:
            left += self.draw_steps(block.steps, [Edge(fork, _OPEN, _name_branch(block.path))], inner)
        self.add(inner, Node(joined, Shape.FORK, ""), left)
        return [Edge(joined, _OPEN)]

    def _draw_body(self, step: Step, blocks: tuple[Block, ...], ends: Ends, group: Group) -> Ends:
        inner = self._open_group(step, _describe_loop(step), group)
        for block in blocks:
            ends = self.draw_steps(block.steps, ends, inner)
        return ends

    def _draw_rollout(self, step: RolloutStep, ends: Ends, group: Group) -> Ends:
        inner = self._open_group(step, _describe_rollout(step), group)
        ends = self.draw_steps(step.rollout.steps, ends, inner)
        gate = f"{step.id}.gate"
        ends = self.draw_steps(step.rollout.gate, ends, group)
        self.add(group, Node(gate, Shape.CHOICE, "all batches\ndone?"), ends)
        again = self.first[inner.id]
        pause = step.rollout.approval
        if pause is not None:
            asked = f"{step.id}.approve"
            waits = "next batch" if pause.after == "every" else "after the first"
            group.nodes.append(Node(asked, Shape.WAIT, asked, describe_approval(pause)))
            self.drawing.edges += [Edge(gate, asked, waits), Edge(asked, again, "approved")]
            if pause.after == "every":
                return [Edge(gate, _OPEN, "yes")]
        self.drawing.edges.append(Edge(gate, again, "next batch"))
        return [Edge(gate, _OPEN, "yes")]

    def _draw_try(self, step: TryStep, ends: Ends, group: Group) -> Ends:
        inner = self._open_group(step, "", group)
        ends = self.draw_steps(step.try_, ends, inner)
        for clause in step.catch:
            named = shorten(", ".join(clause.errors)) if clause.errors else "any error"
            caught = Edge(self.first[inner.id], _OPEN, f"fails: {named}", Line.FAILURE, inner.id)
            ends = [*ends, *self.draw_steps(clause.steps, [caught], group)]
        return self.draw_steps(step.finally_, ends, group)

    def _open_group(self, step: Step, about: str, around: Group) -> Group:
        self.count += 1
        described = f" ({step.description})" if step.description else ""
        inner = Group(f"g{self.count}", f"{step.id}: {about or step.kind}{described}")
        around.groups.append(inner)
        return inner


def _name_branch(path: Path) -> str:
    return str(path[1]) if len(path) > 1 else ""


def _describe_loop(step: Step) -> str:
    if not isinstance(step, ForeachStep):
        return step.kind
    loop = step.foreach
    at_once = f", {loop.max_concurrency} at once" if loop.max_concurrency < loop.max_items else ", all at once"
    return f"for each {loop.as_} of {shorten(loop.items)} (at most {loop.max_items}{at_once})"


def _describe_rollout(step: RolloutStep) -> str:
    sizes = (f"{one.percent} %" if one.percent is not None else str(one.count) for one in step.rollout.batches)
    return (
        f"each {step.rollout.as_} of {shorten(step.rollout.items)}, in batches up to {', '.join(sizes)}, then the rest"
    )


def _list_output(workflow: WorkflowFile) -> str:
    return ", ".join(workflow.output) if isinstance(workflow.output, dict) else ""
