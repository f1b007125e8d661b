"""A fail step: a Fail state, or where something has to be done first, a Pass that leads there."""

from dsl.expressions import unwrap, wrap
from dsl.ir import Fail, Pass
from dsl.lower.context import Here
from dsl.lower.frame import to_jsonata
from dsl.model import FailStep


def lower_fail(step: FailStep, here: Here) -> None:
    """Add the state."""
    target = here.recovery.target_of_fail(step)
    if target is None:
        error, cause = (
            _write(text, step.id, here, guarded=not index)
            for index, text in enumerate((step.fail.error, step.fail.cause))
        )
        here.frame.states.append(Fail(name=step.id, comment=step.description, error=error, cause=cause))
        return
    failure = here.frame.render({"Error": step.fail.error, "Cause": step.fail.cause}, step.id)
    if here.frame.guarded and here.frame.is_entry(step.id):
        failure["Error"] = _write(step.fail.error, step.id, here, guarded=True)
    assign = {
        **here.frame.entry_assign(step.id),
        **here.recovery.assign_on_failure(step, here),
        here.recovery.failure(here): failure,
    }
    here.frame.states.append(Pass(name=step.id, comment=step.description, next=target, assign=assign))


def _write(value: str, state: str, here: Here, *, guarded: bool) -> str:
    frame = here.frame
    inner = unwrap(value)
    if inner is None and not (guarded and frame.guarded and frame.is_entry(state)):
        return value
    return wrap(frame.express((inner if inner is not None else to_jsonata(value)).strip(), state, guarded=guarded))
