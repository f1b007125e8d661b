"""The secrets of webhooks."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.aws.secrets import KEPT_S, WebhookSecrets
from chalicelib.errors import StoreUnavailable
from tests.fakes import FakeClock


class FakeManager:
    """Secrets Manager; `fault` is the code it refuses with."""

    def __init__(self) -> None:
        self.texts: dict[str, Any] = {}
        self.asked: list[str] = []
        self.fault = "ResourceNotFoundException"

    def get(self, service: str) -> "FakeManager":
        assert service == "secretsmanager"
        return self

    def get_secret_value(self, *, SecretId: str) -> dict[str, Any]:  # noqa: N803 - botocore's name
        self.asked.append(SecretId)
        if SecretId not in self.texts:
            raise ClientError({"Error": {"Code": self.fault, "Message": "no"}}, "GetSecretValue")
        return {"SecretString": self.texts[SecretId]}


def test_a_secret_is_read_by_stage_and_source_and_kept_for_a_minute() -> None:
    manager, clock = FakeManager(), FakeClock()
    secrets = WebhookSecrets(manager, "prod", clock)
    assert secrets.read("ci") is None
    manager.texts["interlock/prod/webhooks/ci"] = "s"
    assert secrets.read("ci") is None
    clock.advance(KEPT_S)
    assert [secrets.read("ci"), secrets.read("ci")] == ["s", "s"]
    assert manager.asked == ["interlock/prod/webhooks/ci"] * 2


def test_any_other_refusal_is_to_be_tried_again_and_not_kept() -> None:
    manager = FakeManager()
    manager.fault = "AccessDeniedException"
    secrets = WebhookSecrets(manager, "prod", FakeClock())
    with pytest.raises(StoreUnavailable):
        secrets.read("ci")
    manager.texts["interlock/prod/webhooks/ci"] = "s"
    assert secrets.read("ci") == "s"


def test_a_flood_of_names_does_not_fill_the_memory() -> None:
    secrets = WebhookSecrets(FakeManager(), "prod", FakeClock())
    for number in range(500):
        secrets.read(f"s{number}")
    assert len(secrets._kept) <= 200
