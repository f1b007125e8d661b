"""An `aws` step: one task with the SDK integration, which waits for its token if it hands that out."""

from chalicelib.catalog.model import Intent
from dsl.expressions import wrap
from dsl.ir import Retrier, Task
from dsl.lower.context import Effect, Here
from dsl.lower.frame import to_jsonata
from dsl.lower.guarded import guard_catchers, guard_retriers
from dsl.lower.retry import own_retriers
from dsl.model import AwsStep

RESULT = "$states.result"
_TOKEN = ".waitForTaskToken"  # noqa: S105 - part of a resource's name
_OBSERVING = Retrier(("States.TaskFailed",), 3, 2, 2.0, 30, jitter=True)
"""Looking again does no harm; what acts is only repeated if its author says so."""


def lower_aws(step: AwsStep, here: Here) -> None:
    """Add the task."""
    frame = here.frame
    is_first = frame.guarded and frame.is_entry(step.id)
    arguments = frame.render(step.with_, step.id)
    if is_first:
        arguments = wrap(frame.express(to_jsonata(step.with_), step.id, guarded=True))
    waits = step.waits_for_token
    default = (_OBSERVING,) if step.intent is Intent.OBSERVE and not waits else ()
    retriers = own_retriers(step.retry) if step.retry is not None else default
    catchers = here.recovery.catch_task(step, Effect(step.effect_timeout or 0), here)
    task = Task(
        name=step.id,
        comment=step.description,
        next=here.next,
        arguments=arguments,
        timeout_s=step.timeout,
        heartbeat_s=step.heartbeat,
        resource=f"arn:aws:states:::aws-sdk:{step.service}:{step.action}" + (_TOKEN if waits else ""),
        retriers=guard_retriers(frame, step.id, retriers),
        assign={**frame.entry_assign(step.id), step.id: wrap(RESULT)},
        output=here.render_output(step.id, {step.id: RESULT}),
        catchers=guard_catchers(step, here, catchers, asks=here.next is None),
    )
    frame.states.append(task)
