"""The product's rehearser with functions of Python behind its tasks, as these tests write them.

Time does not pass. What AWS fails on, this fails on: an undefined result, a condition that is not a boolean, an inner
scope that assigns an outer scope's variable.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dsl.rehearse import Answer, Call, Execution, rehearse

Functions = Callable[[str, dict[str, Any]], Any]
"""What a Lambda function does: its name and payload to a result. Raises Raised."""

QUERY = "States.QueryEvaluationError"


class Raised(Exception):
    """A function failed with an error that may be retried or caught."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(error, cause)
        self.error, self.cause = error, cause


@dataclass
class Run:
    """What happened."""

    status: str = "RUNNING"
    output: Any = None
    error: str | None = None
    cause: str | None = None
    entered: list[str] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Every invocation: the payload's step and its input."""
    variables: dict[str, Any] = field(default_factory=dict)


def make_input(definition: dict[str, Any], given: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Give the execution input that control would start this machine with."""
    text = str(definition)
    at = text.index('Input.workflow_hash = "') + len('Input.workflow_hash = "')
    dispatch = {
        "id": "d-1",
        "fence": 7,
        "object": "a/r/host/i-1",
        "tier": "P1",
        "root_id": "e",
        "hops": 0,
        "fences": {},
    }
    base = {"input": given, "dispatch": dispatch, "workflow_hash": text[at : at + 20], "retired": False}
    return {**base, **changes}


def run_machine(
    definition: dict[str, Any], execution_input: dict[str, Any], functions: Functions, name: str = "d-1"
) -> Run:
    """Run an execution to its end."""

    def answer(call: Call) -> Answer:
        try:
            return Answer(functions(str(call.target), call.payload))
        except Raised as problem:
            return Answer(error=problem.error, cause=problem.cause)

    found = rehearse(definition, Execution(execution_input, name), answer)
    calls = [(call.step, call.input) for call in found.calls]
    variables = dict(found.variables)
    return Run(found.status, found.output, found.error, found.cause, found.path, calls, variables)
