"""How many events an execution's history gets at most: Step Functions ends one at 25,000."""

from dsl.model import (
    ApproveStep,
    AtomStep,
    AwsStep,
    EmitStep,
    ForeachStep,
    LoopStep,
    ParallelStep,
    Retry,
    RolloutStep,
    Step,
    SwitchStep,
    UntilStep,
    WorkflowStep,
)
from dsl.model.steps import MAX_INLINE_ITEMS

_STATE = 2
"""Entered and exited."""
_SUBMITTED = 1
"""What waits for a token says that it does."""
_ATTEMPT = 3
"""Scheduled, started, and how it ended."""
_RETRIES_USED = 3
"""Of passing errors: not every retry that is allowed is ever made."""
_POLLING = "NotYet"
_INLINE_EVENTS = 20_000
"""Of the 25,000 that a history holds: one loop leaves room for the rest."""
_QUESTION = _STATE + _ATTEMPT + _SUBMITTED
"""People are asked, and answer."""


Retries = tuple[Retry, ...] | None


def count_events(steps: tuple[Step, ...], default: Retries = None) -> int:
    """Count the events of one run of some steps, every loop at its largest, polls asked to the end, all taken back.

    `default` is the file's own retry, which atoms without one have.
    """
    return sum(_count(step, default) for step in steps)


def is_distributed(step: LoopStep, default: Retries) -> bool:
    """Whether a loop is too large to run inside the execution."""
    return _is_too_large(step, count_events(step.loop.steps, default))


def _is_too_large(step: LoopStep, events_each: int) -> bool:
    loop = step.loop
    if loop.max_items > MAX_INLINE_ITEMS or loop.max_concurrency > MAX_INLINE_ITEMS:
        return True
    return loop.max_items * events_each > _INLINE_EVENTS


def _count(step: Step, default: Retries) -> int:
    guard = _STATE if step.when is not None else 0
    return guard + _count_one(step, default) + _count_undo(step, default)


def _count_one(step: Step, default: Retries) -> int:
    if isinstance(step, AtomStep):
        return _STATE + _ATTEMPT * (1 + _retries(step.retry if step.retry is not None else default))
    if isinstance(step, AwsStep | EmitStep):
        attempt = _ATTEMPT + (_SUBMITTED if isinstance(step, AwsStep) and step.waits_for_token else 0)
        return _STATE + attempt * (1 + _retries(step.retry))
    if isinstance(step, ApproveStep):
        return _QUESTION
    if isinstance(step, UntilStep):
        polls = step.wait.polls
        each = _ATTEMPT if step.wait.until is None else _ATTEMPT + 3 * _STATE
        return 2 * _STATE + _ATTEMPT + polls * each
    if isinstance(step, SwitchStep):
        return _STATE + max(count_events(block.steps, default) for block in step.blocks())
    if isinstance(step, ParallelStep):
        once = 2 * _STATE + sum(_STATE + count_events(block.steps, default) for block in step.blocks())
        return once * (1 + _retries(step.retry))
    if isinstance(step, ForeachStep):
        return _count_loop(step, default) * (1 + _retries(step.retry))
    if isinstance(step, RolloutStep):
        rounds, pause = len(step.rollout.batches) + 1, step.rollout.approval
        asked = 0 if pause is None else rounds if pause.after == "every" else 1
        each = 4 * _STATE + count_events(step.rollout.gate, default)
        return _STATE + _count_loop(step, default) + rounds * each + asked * _QUESTION
    if isinstance(step, WorkflowStep):
        return 2 * _STATE + sum(count_events(block.steps, default) for block in step.blocks())
    return _STATE + sum(count_events(block.steps, default) for block in step.blocks())


def _count_undo(step: Step, default: Retries) -> int:
    """Count what takes a step back: the question whether it finished, and the call."""
    undo = step.undo if isinstance(step, AtomStep | AwsStep) else None
    if undo is None or undo.atom is None:
        return 0
    return 2 * _STATE + _ATTEMPT * (1 + _retries(undo.retry if undo.retry is not None else default))


def _count_loop(step: ForeachStep | RolloutStep, default: Retries) -> int:
    """Count a loop, its steps once: asking twice at every level would double with each."""
    events_each = count_events(step.loop.steps, default)
    if _is_too_large(step, events_each):
        return 4 * _STATE
    return 2 * _STATE + step.loop.max_items * (_STATE + events_each)


def _retries(retries: Retries) -> int:
    return sum(one.max if _POLLING in one.errors else min(one.max, _RETRIES_USED) for one in retries or ())
