"""An emit step: one task that puts an event on Interlock's own bus, no function in between."""

from typing import Any

from dsl.expressions import wrap
from dsl.ir import Retrier, Task
from dsl.lower.context import Effect, Here
from dsl.lower.frame import Frame
from dsl.lower.guarded import guard_catchers, guard_retriers
from dsl.lower.retry import own_retriers
from dsl.model import EmitStep

RESOURCE = "arn:aws:states:::events:putEvents"
BUS = "${bus}"
"""Stands for the bus's name until the stack is deployed."""

SOURCE = "interlock"
"""Whose events carry their lineage: the decision reads `root_id` and `hops` from them."""

_TIMEOUT_S = 30
_RETRIER = Retrier(("States.TaskFailed",), 5, 1, 2.0, 30, jitter=True)
"""An entry that was not taken is `EventBridge.FailedEntry`; one event that comes twice changes nothing."""


def lower_emit(step: EmitStep, here: Here) -> None:
    """Add the task."""
    frame = here.frame
    retriers = own_retriers(step.retry) if step.retry is not None else (_RETRIER,)
    catchers = here.recovery.catch_task(step, Effect(), here)
    entry = {
        "EventBusName": BUS,
        "Source": SOURCE,
        "DetailType": frame.render(step.emit.type, step.id),
        "Detail": _write_detail(step, here, frame),
    }
    task = Task(
        name=step.id,
        comment=step.description,
        next=here.next,
        arguments={"Entries": [entry]},
        timeout_s=_TIMEOUT_S,
        resource=RESOURCE,
        retriers=guard_retriers(frame, step.id, retriers),
        assign=frame.entry_assign(step.id),
        output=here.render_output(step.id),
        catchers=guard_catchers(step, here, catchers, asks=False),
    )
    frame.states.append(task)


def _write_detail(step: EmitStep, here: Here, frame: Frame) -> dict[str, Any]:
    """Add whose event it is; what a handler of it starts is one hop further."""
    name = here.analysis.workflow.name

    def read(field: str) -> str:
        return wrap(frame.express(f"$dispatch.{field}", step.id))

    return {
        "object": read("object"),
        **frame.render(step.emit.detail, step.id),
        "workflow": name,
        "dispatch": wrap(frame.express("$dispatch.id", step.id, guarded=True)),
        "root_id": read("root_id"),
        "hops": wrap(frame.express("$dispatch.hops + 1", step.id)),
    }
