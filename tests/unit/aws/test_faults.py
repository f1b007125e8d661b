import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ReadTimeoutError,
    SSLError,
)
from botocore.retries.standard import ThrottledRetryableChecker

from chalicelib.atoms.errors import AccessDenied, AtomError, InputInvalid, NotFound, Rejected, Throttled, Unavailable
from chalicelib.aws.faults import translate_fault
from tests.unit.atoms.fakes import client_error

URL = "https://ec2.example"


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("RequestLimitExceeded", 503, Throttled),
        ("Throttling", 400, Throttled),
        ("SomethingNew", 429, Throttled),
        ("UnauthorizedOperation", 403, AccessDenied),
        ("AccessDenied", 403, AccessDenied),
        ("AccessDeniedException", 400, AccessDenied),
        ("AuthorizationError", 403, AccessDenied),
        ("ExpiredToken", 400, AccessDenied),
        ("InvalidInstanceID.NotFound", 400, NotFound),
        ("InvalidInstanceID.Malformed", 400, NotFound),
        ("TargetGroupNotFound", 400, NotFound),
        ("DBClusterNotFoundFault", 404, NotFound),
        ("ResourceContention", 500, Throttled),
        ("DecryptionFailure", 400, AccessDenied),
        ("ResourceNotFoundException", 404, NotFound),
        ("NotFound", 404, NotFound),
        ("InvalidParameterValue", 400, InputInvalid),
        ("ValidationError", 400, InputInvalid),
        ("IncorrectInstanceState", 400, Rejected),
        ("IncorrectState", 400, Rejected),
        ("InvalidTarget", 400, Rejected),
        ("UnsupportedOperation", 400, Rejected),
        ("InsufficientInstanceCapacity", 500, Rejected),
        ("NeverHeardOfIt", 400, Rejected),
        ("InternalError", 500, Unavailable),
        ("Unavailable", 503, Unavailable),
        ("NeverHeardOfIt", 502, Unavailable),
        ("RequestTimeout", 400, Unavailable),
    ],
)
def test_an_aws_error_code_becomes_the_atoms_error(code: str, status: int, expected: type[AtomError]) -> None:
    fault = translate_fault(client_error(code, "StartInstances", status))
    assert type(fault) is expected
    assert fault.facts["cause"] == f"StartInstances: {code}: {code} happened"


@pytest.mark.parametrize("code", vars(ThrottledRetryableChecker)["_THROTTLED_ERROR_CODES"])
def test_whatever_botocore_takes_for_throttling_is_throttling(code: str) -> None:
    assert type(translate_fault(client_error(code))) is Throttled


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ReadTimeoutError(endpoint_url=URL), Unavailable),
        (ConnectTimeoutError(endpoint_url=URL), Unavailable),
        (EndpointConnectionError(endpoint_url=URL), Unavailable),
        (ConnectionClosedError(endpoint_url=URL), Unavailable),
        (SSLError(endpoint_url=URL, error=OSError("e")), Unavailable),
        (NoCredentialsError(), AccessDenied),
        (PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"), AccessDenied),
        (ParamValidationError(report="Missing required\nparameter"), InputInvalid),
    ],
)
def test_an_error_of_botocores_own_becomes_the_atoms_error(error: Exception, expected: type[AtomError]) -> None:
    fault = translate_fault(error)
    assert type(fault) is expected
    assert "\n" not in str(fault)


def test_an_answer_without_code_or_status_is_a_refusal_with_the_operations_name() -> None:
    error = client_error("X")
    error.response = {}
    assert "AnyOperation" in str(translate_fault(error))


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyError("InstanceId"), Unavailable(cause="own")])
def test_what_botocore_did_not_raise_is_not_translated(error: Exception) -> None:
    assert translate_fault(error) is None
