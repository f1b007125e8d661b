"""A nested workflow gets the input that it declares, and its parent holds what it needs held."""

from collections.abc import Iterator

from chalicelib.catalog.model import Touch
from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic, suggest
from dsl.durations import format_duration
from dsl.expressions import OPEN, split_template, unwrap
from dsl.model import WorkflowFile, WorkflowStep, input_schema
from dsl.model.step_base import Path
from dsl.types import Type, clash, kind_of_value, kinds_of, name_kinds


def check_nested(analysis: Analysis) -> Iterator[Diagnostic]:
    """E501, E502, E503: its input. E505: what it touches. E509: its timeout. E520: its way with failures."""
    for placed in analysis.layout.steps:
        step = placed.step
        if not isinstance(step, WorkflowStep) or step.inlined is None:
            continue
        path, other = placed.inside.path, step.inlined.workflow
        yield from _check_input(analysis, step, other, path)
        if len(path) == 0 or "workflow" not in path:
            yield from _check_touches(analysis, step, other, path)
        span = analysis.span((*path, "workflow"))
        if other.timeout > analysis.workflow.timeout:
            message = f"`{other.name}` may take {format_duration(other.timeout)}, the whole workflow {format_duration(analysis.workflow.timeout)}"
            yield Diagnostic("E509", message, span, "raise the workflow's `timeout`")
        if other.undoes and not analysis.workflow.undoes:
            message = f"`{other.name}` takes back what it did when it fails, and in here it would not"
            yield Diagnostic("E520", message, span, "write `on_failure: undo` in this file, too")


def _check_input(analysis: Analysis, step: WorkflowStep, other: WorkflowFile, path: Path) -> Iterator[Diagnostic]:
    schema = input_schema(other.input)
    for name, value in step.with_.items():
        at = (*path, "with", name)
        if name not in schema["properties"]:
            known = tuple(schema["properties"])
            hint = suggest(name, known) or (f"it takes: {', '.join(known)}" if known else "it takes none")
            yield Diagnostic("E501", f"`{other.name}` has no input `{name}`", analysis.key_span(at), hint)
        elif not (isinstance(value, str) and OPEN in value):
            expected = kinds_of(Type(schema["properties"][name]))
            actual = frozenset({kind_of_value(value)})
            if expected is not None and clash(actual, expected):
                message = f"`{name}` of `{other.name}` takes {name_kinds(expected)}, not {name_kinds(actual)}"
                yield Diagnostic("E503", message, analysis.span(at))
    for name in schema["required"]:
        if name not in step.with_:
            span = analysis.key_span((*path, "with")) if step.with_ else analysis.span((*path, "workflow"))
            yield Diagnostic("E502", f"`{other.name}` needs `{name}`", span, f"add `{name}:` to `with`")


def _check_touches(analysis: Analysis, step: WorkflowStep, other: WorkflowFile, path: Path) -> Iterator[Diagnostic]:
    """Compare object by object where the parent's input decides which; the atoms' own check knows kinds only."""
    held = {_normalize(one.object): one.intent for one in analysis.workflow.touches}
    for one in other.touches:
        wanted = _fill(one.object, step, other)
        if wanted is None:
            continue
        holding = held.get(_normalize(wanted))
        if holding is None or holding.rank < one.intent.rank:
            line = Touch(wanted, one.intent)
            message = f"`{other.name}` has to hold {wanted} to {one.intent}, and `touches` here does not"
            hint = f'add to `touches`: - {{object: "{line.object}", intent: {line.intent}}}'
            yield Diagnostic("E505", message, analysis.span((*path, "workflow")), hint)


def _normalize(template: str) -> str:
    return "".join(f"{{% {part.strip()} %}}" if is_hole else part for part, _, is_hole in split_template(template))


def _fill(template: str, step: WorkflowStep, other: WorkflowFile) -> str | None:
    """Write the other workflow's object with what it is given; None where only a run can tell."""
    filled = []
    for part, _, is_hole in split_template(template):
        if not is_hole:
            filled.append(part)
            continue
        name = part.strip().removeprefix("$input.")
        if name not in other.input:
            return None
        value = step.with_.get(name, other.input[name].default)
        inner = unwrap(value) if isinstance(value, str) else None
        if not isinstance(value, str) or (inner is not None and not inner.strip().startswith("$input.")):
            return None
        filled.append(value)
    return "".join(filled)
