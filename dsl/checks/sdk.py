"""An `aws` step calls a service whose rights are known, acts on what is held, and says how it is taken back."""

from collections.abc import Iterator

from chalicelib.catalog.model import Intent
from dsl.analysis import Analysis
from dsl.checks.touches import read_kind
from dsl.diagnostics import Diagnostic, suggest
from dsl.durations import format_duration
from dsl.model import AwsStep
from dsl.model.step_base import Path
from dsl.places import Section
from dsl.sdk_services import SERVICES


def check_sdk(analysis: Analysis) -> Iterator[Diagnostic]:
    """E312: an unknown service. E407, E504, E505: what it touches. E506: no way back. E509: its timeout."""
    for placed in analysis.layout.steps:
        step, path = placed.step, placed.inside.path
        if not isinstance(step, AwsStep):
            continue
        if step.service not in SERVICES:
            hint = suggest(step.service, SERVICES) or f"known services: {', '.join(SERVICES)}"
            message = f"the rights of the service {step.service!r} are not known"
            yield Diagnostic("E312", message, analysis.span((*path, "aws")), hint)
        if step.timeout > analysis.workflow.timeout:
            whole = format_duration(analysis.workflow.timeout)
            message = f"one attempt may take {format_duration(step.timeout)}, the whole workflow {whole}"
            yield Diagnostic("E509", message, analysis.key_span((*path, "timeout")), "raise the workflow's `timeout`")
        if step.intent is Intent.OBSERVE:
            continue
        yield from _check_touch(analysis, step, path)
        if analysis.workflow.undoes and placed.inside.section is Section.MAIN and step.undo is None:
            message = f"`{step.id}` changes something and says no `undo`, and `on_failure` is undo"
            hint = '`undo: {atom: ..., with: {...}}`, or `undo: {none: "why it cannot be taken back"}`'
            yield Diagnostic("E506", message, analysis.span((*path, "aws")), hint)


def _check_touch(analysis: Analysis, step: AwsStep, path: Path) -> Iterator[Diagnostic]:
    kind = read_kind(step.object or "")
    if kind is None:
        span = analysis.span((*path, "object"))
        hint = 'for example "host/{% $input.host %}"'
        yield Diagnostic("E407", f"{step.object!r} is not kind/name or account/region/kind/name", span, hint)
        return
    held = [one.intent.rank for one in analysis.workflow.touches if read_kind(one.object) == kind]
    if max(held, default=-1) < step.intent.rank:
        code = "E505" if analysis.workflow.touches else "E504"
        message = f"`{step.id}` {step.intent}s a {kind}, and `touches` does not hold it to that"
        hint = f'add to `touches`: - {{object: "{step.object}", intent: {step.intent}}}'
        yield Diagnostic(code, message, analysis.span((*path, "aws")), hint)
