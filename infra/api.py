"""Calls a deployed API as an IAM principal: signed requests to API Gateway, on AWS and on the local AWS."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from infra.cloud import Cloud
from infra.stack import API_STAGE

API_URL = "INTERLOCK_API_URL"
"""The environment's variable for the API's URL, and what it is called among a stack's outputs."""
_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; `body` is the parsed JSON, or the text when it is none."""

    status: int
    body: Any


def find_api_url(cloud: Cloud, outputs: Mapping[str, str]) -> str:
    """Give the API's base URL without a slash at its end, from a stack's outputs or as it was given."""
    if API_URL in outputs:
        return outputs[API_URL].rstrip("/")
    if cloud.endpoint is None:
        return outputs["EndpointURL"].rstrip("/")
    return f"{cloud.endpoint}/restapis/{outputs['RestAPIId']}/{API_STAGE}/_user_request_"


def call_api(
    cloud: Cloud,
    url: str,
    method: str = "GET",
    body: Any = None,
    *,
    headers: Mapping[str, str] | None = None,
    signed: bool = True,
) -> Answer:
    """Send one request, signed with the cloud's credentials unless told not to. Raises botocore's HTTPClientError."""
    data = None if body is None else json.dumps(body).encode()
    given = {"Content-Type": "application/json", **(headers or {})}
    request = AWSRequest(method=method, url=url, data=data, headers=given)
    credentials = cloud.session.get_credentials() if signed else None
    if credentials is not None:
        SigV4Auth(credentials, "execute-api", cloud.region).add_auth(request)
    session = URLLib3Session(timeout=_TIMEOUT_S, proxies={} if cloud.local else None)
    answer = session.send(request.prepare())
    session.close()
    return Answer(answer.status_code, _parse(answer.text))


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
