"""A signed webhook through the deployed API, with IAM enforced: its secret is read by the right that was generated."""

import json
import time
from typing import Any

import pytest
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from chalicelib.events.webhooks.contract import sign
from infra.api import call_api, find_api_url
from infra.cloud import Cloud

pytestmark = pytest.mark.e2e

SECRET = "correct horse battery staple"


def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
    request = AWSRequest("POST", url, data=body, headers={"Content-Type": "application/json", **headers})
    answer = URLLib3Session(proxies={}).send(request.prepare())
    return answer.status_code, json.loads(answer.text)


def test_a_signed_request_without_an_iam_identity_is_taken_and_no_other(cloud: Cloud, outputs: dict[str, str]) -> None:
    cloud.client("secretsmanager").create_secret(Name="interlock/e2e/webhooks/json", SecretString=SECRET)
    url = find_api_url(cloud, outputs)
    body = json.dumps({"type": "Disk Full", "host": "i-0ä"}, ensure_ascii=False).encode()
    stamp = str(int(time.time()))
    signature = f"v1={sign(SECRET.encode(), stamp.encode(), b'.', body)}"
    headers = {"Interlock-Timestamp": stamp, "Interlock-Signature": signature}

    assert post(f"{url}/v1/events/json", body, {**headers, "Interlock-Signature": "v1=00"})[0] == 401
    assert post(f"{url}/v1/events/other", body, headers)[0] == 401
    status, answer = post(f"{url}/v1/events/json", body, headers)
    assert status == 202
    explained = call_api(cloud, f"{url}/v1/decisions/{answer['events'][0]}")
    assert (explained.status, explained.body["outcome"]) == (200, "no rule")
