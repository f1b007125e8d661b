"""What a web server's status means."""

from collections.abc import Collection

from chalicelib.atoms.contract import HttpAnswer
from chalicelib.atoms.errors import AtomError, Throttled, Unavailable

_TOO_MANY, _SERVER_ERROR = 429, 500


class HttpRefused(AtomError):
    """The server answered with a status that was not expected: {cause}. Mend the request, or list the status under `expect`."""


def require_status(answer: HttpAnswer, expected: Collection[int], host: str) -> None:
    """Raise Throttled, Unavailable or HttpRefused unless the status is one of the expected."""
    if answer.status in expected:
        return
    cause = f"{host} answered {answer.status}"
    if answer.status == _TOO_MANY:
        raise Throttled(cause=cause)
    raise Unavailable(cause=cause) if answer.status >= _SERVER_ERROR else HttpRefused(cause=cause)
