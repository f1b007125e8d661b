"""Control on the DynamoDB of the local AWS: the third of the three stores that must behave alike."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from chalicelib.aws.store import DynamoStore
from infra.cloud import Cloud
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
from tests.tables import CloudClients, create_table

pytestmark = pytest.mark.e2e


@pytest.fixture
def world(cloud: Cloud) -> Iterator[World]:
    clients = CloudClients(cloud)
    table = create_table(clients.get("dynamodb"), uuid4().hex[:8])
    yield make_world(make_ports(DynamoStore(clients, table, pause=lambda _attempt: None)))
    clients.get("dynamodb").delete_table(TableName=table)
