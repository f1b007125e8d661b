"""The variables of an execution fit into 10 MiB, and those that one state assigns into 256 KiB.

Source: docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html, Limits.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dsl.analysis import Analysis
from dsl.checks.payload import compare_size
from dsl.diagnostics import Diagnostic, Span
from dsl.history import is_distributed
from dsl.lower.distribution import list_outer_names
from dsl.model import LoopStep, Step, TryStep, WorkflowStep
from dsl.model.step_base import Block
from dsl.names import Origin
from dsl.payload import MAX_PAYLOAD, Size, size_of_type

MAX_VARIABLES = 10 * 1_048_576
"""Bytes of all variables that an execution holds at once."""
_NOTHING = Size(0, 0)


@dataclass(frozen=True, slots=True)
class _Held:
    """What a scope holds: `own` to its end, `inside` at most while one of its containers runs."""

    own: Size = _NOTHING
    inside: Size = _NOTHING

    @property
    def most(self) -> Size:
        """Both."""
        return self.own + self.inside


def check_variables(analysis: Analysis) -> Iterator[Diagnostic]:
    """E606, W607: all variables of an execution. E604, W605: those that its first state, or a child's, assigns."""
    workflow = analysis.workflow
    given = (Origin.INPUT, Origin.DISPATCH)
    held = _hold(analysis, (*workflow.steps, *workflow.handler)).most + _size_all(analysis, given)
    yield from _compare_all(held, "an execution", analysis.span(("name",)))
    first = _find_first(workflow.steps[0])
    if first is not None:
        path = analysis.layout.by_id[first.id].inside.path
        what = f"the input, the dispatch and the result of `{first.id}`, which one state assigns,"
        hint = "begin with a step that gives less, for example a `set`"
        yield from _compare_together(analysis, (*given, first.id), what, analysis.key_span((*path, "id")), hint)
    for placed in analysis.layout.steps:
        step = placed.step
        if isinstance(step, LoopStep) and is_distributed(step, workflow.defaults.retry):
            yield from _check_children(analysis, step, analysis.key_span((*placed.inside.path, step.kind)))


def _check_children(analysis: Analysis, step: LoopStep, span: Span) -> Iterator[Diagnostic]:
    outer = dict.fromkeys((Origin.DISPATCH, *list_outer_names(step, analysis)))
    given = (step.loop.as_, *outer)
    hint = "read less from outside, for example a field that a `set` before it holds"
    yield from _compare_together(analysis, given, f"what each item of `{step.id}` is given from outside", span, hint)
    held = _hold(analysis, step.loop.steps).most + _size_all(analysis, given)
    yield from _compare_all(held, f"the child execution of an item of `{step.id}`", span)


def _compare_together(
    analysis: Analysis, names: tuple[str, ...], what: str, span: Span, hint: str
) -> Iterator[Diagnostic]:
    """Compare what fits one by one; what does not is told of where it comes from."""
    sizes = [size_of_type(analysis.types.get(name)) for name in names]
    if all(one.likely <= MAX_PAYLOAD for one in sizes):
        yield from compare_size(sum(sizes, _NOTHING), what, span, hint)


def _find_first(step: Step) -> Step | None:
    """Give the step whose result the machine's first state assigns; a guard is a state of its own."""
    while isinstance(step, TryStep) and step.when is None:
        step = step.try_[0]
    return step if step.when is None and step.has_result else None


def _hold(analysis: Analysis, steps: Iterable[Step]) -> _Held:
    """Sum up the results of steps: containers that follow each other never hold theirs at once."""
    own = inside = _NOTHING
    for step in steps:
        names = (step.id,) if step.has_result else ()
        names = (*names, step.input_variable) if isinstance(step, WorkflowStep) else names
        own += _size_all(analysis, names)
        at_once = _NOTHING
        for block in step.blocks():
            held = _hold_block(analysis, step, block)
            if block.scope is None:
                own, inside = own + held.own, _larger(inside, held.inside)
            else:
                at_once += held.most
        inside = _larger(inside, at_once)
    return _Held(own, inside)


def _hold_block(analysis: Analysis, step: Step, block: Block) -> _Held:
    held = _hold(analysis, block.steps)
    if not isinstance(step, LoopStep) or block.scope is None:
        return held
    if is_distributed(step, analysis.workflow.defaults.retry):
        return _Held()
    return _Held((held.most + _size_all(analysis, block.variables)) * step.loop.max_items)


def _size_all(analysis: Analysis, names: Iterable[str]) -> Size:
    """Estimate variables; one that is too large by itself is told of as such."""
    sizes = (size_of_type(analysis.types.get(name)) for name in names)
    return sum((Size(min(one.least, MAX_PAYLOAD), min(one.likely, MAX_PAYLOAD)) for one in sizes), _NOTHING)


def _larger(one: Size, other: Size) -> Size:
    return Size(max(one.least, other.least), max(one.likely, other.likely))


def _compare_all(size: Size, of: str, span: Span) -> Iterator[Diagnostic]:
    is_sure = size.least > MAX_VARIABLES
    if is_sure or size.likely > MAX_VARIABLES:
        bytes_, words = (size.least, "at least") if is_sure else (size.likely, "about")
        message = (
            f"the variables of {of} would have {words} {bytes_:,} bytes, and Step Functions takes {MAX_VARIABLES:,}"
        )
        hint = "let loops give less by `output`, make the largest one distributed, or split the workflow"
        yield Diagnostic("E606" if is_sure else "W607", message, span, hint)
