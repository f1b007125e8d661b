"""Retriers: the author's, then what calling Lambda itself asks for."""

from chalicelib.atoms.contract import Idempotency
from dsl.analysis import AnyAtom
from dsl.ir import Retrier
from dsl.model import Retry

THROTTLED = "Lambda.TooManyRequestsException"
_CALL_ERRORS = (
    THROTTLED,
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
)
_ATTEMPTS, _INTERVAL_S, _BACKOFF, _MAX_DELAY_S = 6, 1, 2.0, 30


def atom_retriers(
    atom: AnyAtom, own: tuple[Retry, ...] | None, default: tuple[Retry, ...] | None
) -> tuple[Retrier, ...]:
    """Give an atom's retriers: its step's own or the file's default, and those of the call to Lambda.

    After any error of the call but throttling the function may have acted, so only an idempotent atom is called again.
    """
    retries = own if own is not None else default or ()
    if atom.idempotency is Idempotency.NONE:
        harmless = {error.__name__ for error in atom.raises if error.nothing_done}
        retries = tuple(kept for retry in retries if (kept := _keep(retry, harmless)) is not None)
        return _place_call_retrier(retries, (THROTTLED,))
    return _place_call_retrier(retries, _CALL_ERRORS)


def own_retriers(own: tuple[Retry, ...] | None) -> tuple[Retrier, ...]:
    """Give the author's retriers only."""
    return tuple(_lower(retry) for retry in own or ())


def _keep(retry: Retry, harmless: set[str]) -> Retry | None:
    errors = tuple(name for name in retry.errors if name in harmless)
    return retry.model_copy(update={"errors": errors}) if errors else None


def _place_call_retrier(retries: tuple[Retry, ...], errors: tuple[str, ...]) -> tuple[Retrier, ...]:
    named = {name for retry in retries for name in retry.errors}
    rest = tuple(name for name in errors if name not in named)
    lowered = [_lower(retry) for retry in retries]
    if rest:
        call = Retrier(rest, _ATTEMPTS, _INTERVAL_S, _BACKOFF, _MAX_DELAY_S, jitter=True)
        lowered.insert(len(lowered) - ("States.ALL" in named), call)
    return tuple(lowered)


def _lower(retry: Retry) -> Retrier:
    return Retrier(retry.errors, retry.max, retry.interval, retry.backoff, retry.max_interval, retry.jitter)
