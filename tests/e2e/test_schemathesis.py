"""Schemathesis against the deployed API: signed by a created IAM user, through API Gateway, with IAM enforced."""

from typing import Any
from uuid import uuid4

import pytest
import requests
import schemathesis
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from hypothesis import HealthCheck, settings
from requests.auth import AuthBase
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation.case import Case

from chalicelib.api.openapi import make_openapi
from chalicelib.api.routes import ROUTES
from infra.api import find_api_url
from infra.cloud import Cloud
from infra.demo.principals import make_principal

pytestmark = pytest.mark.e2e

EXAMPLES = 4
load_all_checks()
SKIP: Any = CHECKS.get_by_names(
    [
        "unsupported_method",  # API Gateway answers 403 where no route is
        "missing_required_header",  # a missing If-Match is a 428
        "positive_data_acceptance",  # a body can fit its schema and name what does not exist
        "ignored_auth",  # tested with users of every role
    ]
)
DOCUMENT = {**make_openapi(ROUTES), "security": []}
"""Every request is signed here, so none is made wrong by leaving its signature out."""
schema = schemathesis.openapi.from_dict(DOCUMENT)
schema.config.phases.update(phases=["fuzzing"])


class Signature(AuthBase):
    """SigV4 as every client of API Gateway signs."""

    def __init__(self, cloud: Cloud) -> None:
        self._credentials: Any = cloud.session.get_credentials()
        self._region = cloud.region

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        headers = {name: value for name, value in request.headers.items() if name.lower() == "content-type"}
        signed = AWSRequest(method=request.method, url=request.url, data=request.body, headers=headers)
        SigV4Auth(self._credentials, "execute-api", self._region).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        return request


@pytest.fixture(scope="module")
def person(cloud: Cloud) -> Cloud:
    return make_principal(cloud, f"fuzz-{uuid4().hex[:6]}")


@pytest.fixture(scope="module")
def counts() -> dict[int, int]:
    return {}


@schema.exclude(path="/v1/freezes", method="POST").parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_deployed_api_is_what_its_document_says(
    case: Case[Any], person: Cloud, outputs: dict[str, str], counts: dict[int, int]
) -> None:
    """Freezes are left out: one of everything would hold up the tests beside this one."""
    answer = case.call(base_url=find_api_url(person, outputs), auth=Signature(person), timeout=30)
    case.validate_response(answer, excluded_checks=SKIP)
    counts[answer.status_code] = counts.get(answer.status_code, 0) + 1
    assert answer.status_code < 500


def test_the_signature_was_good(counts: dict[int, int]) -> None:
    if not counts:
        pytest.skip("nothing was asked in this run")
    assert counts.get(200, 0) > counts.get(403, 0), counts
