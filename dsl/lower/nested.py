"""A nested workflow: its input in a Pass that is called like the step, its steps, its output in `<id>.output`."""

from dataclasses import replace

from dsl.ir import Assign, Pass
from dsl.lower.context import Here, entry_name
from dsl.lower.sequence import lower_steps
from dsl.lower.values import write_guarded
from dsl.model import WorkflowStep, input_schema


def lower_nested(step: WorkflowStep, here: Here) -> None:
    """Add all of its states."""
    inlined = step.inlined
    if inlined is None:
        message = "a nested workflow is put in before anything is lowered"
        raise AssertionError(message)
    frame = here.frame
    schema = input_schema(inlined.workflow.input)["properties"]
    defaults = {name: one["default"] for name, one in schema.items() if "default" in one}
    given = write_guarded({**defaults, **step.with_}, step.id, here)
    nothing: Assign = {} if inlined.output is not None else {step.id: {}}
    comment = step.description or inlined.workflow.description
    assign = {**frame.entry_assign(step.id), step.input_variable: given, **nothing}
    frame.states.append(Pass(name=step.id, comment=comment, next=entry_name(inlined.steps[0]), assign=assign))
    if inlined.output is None:
        lower_steps(inlined.steps, replace(here, next=here.continuation, output=None))
        return
    name = f"{step.id}.output"
    lower_steps(inlined.steps, replace(here, next=name, output=None))
    value = frame.render(inlined.output, name)
    comment = f"What {inlined.workflow.name} gives"
    frame.states.append(Pass(name=name, comment=comment, next=here.continuation, assign={step.id: value}))
