"""Clients that are made of less of botocore's data must speak to the same hosts, with the same signatures."""

import re
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.session import Session

from chalicelib.aws import loader as module
from chalicelib.aws.loader import BriefLoader
from tests.unit.aws.transport import Transport

ADAPTERS = Path(module.__file__).parent
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "dynamodb": ("batch_get_item", {"RequestItems": {"t": {"Keys": [{"pk": {"S": "a"}}]}}}),
    "events": ("put_events", {"Entries": [{"Source": "interlock"}]}),
    "secretsmanager": ("get_secret_value", {"SecretId": "s"}),
    "sqs": ("send_message", {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/1/q", "MessageBody": "m"}),
    "stepfunctions": ("stop_execution", {"executionArn": "arn"}),
}
WHOLE, BRIEF = Loader(), BriefLoader()
REGIONS = [
    min(name for name in one["regions"] if not name.endswith("-global"))
    for one in WHOLE.load_data("partitions")["partitions"]
]


def test_every_service_of_the_core_is_compared_here() -> None:
    named = re.compile(r'clients\.get\(\s*"(\w+)"')
    assert {one for path in ADAPTERS.glob("*.py") for one in named.findall(path.read_text())} == set(CALLS)


@pytest.mark.parametrize(
    ("region", "fips"),
    [*((region, "") for region in (*REGIONS, "eu-west-99")), ("us-east-1", "true"), ("us-gov-west-1", "true")],
)
def test_hosts_and_signatures_are_those_of_the_whole_data(
    region: str, fips: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", fips)
    for service in CALLS:
        assert _describe_call(BRIEF, service, region) == _describe_call(WHOLE, service, region)


def test_a_service_that_botocore_does_not_know_is_named() -> None:
    with pytest.raises(UnknownServiceError, match="dynamodbb"):
        _create_client(BRIEF, "dynamodbb", "eu-west-1")


def _create_client(loader: Loader, service: str, region: str) -> Any:
    session = Session()
    session.register_component("data_loader", loader)
    return session.create_client(service, region_name=region, aws_access_key_id="a", aws_secret_access_key="b")


def _describe_call(loader: Loader, service: str, region: str) -> tuple[str, ...]:
    client = _create_client(loader, service, region)
    transport = Transport((200, "{}"))
    transport.install(client)
    name, given = CALLS[service]
    getattr(client, name)(**given)
    (request,) = transport.requests
    signed = re.search(r"Credential=a/\d+/(\S+)/aws4_request", str(request.headers["Authorization"]))
    assert signed
    return client.meta.partition, client.meta.region_name, request.url, signed[1]
