"""A task token is where a step waits for it, and whoever waits says how long."""

from collections.abc import Iterator

from chalicelib.catalog.model import Intent
from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic
from dsl.model import AwsStep
from dsl.model.sdk import reads_token
from dsl.model.step_base import Path
from dsl.sites import span_of


def check_tokens(analysis: Analysis) -> Iterator[Diagnostic]:
    """E305: a token where there is none. E202: no `timeout`, no `effect_timeout`. E207: a heartbeat nobody can send."""
    given = {(*placed.inside.path, "with") for placed in analysis.layout.steps if isinstance(placed.step, AwsStep)}
    for site, expression in analysis.parsed_sites():
        for one in expression.references:
            if reads_token(one) and not any(site.path[: len(path)] == path for path in given):
                message = "there is no `$states.context.Task` here"
                hint = "only an `aws` step waits for its token to come back, and hands it out in its `with`"
                yield Diagnostic("E305", message, span_of(site, analysis.root, one.start, len("$states")), hint)
    for placed in analysis.layout.steps:
        if isinstance(placed.step, AwsStep):
            yield from _check_step(analysis, placed.step, placed.inside.path)


def _check_step(analysis: Analysis, step: AwsStep, path: Path) -> Iterator[Diagnostic]:
    if not step.waits_for_token:
        if step.heartbeat is not None:
            message = f"nobody can send `{step.id}` a heartbeat: it hands out no token"
            hint = "write `{% $states.context.Task.Token %}` into its `with`, or drop `heartbeat`"
            yield Diagnostic("E207", message, analysis.key_span((*path, "heartbeat")), hint)
        return
    span = analysis.span((*path, "aws"))
    if "timeout" not in step.model_fields_set:
        message = f"`{step.id}` waits for its token to come back, and does not say how long: `timeout` is missing"
        yield Diagnostic("E202", message, span, "for example timeout: 30m")
    if step.intent is not Intent.OBSERVE and step.effect_timeout is None:
        message = f"whoever got the token of `{step.id}` may act on when it is given up: `effect_timeout` is missing"
        yield Diagnostic("E202", message, span, "say how long that lasts at most, for example effect_timeout: 10m")
