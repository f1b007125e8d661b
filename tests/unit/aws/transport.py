"""A botocore transport that answers from a list, so that retries and parsing are botocore's own."""

from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

Answer = Exception | tuple[int, str]


class _Raw(BytesIO):
    def stream(self, **_: Any) -> list[bytes]:
        return [self.read()]


def ec2_error(code: str, status: int = 400) -> Answer:
    return status, f"<Response><Errors><Error><Code>{code}</Code><Message>m</Message></Error></Errors></Response>"


class Transport:
    """Answers each attempt of the clients it is installed in with the next of `answers`."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[AWSPreparedRequest] = []

    def install(self, client: Any) -> None:
        client.meta.events.register("before-send", self._answer)

    def _answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        return AWSResponse(request.url, status, HTTPHeaders(), _Raw(body.encode()))
