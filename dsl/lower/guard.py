"""The retirement guard: a reservation that must not start is started, and its first expression fails.

It is written positively, because in JSONata a comparison with something missing is false either way: whatever is not
exactly as it should be retires.
"""

from dsl.expressions import wrap

HASH_SLOT = "interlock:workflow-hash"
"""Stands for the workflow's hash until it is known; the hash is taken of the definition with this in its place."""

CONTEXT = {
    "input": "$states.context.Execution.Input.input",
    "dispatch": "$states.context.Execution.Input.dispatch",
}
"""Where the two names come from that every workflow starts with."""

_ALIVE = (
    "$states.context.Execution.Input.retired = false"
    f' and $states.context.Execution.Input.workflow_hash = "{HASH_SLOT}"'
    " and $states.context.Execution.Name = $states.context.Execution.Input.dispatch.id"
)

GUARD_ERROR = "States.QueryEvaluationError"
"""What `$error` raises."""

GUARD_CATCH_TARGET = "retired"
"""The state that the guard's catcher leads to."""

RETIRED = "Retired"
"""The error name of an execution that was retired, where its first state can catch."""


def guard(text: str, suffix: str = "") -> str:
    """Let an expression be evaluated only in an execution that is meant to run, called by its dispatch and `suffix`."""
    alive = f'{_ALIVE} & "{suffix}"' if suffix else _ALIVE
    return f'({alive} ? ({text}) : $error("this execution was retired before it began"))'


def retired_error() -> str:
    """Name the error: that of the first state itself if the guard is not what failed."""
    return wrap(f'{_ALIVE} ? $failure.Error : "{RETIRED}"')


def alive_condition() -> str:
    """Ask the guard's question again where a state may fail for its own reasons, too."""
    return wrap(_ALIVE)
