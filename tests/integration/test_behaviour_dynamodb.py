"""Control on DynamoDB as moto plays it: one thread, so its unsafe transactions do no harm."""

from collections.abc import Iterator

import pytest
from botocore.session import Session
from moto import mock_aws

from chalicelib.aws.store import DynamoStore
from tests.behaviour import *  # noqa: F403 - the tests are there
from tests.behaviour import World, make_world
from tests.behaviour_approvals import *  # noqa: F403
from tests.behaviour_awaiting import *  # noqa: F403
from tests.behaviour_campaigns import *  # noqa: F403
from tests.behaviour_claims import *  # noqa: F403
from tests.behaviour_freezes import *  # noqa: F403
from tests.behaviour_goals import *  # noqa: F403
from tests.behaviour_meeting import *  # noqa: F403
from tests.behaviour_pacing import *  # noqa: F403
from tests.behaviour_resume import *  # noqa: F403
from tests.behaviour_schedules import *  # noqa: F403
from tests.behaviour_settle import *  # noqa: F403
from tests.behaviour_storm import *  # noqa: F403
from tests.behaviour_tiers import *  # noqa: F403
from tests.behaviour_undo import *  # noqa: F403
from tests.behaviour_windows import *  # noqa: F403
from tests.builders import make_ports
from tests.tables import create_table


class OneClient:
    """Clients of the mocked account."""

    def __init__(self) -> None:
        self._client = Session().create_client(
            "dynamodb", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test"
        )

    def get(self, service: str) -> object:
        assert service == "dynamodb"
        return self._client


@pytest.fixture
def world() -> Iterator[World]:
    with mock_aws():
        clients = OneClient()
        table = create_table(clients.get("dynamodb"), "test")
        yield make_world(make_ports(DynamoStore(clients, table, pause=lambda _attempt: None)))
