"""Runs that fail and go on from there, as control has them, over the history that an execution leaves."""

from collections.abc import Callable
from typing import Any, NamedTuple

from chalicelib.control.model import HistoryEvent
from chalicelib.control.resumption import add_resume, find_resume
from chalicelib.decision.model import Resume
from dsl.compile import Compiled
from dsl.rehearse import Answer, Call, Execution, Run, rehearse
from tests.unit.dsl.machine import Raised, make_input

Functions = Callable[[str, dict[str, Any]], Any]


class Ended(NamedTuple):
    """How an execution went: its status as Step Functions has it, and what control reads of its history."""

    status: str
    output: Any
    history: tuple[HistoryEvent, ...]


Player = Callable[[dict[str, Any], Execution, Callable[[Call], Answer]], Ended]


def answer_by(functions: Functions) -> Callable[[Call], Answer]:
    """Have functions of Python answer the calls."""

    def answer(call: Call) -> Answer:
        try:
            return Answer(functions(str(call.target), call.payload))
        except Raised as problem:
            return Answer(error=problem.error, cause=problem.cause)

    return answer


def play_here(definition: dict[str, Any], execution: Execution, answers: Callable[[Call], Answer]) -> Ended:
    """Run an execution on the rehearser."""
    run = rehearse(definition, execution, answers)
    return Ended(str(run.status), run.output, tell_history(run))


def tell_history(run: Run) -> tuple[HistoryEvent, ...]:
    """Give the states that were entered outside branches, and before them all that was assigned."""
    names = [one.state for one in run.entered if not one.where]
    assigned = HistoryEvent(1, 0, "exited", "", dict(run.variables))
    return (assigned, *(HistoryEvent(at, at - 1, "entered", name) for at, name in enumerate(names, 2)))


def find_way_on(compiled: Compiled, given: dict[str, Any], history: tuple[HistoryEvent, ...]) -> Resume | str:
    """Say where control would go on, after an execution with this input."""
    assert compiled.workflow is not None
    row = {"id": "d-1", "workflow_hash": compiled.workflow.hash, "execution_input": given}
    return find_resume(row, compiled.workflow, history)


def run_on(
    compiled: Compiled, given: dict[str, Any], functions: Functions, player: Player = play_here
) -> list[tuple[str, Ended]]:
    """Run a workflow, and go on from each failed step until it succeeds; give where each run began, and its end."""
    assert compiled.definition is not None
    assert compiled.workflow is not None
    answers = answer_by(functions)
    first = make_input(compiled.definition, given)
    execution_input = first
    runs = [("", player(compiled.definition, Execution(first, "d-1"), answers))]
    while runs[-1][1].status != "SUCCEEDED":
        found = find_way_on(compiled, execution_input, runs[-1][1].history)
        assert not isinstance(found, str), found
        if found.done:
            assert compiled.resumption is not None
            assert compiled.workflow.resumption is not None
            execution_input = add_resume(first, found, compiled.workflow.resumption)
            runs.append((found.step, player(compiled.resumption, Execution(execution_input, "d-1"), answers)))
        else:
            execution_input = first
            runs.append((found.step, player(compiled.definition, Execution(first, "d-1"), answers)))
    return runs
