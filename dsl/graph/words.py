"""What is written into a picture: short enough to read, long enough to know what happens."""

import textwrap
from collections.abc import Mapping
from typing import Any

from dsl.durations import format_duration
from dsl.model import ApproveStep, AtomStep, AwsStep, FailStep, Retry, Step, WaitStep
from dsl.model.approving import Approvers
from dsl.model.polling import UntilStep

WIDTH = 30
"""Characters of a row of a node."""
_EDGE_WIDTH = 30


def wrap_rows(text: str | None, width: int = WIDTH, most: int = 3) -> tuple[str, ...]:
    """Break a text into rows; what does not fit is cut with an ellipsis."""
    if not text:
        return ()
    return tuple(textwrap.wrap(text, width, max_lines=most, placeholder=" ...", break_on_hyphens=False))


def shorten(text: str, width: int = _EDGE_WIDTH) -> str:
    """Break the text of a condition into two rows at most."""
    return "\n".join(textwrap.wrap(" ".join(text.split()), width, max_lines=2, placeholder=" ..."))


def describe_step(step: Step) -> str:
    """Say in a few words what a step does."""
    if isinstance(step, AtomStep):
        return step.atom
    if isinstance(step, UntilStep):
        return f"{step.wait.atom} every {format_duration(step.wait.interval)}"
    if isinstance(step, WaitStep):
        return describe_wait(step.wait)
    if isinstance(step, ApproveStep):
        return describe_approval(step.approve)
    if isinstance(step, FailStep):
        return step.fail.error
    found = getattr(step, step.kind, None)
    named = found if isinstance(found, str) else getattr(found, "type", None) or getattr(found, "action", None)
    if isinstance(named, str):
        return f"{step.kind} {named}"
    return f"{step.kind} {', '.join(found)}" if isinstance(found, Mapping) else step.kind


def describe_approval(asked: Approvers) -> str:
    """Say who has to say yes, and how long there is for it."""
    many = f"{asked.need} of " if asked.need > 1 else ""
    return f"asks {many}{shorten(', '.join(asked.from_))}\nfor {format_duration(asked.expires)} at most"


def describe_wait(wait: Any) -> str:
    """Say how long, or until when."""
    if isinstance(wait, str):
        return f"wait {shorten(wait)}"
    moment = getattr(wait, "timestamp", None)
    return f"wait until {shorten(str(moment))}" if moment is not None else "wait"


def list_notes(step: Step) -> tuple[str, ...]:
    """Give the rows under a step: its description, and what is not usual about it."""
    rows = list(wrap_rows(step.description))
    retry = getattr(step, "retry", None)
    rows += [note for one in retry or () if (note := _note_retry(one)) is not None]
    if isinstance(step, UntilStep):
        rows.append(f"at most {format_duration(step.wait.deadline)}")
    if isinstance(step, AwsStep) and step.waits_for_token:
        rows.append(f"waits for the answer, {format_duration(step.timeout)} at most")
    if getattr(step, "continue_on_error", False):
        rows.append("goes on if it fails")
    return tuple(rows)


def _note_retry(one: Retry) -> str | None:
    """Only waiting for something is worth a row; that throttling is retried goes without saying."""
    if "NotYet" not in one.errors:
        return None
    times = f"asks {one.max + 1} times at most"
    return f"{times}, every {format_duration(one.interval)}" if one.backoff == 1 else times
