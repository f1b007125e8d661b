"""Steps that only give values: `set` is a Pass, `succeed` a Succeed."""

from typing import Any

from dsl.expressions import wrap
from dsl.ir import Pass, Succeed
from dsl.lower.context import Here
from dsl.lower.frame import to_jsonata
from dsl.model import SetStep, SucceedStep


def lower_set(step: SetStep, here: Here) -> None:
    """Add the state that assigns the values."""
    frame = here.frame
    state = Pass(
        name=step.id,
        comment=step.description,
        next=here.next,
        assign={**frame.entry_assign(step.id), step.id: write_guarded(step.set, step.id, here)},
        output=here.render_output(step.id, {step.id: frame.express(to_jsonata(step.set), step.id)}),
    )
    frame.states.append(state)


def lower_succeed(step: SucceedStep, here: Here) -> None:
    """Add the state that ends the machine."""
    output = write_guarded(step.succeed, step.id, here)
    here.frame.states.append(Succeed(name=step.id, comment=step.description, output=output))


def write_guarded(value: Any, state: str, here: Here) -> Any:
    """Write a value for a state; the machine's first state asks first whether it is meant to run."""
    frame = here.frame
    if frame.guarded and frame.is_entry(state):
        return wrap(frame.express(to_jsonata(value), state, guarded=True))
    return frame.render(value, state)
