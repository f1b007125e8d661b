"""An `approve` step: one task that hands its token to Interlock's approval function and waits for it to be answered."""

from typing import Any

from dsl.expressions import wrap
from dsl.ir import Catcher, Retrier, Task
from dsl.lower.context import Effect, Here
from dsl.lower.guarded import guard_catchers, guard_retriers
from dsl.model import ApproveStep
from dsl.model.approving import Answer, Approvers

RESOURCE = "arn:aws:states:::lambda:invoke.waitForTaskToken"
FUNCTION = "${approval}"
"""Stands for the function until the stack is deployed."""
REJECTED, EXPIRED = "ApprovalRejected", "ApprovalExpired"
"""What the step fails with; `chalicelib.control.approvals.approval` answers with the same names."""
ERRORS = (REJECTED, EXPIRED)

GRACE_S = 900
"""How much longer the state waits than the request lives: reconcile looks once a minute, and may be late itself."""
_RESULT = "$states.result"
_ASKING = Retrier(("Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException",
                   "Lambda.ClientExecutionTimeoutException", "Lambda.TooManyRequestsException", "StoreUnavailable", "Contended"),
                  6, 1, 2.0, 30, jitter=True)  # fmt: skip
"""Asking again asks nothing new: the request is known by its dispatch and step, whatever the attempt."""


def lower_approve(step: ApproveStep, here: Here) -> None:
    """Add the task."""
    frame, asked = here.frame, step.approve
    catchers = here.recovery.catch_task(step, Effect(), here)
    payload = ask(step.id, asked, asked.reason, here, on_expiry=asked.on_expiry, on_reject=asked.on_reject)
    task = Task(
        name=step.id,
        comment=step.description,
        next=here.next,
        arguments=payload,
        timeout_s=asked.expires + GRACE_S,
        resource=RESOURCE,
        retriers=guard_retriers(frame, step.id, (_ASKING,)),
        assign={**frame.entry_assign(step.id), step.id: wrap(_RESULT)},
        output=here.render_output(step.id, {step.id: _RESULT}),
        catchers=guard_catchers(step, here, catchers, asks=False),
    )
    frame.states.append(task)


def ask_between(
    name: str, comment: str, asked: Approvers, reason: str, here: Here, *, following: str, catcher: Catcher
) -> Task:
    """Give a task that asks whether to go on from one part of a step to the next; a no is the step's failure."""
    return Task(
        name=name,
        comment=comment,
        next=following,
        arguments=ask(name, asked, reason, here),
        timeout_s=asked.expires + GRACE_S,
        resource=RESOURCE,
        retriers=(_ASKING,),
        catchers=(catcher,),
    )


def ask(
    name: str, asked: Approvers, reason: str, here: Here, *, on_expiry: Answer = "fail", on_reject: Answer = "fail"
) -> dict[str, Any]:
    """Give a task's Arguments. `name` is its state; the loops around it tell their rounds apart."""
    frame = here.frame
    step = f'"{name}"' + "".join(f' & "-" & $string(${index})' for index in frame.indexes)
    return {
        "FunctionName": FUNCTION,
        "Payload": {
            "token": wrap("$states.context.Task.Token"),
            "dispatch": wrap(frame.express("$dispatch", name, guarded=True)),
            "step": wrap(frame.express(step, name)) if frame.indexes else name,
            "ask": {
                "from": frame.render(list(asked.from_), name),
                "need": asked.need,
                "reason": frame.render(reason, name),
                "expires_s": asked.expires,
                "on_expiry": on_expiry,
                "on_reject": on_reject,
            },
        },
    }
