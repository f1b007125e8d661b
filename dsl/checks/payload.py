"""What a state is given, gives and assigns fits into 256 KiB."""

from collections.abc import Iterator
from typing import Any

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic, Span
from dsl.lower.contained import holds_undo, undoable
from dsl.lower.undo_task import get_undo
from dsl.model import Block, ForeachStep, LoopStep, ParallelStep, Step, input_schema
from dsl.model.steps import MAX_ITEMS
from dsl.payload import ASSUMED_TEXT, MAX_PAYLOAD, Size, size_of_type, size_of_value
from dsl.places import Placed
from dsl.types import Type

_CONTAINED = Size(60, 60)
"""`{"ok": …, "value": …, "error": …, "undo": {…}}` around what an iteration or branch gives."""


def check_payload(analysis: Analysis) -> Iterator[Diagnostic]:
    """E604: surely too large. W605: too large if texts are as long as is assumed."""
    given = analysis.workflow.input
    if given:
        size = size_of_type(Type(input_schema(given)))
        yield from compare_size(
            size, "the input", analysis.key_span(("input",)), "give its texts a `max_length`, or lower `max_items`"
        )
    told: set[str] = set()
    for placed in reversed(analysis.layout.steps):
        found = list(_check_step(analysis, placed))
        if any(one.id in told for block in placed.step.blocks() for one in block.steps):
            told.add(placed.step.id)
            continue
        if found:
            told.add(placed.step.id)
        yield from found
    yield from _check_value(analysis, "the output", analysis.workflow.output, ("output",))


def _check_step(analysis: Analysis, placed: Placed) -> Iterator[Diagnostic]:
    step, path = placed.step, placed.inside.path
    if isinstance(step, LoopStep):
        count = step.loop.max_items
        if count > MAX_ITEMS:
            return
        size = _size_block(analysis, step, step.blocks()[0]) * count
        span = analysis.span((*path, step.kind, "max_items"))
        hint = "let an item give less by `output`, or lower `max_items`"
        yield from compare_size(size, f"the results of {count:,} items", span, hint)
    elif isinstance(step, ParallelStep):
        size = sum((_size_block(analysis, step, block) for block in step.blocks()), Size(2, 2))
        span = analysis.key_span((*path, step.kind))
        yield from compare_size(size, "the results of the branches", span, "let a branch give less by `output`")
    else:
        for text in step.texts():
            if not text.bare:
                yield from _check_value(analysis, f"`{text.path[-1]}`", text.value, (*path, *text.path))


def _check_value(analysis: Analysis, what: str, value: Any, path: tuple[str | int, ...]) -> Iterator[Diagnostic]:
    if value is not None:
        size = size_of_value(value, analysis.types.get)
        yield from compare_size(size, what, analysis.span(path), "keep large data in S3 and pass its place")


def _size_block(analysis: Analysis, step: Step, block: Block) -> Size:
    """Estimate what one branch or iteration gives."""
    declared = block.output[1] if block.output is not None else None
    if declared is not None:
        size = size_of_value(declared, analysis.types.get)
    else:
        named = ((one.id, analysis.types.get(one.id)) for one in block.steps if one.has_result)
        size = sum((size_of_type(kind) + Size(len(name) + 4, len(name) + 4) for name, kind in named), Size(2, 2))
    undoes = analysis.workflow.undoes and holds_undo(step)
    if not undoes and not (isinstance(step, LoopStep) and not isinstance(step, ForeachStep)):
        return size + Size(1, 1)
    kept = (undo.with_ for one in undoable(block) if (undo := get_undo(one)) is not None) if undoes else ()
    return sum((size_of_value(one, analysis.types.get) for one in kept), size + _CONTAINED)


def compare_size(size: Size, what: str, span: Span, hint: str) -> Iterator[Diagnostic]:
    """Tell a value that is larger than Step Functions takes, surely (E604) or likely (W605)."""
    if size.least > MAX_PAYLOAD:
        message = f"{what} would have {size.least:,} bytes at least, and Step Functions takes {MAX_PAYLOAD:,}"
        yield Diagnostic("E604", message, span, hint)
    elif size.likely > MAX_PAYLOAD:
        message = (
            f"{what} would have about {size.likely:,} bytes, each open text taken for {ASSUMED_TEXT} characters,"
            f" and Step Functions takes {MAX_PAYLOAD:,}"
        )
        yield Diagnostic("W605", message, span, hint)
