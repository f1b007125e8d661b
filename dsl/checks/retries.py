"""What a retry names can be raised, and States.ALL stands where AWS lets it."""

from collections.abc import Iterator

from chalicelib.atoms.errors import COMMON_ERRORS
from dsl.analysis import Analysis
from dsl.checks.approvals import list_questions
from dsl.diagnostics import Diagnostic, suggest
from dsl.lower.approve import ERRORS
from dsl.lower.until import TOO_LATE
from dsl.model import AtomStep, AwsStep, EmitStep, FailStep, Retry, Step, TryStep, UntilStep
from dsl.model.step_base import Path
from dsl.places import Placed
from dsl.sdk_services import error_prefix
from dsl.spelling import find_nearest

ENGINE_ERRORS: tuple[str, ...] = (
    "States.ALL",
    "States.Timeout",
    "States.TaskFailed",
    "States.Permissions",
    "States.HeartbeatTimeout",
    "States.QueryEvaluationError",
    "States.BranchFailed",
    "States.ItemReaderFailed",
    "States.ExceedToleratedFailureThreshold",
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.Unknown",
    "Sandbox.Timedout",
)
"""Errors that Step Functions or Lambda raise, whatever the atom."""

ANY_ERROR = "*"
"""Stands for those of whoever answers with a task token, which are named by nobody here; `Ec2.*` for those of an API."""


def check_retries(analysis: Analysis) -> Iterator[Diagnostic]:
    """E310: an error that nothing here raises. E514: States.ALL among others or not last."""
    for use in analysis.uses:
        atom = analysis.atoms.get(use.atom)
        if use.retry is not None and atom is not None:
            known = {error.__name__ for error in atom.raises}
            yield from _check(analysis, use.retry, (*use.path, "retry"), known, f"`{atom.name}` never raises")
    for placed in analysis.layout.steps:
        retry = None if isinstance(placed.step, AtomStep) else getattr(placed.step, "retry", None)
        if retry is not None:
            known = _raised_by(analysis, (placed.step,))
            yield from _check(analysis, retry, (*placed.inside.path, "retry"), known, "nothing inside raises")
        if isinstance(placed.step, TryStep):
            yield from _check_clauses(analysis, placed, placed.step)
    retry = analysis.workflow.defaults.retry
    if retry is not None:
        known = {error.__name__ for error in COMMON_ERRORS}
        for use in analysis.uses:
            known |= (
                {error.__name__ for error in analysis.atoms[use.atom].raises} if use.atom in analysis.atoms else set()
            )
        yield from _check(analysis, retry, ("defaults", "retry"), known, "no atom here raises")


def _check_clauses(analysis: Analysis, placed: Placed, step: TryStep) -> Iterator[Diagnostic]:
    known = _raised_by(analysis, step.try_)
    for index, clause in enumerate(step.catch):
        for at, name in enumerate(clause.errors or ()):
            span = analysis.span((*placed.inside.path, "catch", index, "errors", at))
            if not _is_raised(name, known):
                yield Diagnostic("E310", f"nothing in this `try` raises {name!r}", span, _hint(name, known))
            elif name == "States.ALL" and len(clause.errors or ()) > 1:
                yield Diagnostic("E514", "States.ALL must stand alone", span, "leave `errors` out to catch everything")


def _check(
    analysis: Analysis, retry: tuple[Retry, ...], path: Path, known: set[str], words: str
) -> Iterator[Diagnostic]:
    for index, one in enumerate(retry):
        for at, name in enumerate(one.errors):
            span = analysis.span((*path, index, "errors", at))
            if not _is_raised(name, known):
                yield Diagnostic("E310", f"{words} {name!r}", span, _hint(name, known))
            elif name == "States.ALL" and (len(one.errors) > 1 or index < len(retry) - 1):
                yield Diagnostic(
                    "E514", "States.ALL must stand alone, in the last retrier", span, "give it a retrier of its own"
                )


def _is_raised(name: str, known: set[str]) -> bool:
    """Whether it may come up. An API that Step Functions calls itself has too many errors to list: they go by its name."""
    if name in known or name in ENGINE_ERRORS:
        return True
    service, dot, rest = name.partition(".")
    if not dot:
        return ANY_ERROR in known
    return service != "States" and f"{service}.*" in known and rest.endswith("Exception")


def _hint(name: str, known: set[str]) -> str:
    """Services are told by their prefix, and AWS puts `Exception` behind all of their errors."""
    service, dot, rest = name.partition(".")
    prefixes = {one.removesuffix(".*").lower(): one.removesuffix(".*") for one in known if one.endswith(".*")}
    near = find_nearest(service.lower(), prefixes) if dot else None
    if near is not None:
        return f"did you mean '{prefixes[near]}.{rest.removesuffix('Exception')}Exception'?"
    said = sorted(known - {ANY_ERROR})
    return suggest(name, (*said, *ENGINE_ERRORS)) or f"it raises: {', '.join(said) or 'nothing with a name'}"


def _raised_by(analysis: Analysis, steps: tuple[Step, ...]) -> set[str]:
    inside = list(_flatten(steps))
    names = {inner.fail.error for inner in inside if isinstance(inner, FailStep)}
    ids = {inner.id for inner in inside}
    for use in analysis.uses:
        if use.placed.step.id in ids and use.atom in analysis.atoms:
            names |= {error.__name__ for error in analysis.atoms[use.atom].raises}
    if any(isinstance(inner, UntilStep) for inner in inside):
        names.add(TOO_LATE)
    if any(list_questions(inner) for inner in inside):
        names.update(ERRORS)
    for inner in inside:
        if isinstance(inner, AwsStep):
            names.add(f"{error_prefix(inner.service)}.*")
            names |= {ANY_ERROR} if inner.waits_for_token else set()
        elif isinstance(inner, EmitStep):
            names |= {f"{error_prefix('eventbridge')}.*", "EventBridge.FailedEntry"}
    return names


def _flatten(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        yield step
        for block in step.blocks():
            yield from _flatten(block.steps)
