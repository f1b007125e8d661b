"""A heartbeat is missed before the step's time is up."""

from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic
from dsl.durations import format_duration
from dsl.model import AwsStep


def check_heartbeats(analysis: Analysis) -> Iterator[Diagnostic]:
    """E522: a heartbeat that is not below the timeout."""
    for placed in analysis.layout.steps:
        step = placed.step
        if isinstance(step, AwsStep) and step.heartbeat is not None and step.heartbeat >= step.timeout:
            beat, whole = format_duration(step.heartbeat), format_duration(step.timeout)
            message = f"a heartbeat that is missing for {beat} is never missed: the step gives up after {whole}"
            span = analysis.span((*placed.inside.path, "heartbeat"))
            yield Diagnostic("E522", message, span, f"write less than {whole}, or raise `timeout`")
