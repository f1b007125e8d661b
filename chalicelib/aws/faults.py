"""Botocore's errors translated into the atoms' own, so that a workflow can retry and catch them by name.

AWS spells the same fault differently in each service; the tables below are those spellings. A code decides before the
HTTP status does, because EC2 answers a throttled call with a 503.
"""

from botocore.exceptions import (
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own name
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
)

from chalicelib.atoms.errors import AccessDenied, AtomError, InputInvalid, NotFound, Rejected, Throttled, Unavailable

_SERVER_ERROR = 500
_TOO_MANY = 429

_SPELLINGS: dict[type[AtomError], tuple[str, ...]] = {
    Throttled: (
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "ResourceContention",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    ),
    AccessDenied: (
        "AuthFailure",
        "AuthorizationError",
        "DecryptionFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "KMSAccessDenied",
        "OptInRequired",
        "SignatureDoesNotMatch",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
    ),
    InputInvalid: (
        "InvalidParameter",
        "InvalidParameterCombination",
        "InvalidParameterException",
        "InvalidParameterValue",
        "MissingParameter",
        "ValidationError",
        "ValidationException",
    ),
    # Capacity is a refusal even though EC2 answers it with a 500.
    Rejected: ("InsufficientInstanceCapacity", "InsufficientHostCapacity"),
    # A 400, and yet AWS may have had the request.
    Unavailable: ("RequestTimeout", "RequestTimeoutException"),
}
_BY_CODE = {code: kind for kind, codes in _SPELLINGS.items() for code in codes}


def classify_code(code: str, status: int) -> type[AtomError]:
    """Give the error class for an AWS error code and its HTTP status; a refusal with an unknown code is Rejected."""
    if code in _BY_CODE:
        return _BY_CODE[code]
    if code.startswith("AccessDenied"):
        return AccessDenied
    if code.endswith(("NotFound", "NotFoundException", "NotFoundFault")) or code.startswith("InvalidInstanceID."):
        return NotFound
    if status == _TOO_MANY:
        return Throttled
    return Rejected if status < _SERVER_ERROR else Unavailable


def translate_fault(error: Exception) -> AtomError | None:
    """Give the atom error that a botocore error means, None for an error that botocore did not make."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        detail = error.response.get("Error", {})
        code, message = detail.get("Code", ""), detail.get("Message", "")
        return classify_code(code, status)(cause=_one_line(f"{error.operation_name}: {code}: {message}"))
    if isinstance(error, (HTTPClientError, ConnectionError)):
        return Unavailable(cause=_one_line(str(error)))
    if isinstance(error, (NoCredentialsError, PartialCredentialsError)):
        return AccessDenied(cause=_one_line(str(error)))
    if isinstance(error, ParamValidationError):
        return InputInvalid(cause=_one_line(str(error)))
    return None


def _one_line(text: str) -> str:
    return " ".join(text.split())
