import tomllib
from pathlib import Path

import pytest

from chalicelib.aws.clients import LONGEST_CALL_S, VERSION, SessionClients
from tests.unit.aws.transport import Transport, ec2_error

ROOT = Path(__file__).parents[3]


def test_a_client_is_made_once() -> None:
    clients = SessionClients()
    assert clients.get("ec2") is clients.get("ec2")
    assert clients.get("ec2") is not clients.get("sns")


def test_the_user_agent_names_interlock_and_its_version() -> None:
    client = SessionClients().get("ec2")
    transport = Transport((200, "<R></R>"))
    transport.install(client)
    client.describe_instances()
    assert f"interlock/{VERSION}" in str(transport.requests[0].headers["User-Agent"])


def test_the_version_is_the_projects() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION


@pytest.mark.usefixtures("no_backoff")
def test_a_throttled_call_is_tried_three_times() -> None:
    client = SessionClients().get("ec2")
    transport = Transport(*[ec2_error("RequestLimitExceeded", 503)] * 9)
    transport.install(client)
    with pytest.raises(client.exceptions.ClientError):
        client.describe_instances()
    assert len(transport.requests) == 3


def test_the_longest_call_is_what_the_configuration_adds_up_to() -> None:
    config = SessionClients().get("ec2").meta.config
    waits = config.retries["total_max_attempts"] * (config.connect_timeout + config.read_timeout)
    assert waits < LONGEST_CALL_S < 60


def test_the_endpoint_of_a_local_aws_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert SessionClients().get("ec2").meta.endpoint_url == "http://127.0.0.1:4566"
