"""The scope of a parallel branch or of an iteration."""

from typing import Any

from dsl.expressions import wrap
from dsl.ir import Pass, Scope
from dsl.lower.contained import block_entry, failed_branch, undo_data
from dsl.lower.context import Here, Recovery, can_end, start_name
from dsl.lower.distribution import open_frame, outer_names
from dsl.lower.frame import Frame
from dsl.lower.recovery import Keep
from dsl.lower.sequence import lower_steps
from dsl.lower.undo import Undoing
from dsl.model import Block, ForeachStep, LoopStep, Step


def lower_block(step: Step, block: Block, here: Here, *, contained: bool) -> Scope:
    """Give a block's scope; `contained` if it takes itself back and never fails."""
    scope = block.scope or step.id
    entry = block_entry(step, block)
    if isinstance(step, LoopStep):
        given = dict(zip(block.variables, ("$states.input.item", "$states.input.index"), strict=True))
        state = step.id if isinstance(step, ForeachStep) else f"{step.id}.batch"
        frame = open_frame(step, here, state, entry, given, outer_names(step, here), scope)
    else:
        frame = Frame(entry, {}, here.frame.inner_bindings(step.id), indexes=here.frame.indexes, name=scope)
    if frame.entry == f"{step.id}.item":
        add_item(step, block, frame)
    output = _block_output(block)
    recovery: Recovery = Keep()
    undoing = None
    if contained:
        layout = here.analysis.layout
        around = layout.by_id[step.id].inside
        placed = layout.by_scopes.get((*around.scopes, scope), ())
        active = here.analysis.workflow.undoes
        recovery = undoing = Undoing(placed, len(around.conditions), f"{scope}.failed", active=active)
        conditional = frozenset(one.step.id for one in undoing.elements if one.conditional)
        output = {"ok": True, "value": output, "undo": undo_data(block, conditional) if active else {}}
    inner = Here(here.analysis, frame, recovery, None, output)
    lower_scope(block.steps, inner, f"{scope}.done")
    if undoing is not None:
        undoing.lower(inner)
        frame.states.append(failed_branch(frame))
    return frame.close()


def lower_scope(steps: tuple[Step, ...], here: Here, done: str) -> None:
    """Add the states of a whole scope, and the state `done` where its last step cannot end it."""
    if can_end(steps[-1]) and not here.recovery.contains(steps[-1]):
        lower_steps(steps, here)
        return
    lower_steps(steps, Here(here.analysis, here.frame, here.recovery, done))
    here.frame.states.append(Pass(name=done, output=here.render_output(done)))


def add_item(step: Step, block: Block, frame: Frame) -> None:
    """Add the state that names the item, for a first step whose own insides could not read it otherwise."""
    first = start_name(block.steps[0])
    comment = f"One item of {step.id}"
    frame.states.append(Pass(name=frame.entry, comment=comment, next=first, assign=frame.entry_assign(frame.entry)))


def _block_output(block: Block) -> Any:
    declared = block.output[1] if block.output is not None else None
    if declared is not None:
        return declared
    return {one.id: wrap(f"${one.id}") for one in block.steps if one.has_result}
