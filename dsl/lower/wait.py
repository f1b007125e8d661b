"""A wait: one Wait state."""

from dsl.durations import parse_duration
from dsl.expressions import unwrap, wrap
from dsl.ir import Wait
from dsl.lower.context import Here
from dsl.lower.frame import to_jsonata
from dsl.model import WaitStep


def lower_wait(step: WaitStep, here: Here) -> None:
    """Add the wait. A first one carries the guard, so even a literal becomes an expression there."""
    seconds = timestamp = None
    if isinstance(step.wait, str):
        literal = parse_duration(step.wait)
        seconds = _write(literal if literal is not None else step.wait, step.id, here)
    else:
        timestamp = _write(step.wait.timestamp, step.id, here)
    wait = Wait(
        name=step.id,
        comment=step.description,
        next=here.next,
        seconds=seconds,
        timestamp=timestamp,
        assign=here.frame.entry_assign(step.id),
        output=here.render_output(step.id),
    )
    here.frame.states.append(wait)


def _write(value: str | int, state: str, here: Here) -> str | int:
    frame = here.frame
    inner = unwrap(value) if isinstance(value, str) else None
    if inner is None and not (frame.guarded and frame.is_entry(state)):
        return value
    return wrap(frame.express((inner if inner is not None else to_jsonata(value)).strip(), state, guarded=True))
