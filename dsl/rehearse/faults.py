"""Which retrier or catcher an error meets, and how long a retrier waits."""

from collections.abc import Mapping, Sequence
from typing import Any

from dsl.rehearse.model import StateFailed

ALL = "States.ALL"
TIMEOUT, HEARTBEAT = "States.Timeout", "States.HeartbeatTimeout"
TASK_FAILED = "States.TaskFailed"
_TERMINAL = frozenset({"States.DataLimitExceeded", "States.Runtime"})
"""Errors that States.ALL does not match."""

_DEFAULTS = {"IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 2.0}


def matches(names: Sequence[str], error: str) -> bool:
    """Whether a retrier or catcher with these names is meant for an error."""
    if error in names:
        return True
    if error == HEARTBEAT and TIMEOUT in names:
        return True
    if error in _TERMINAL:
        return False
    return ALL in names or (TASK_FAILED in names and error != TIMEOUT)


def count_retry(state: Mapping[str, Any], problem: StateFailed, tried: dict[int, int]) -> float | None:
    """Give the seconds until the next attempt, None if there is none.

    The first retrier that names the error decides, and each counts its own attempts over all of one entry into the
    state. Jitter is rehearsed at its longest.
    """
    for index, retrier in enumerate(state.get("Retry", ())):
        if matches(retrier["ErrorEquals"], problem.error):
            rule = {**_DEFAULTS, **retrier}
            done = tried.get(index, 0)
            if done >= rule["MaxAttempts"]:
                return None
            tried[index] = done + 1
            delay = float(rule["IntervalSeconds"]) * float(rule["BackoffRate"]) ** done
            return float(min(delay, rule.get("MaxDelaySeconds", delay)))
    return None


def find_catcher(state: Mapping[str, Any], problem: StateFailed) -> int | None:
    """Give the index of the catcher that an error meets."""
    for index, catcher in enumerate(state.get("Catch", ())):
        if matches(catcher["ErrorEquals"], problem.error):
            return index
    return None
