"""How many events an execution's history gets at most: Step Functions ends one at 25,000."""

from dsl.model import (
    AtomStep,
    EmitStep,
    ForeachStep,
    ParallelStep,
    Retry,
    RolloutStep,
    Step,
    SwitchStep,
    UntilStep,
    WorkflowStep,
)

_STATE = 2
"""Entered and exited."""
_ATTEMPT = 3
"""Scheduled, started, and how it ended."""
_RETRIES_USED = 3
"""Of passing errors: not every retry that is allowed is ever made."""
_POLLING = "NotYet"


def count_events(steps: tuple[Step, ...]) -> int:
    """Count the events of one run of some steps, every loop at its largest, polls asked to the end."""
    return sum(_count(step) for step in steps)


def _count(step: Step) -> int:
    guard = _STATE if step.when is not None else 0
    return guard + _count_one(step)


def _count_one(step: Step) -> int:
    if isinstance(step, AtomStep):
        return _STATE + _ATTEMPT * (1 + _retries(step.retry))
    if isinstance(step, UntilStep):
        polls = step.wait.polls
        each = _ATTEMPT if step.wait.until is None else _ATTEMPT + 3 * _STATE
        return 2 * _STATE + _ATTEMPT + polls * each
    if isinstance(step, EmitStep):
        return _STATE + _ATTEMPT
    if isinstance(step, SwitchStep):
        return _STATE + max(count_events(block.steps) for block in step.blocks())
    if isinstance(step, ParallelStep):
        return 2 * _STATE + sum(_STATE + count_events(block.steps) for block in step.blocks())
    if isinstance(step, ForeachStep):
        return _count_loop(step)
    if isinstance(step, RolloutStep):
        rounds = len(step.rollout.batches) + 1
        return _STATE + _count_loop(step) + rounds * (4 * _STATE + count_events(step.rollout.gate))
    if isinstance(step, WorkflowStep):
        return 2 * _STATE + sum(count_events(block.steps) for block in step.blocks())
    return _STATE + sum(count_events(block.steps) for block in step.blocks())


def _count_loop(step: ForeachStep | RolloutStep) -> int:
    from dsl.lower.distribution import is_distributed  # noqa: PLC0415 - which asks how long a loop's history is

    if is_distributed(step):
        return 4 * _STATE
    return 2 * _STATE + step.loop.max_items * (_STATE + count_events(step.loop.steps))


def _retries(retries: tuple[Retry, ...] | None) -> int:
    return sum(one.max if _POLLING in one.errors else min(one.max, _RETRIES_USED) for one in retries or ())
