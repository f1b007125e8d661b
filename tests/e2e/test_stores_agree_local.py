"""The in-memory store and the DynamoDB of the local AWS live through the same history: same answers, same rows."""

from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from chalicelib.aws.store import DynamoStore
from infra.cloud import Cloud
from tests.behaviour import make_world
from tests.builders import make_ports
from tests.fakes import MemoryStore
from tests.histories import HISTORIES, Command, play
from tests.tables import CloudClients, create_table, scan_rows

pytestmark = pytest.mark.e2e


@given(HISTORIES)
@settings(
    max_examples=10,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_memory_and_the_local_dynamodb_agree_about_every_history(cloud: Cloud, history: list[Command]) -> None:
    store = MemoryStore()
    expected = play(history, make_world(make_ports(store)))
    clients = CloudClients(cloud)
    table = create_table(clients.get("dynamodb"), uuid4().hex[:8])
    answers = play(history, make_world(make_ports(DynamoStore(clients, table, pause=lambda _attempt: None))))
    rows = scan_rows(clients.get("dynamodb"), table)
    clients.get("dynamodb").delete_table(TableName=table)
    assert answers == expected
    assert rows == store.rows
