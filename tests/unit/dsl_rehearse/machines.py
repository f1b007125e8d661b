"""Short ways to write ASL in these tests."""

from collections.abc import Callable
from typing import Any

from dsl.rehearse import Answer, Call, Execution, Run, rehearse

State = dict[str, Any]


def task(following: str | None, **fields: Any) -> State:
    end = {"End": True} if following is None else {"Next": following}
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"Payload": {}}, **fields, **end}


def scope(**states: State) -> State:
    return {"StartAt": next(iter(states)), "States": states}


def run(
    asl: State, answers: Callable[[Call], Answer] | None = None, given: Any = None, timeout: int | None = None
) -> Run:
    machine = {**asl, "QueryLanguage": "JSONata", **({"TimeoutSeconds": timeout} if timeout else {})}
    return rehearse(machine, Execution({} if given is None else given), answers or (lambda call: Answer(call.state)))


def fail(*errors: str | None) -> Callable[[Call], Answer]:
    """Answer the calls one after the other, the last answer for ever; None succeeds."""
    left = list(errors)

    def answer(call: Call) -> Answer:
        error = left.pop(0) if len(left) > 1 else left[0]
        return Answer(call.state) if error is None else Answer(error=error, cause=f"{call.state} said so")

    return answer


def retry(*errors: str, **fields: Any) -> State:
    return {"ErrorEquals": list(errors), **fields}
