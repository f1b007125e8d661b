"""What a `wait` says is a duration, a moment or an expression."""

from collections.abc import Iterator
from datetime import datetime

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic
from dsl.durations import parse_duration, suggest_duration
from dsl.expressions import OPEN
from dsl.model import UntilStep, WaitStep
from dsl.model.polling import Poll
from dsl.places import Placed

MAX_WAIT_S = 99_999_999
"""The longest wait that Step Functions takes."""


def check_waits(analysis: Analysis) -> Iterator[Diagnostic]:
    """E516: a literal that is neither. E519: a poll that could not end, or that acts."""
    for placed in analysis.layout.steps:
        step = placed.step
        if isinstance(step, UntilStep):
            yield from _check_poll(analysis, placed, step.wait)
        if not isinstance(step, WaitStep):
            continue
        path = (*placed.inside.path, "wait")
        if isinstance(step.wait, str):
            seconds = parse_duration(step.wait)
            if OPEN not in step.wait and (seconds is None or not 0 < seconds <= MAX_WAIT_S):
                message = f"{step.wait!r} is not a duration"
                hint = suggest_duration(step.wait) or "for example 30s, 10m; for a point in time write {timestamp: ...}"
                yield Diagnostic("E516", message, analysis.span(path), hint)
        elif OPEN not in step.wait.timestamp and not _is_moment(step.wait.timestamp):
            message = f"{step.wait.timestamp!r} is not a point in time with an offset"
            yield Diagnostic("E516", message, analysis.span((*path, "timestamp")), 'for example "2027-01-31T04:00:00Z"')


def _check_poll(analysis: Analysis, placed: Placed, poll: Poll) -> Iterator[Diagnostic]:
    atom = analysis.atoms.get(poll.atom)
    if atom is None:
        return
    span = analysis.span((*placed.inside.path, "wait", "atom"))
    if atom.mutating:
        message = f"`{atom.name}` changes something, and a `wait` only looks"
        yield Diagnostic("E519", message, span, "run it in a step of its own, and wait with an atom that observes")
    elif poll.until is None and not any(error.__name__ == "NotYet" for error in atom.raises):
        message = f"`{atom.name}` never raises NotYet, so this wait would end with its first answer"
        yield Diagnostic("E519", message, span, f"add a condition: `until: ${placed.step.id}...`")


def _is_moment(text: str) -> bool:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return "T" in text and moment.tzinfo is not None
