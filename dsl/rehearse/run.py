"""One rehearsal, from start to end."""

from collections.abc import Mapping
from typing import Any

from dsl.rehearse.clock import Clock, OutOfTime
from dsl.rehearse.engine import Engine, Place
from dsl.rehearse.model import Answers, Execution, Run, StateFailed, Status
from dsl.rehearse.scope import Scope


def rehearse(definition: Mapping[str, Any], execution: Execution, answers: Answers) -> Run:
    """Run a definition in JSONata mode to its end. Deterministic if `answers` is.

    Raises OuterAssigned for a machine that AWS would not create, and whatever `answers` raises.
    """
    clock = Clock(definition.get("TimeoutSeconds"))
    run = Run()
    scope = Scope()
    context = {
        "Execution": {
            "Id": f"arn:aws:states:us-east-1:000000000000:execution:{execution.machine}:{execution.name}",
            "Input": execution.input,
            "Name": execution.name,
            "StartTime": execution.started.isoformat(),
            "RedriveCount": 0,
        },
        "StateMachine": {"Name": execution.machine},
    }
    engine = Engine(execution, answers, clock, run)
    try:
        run.output = clock.run(engine.run_scope(definition, execution.input, Place(scope, context)))
    except StateFailed as problem:
        run.status, run.error, run.cause = Status.FAILED, problem.error, problem.cause
    except OutOfTime:
        run.status, run.error, run.cause = Status.TIMED_OUT, "States.Timeout", "the machine's own timeout"
    run.duration_s = clock.now
    run.variables = scope.own
    return run
