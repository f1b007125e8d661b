"""Runs every check; one that cannot look is a finding too, and keeps none of the others from looking."""

from collections.abc import Iterator, Sequence

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import InterlockError
from infra.doctor.checks import CHECKS
from infra.doctor.finding import Check, Finding, Level, Patient


def examine(patient: Patient, checks: Sequence[tuple[str, Check]] = CHECKS) -> Iterator[Finding]:
    """Give what each check finds, in their order."""
    for what, check in checks:
        try:
            yield from check(patient)
        except (ClientError, BotoCoreError, InterlockError) as error:
            said = " ".join(str(error).split()).rstrip(".")
            yield Finding(Level.WARN, what, f"not found out: {said}", _advise(error))


def _advise(error: Exception) -> str:
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    if "AccessDenied" in code or "NotAuthorized" in code:
        return "ask as an identity that may read this, or have the right added to yours"
    return "try again, with --json for all of it"
