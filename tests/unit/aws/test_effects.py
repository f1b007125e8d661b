"""Every case runs botocore's own retries over a list of answers."""

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from chalicelib.aws.clients import SessionClients
from chalicelib.aws.effects import Effects
from tests.unit.aws.transport import Answer, Transport, ec2_error

pytestmark = pytest.mark.usefixtures("no_backoff")

URL = "https://ec2.example"
DONE: Answer = (200, "<R></R>")
THROTTLED = ec2_error("RequestLimitExceeded", 503)


def attempt(operation: str, *answers: Answer) -> Effects:
    effects = Effects()
    client = SessionClients(watch=effects.watch).get("ec2")
    transport = Transport(*answers)
    transport.install(client)
    try:
        getattr(client, operation)(InstanceIds=["i-1"])
    except (ClientError, BotoCoreError):
        assert answers[-1] is not DONE
    assert transport.answers == []
    return effects


@pytest.mark.parametrize(
    "answers",
    [
        (DONE,),
        (ReadTimeoutError(endpoint_url=URL), THROTTLED, THROTTLED),
        (ReadTimeoutError(endpoint_url=URL), ec2_error("IncorrectInstanceState")),
        (ec2_error("InternalError", 500), THROTTLED, THROTTLED),
        (THROTTLED, DONE),
    ],
)
def test_an_act_that_may_have_taken_effect_is_noted(answers: tuple[Answer, ...]) -> None:
    effects = attempt("start_instances", *answers)
    assert effects.possible
    effects.forget()
    assert not effects.possible


@pytest.mark.parametrize(
    "answers",
    [
        (THROTTLED, THROTTLED, THROTTLED),
        (ec2_error("IncorrectInstanceState"),),
        (ec2_error("UnauthorizedOperation", 403),),
        (ec2_error("InsufficientInstanceCapacity", 500),) * 3,
        (ConnectTimeoutError(endpoint_url=URL),) * 3,
        (EndpointConnectionError(endpoint_url=URL), THROTTLED, THROTTLED),
    ],
)
def test_an_act_that_was_refused_or_never_sent_is_not(answers: tuple[Answer, ...]) -> None:
    assert not attempt("start_instances", *answers).possible


@pytest.mark.parametrize("answers", [(DONE,), (ReadTimeoutError(endpoint_url=URL), DONE)])
def test_looking_is_no_act(answers: tuple[Answer, ...]) -> None:
    assert not attempt("describe_instances", *answers).possible
