"""The in-memory store and DynamoDB, as moto plays it, live through the same history: same answers, same rows."""

from hypothesis import HealthCheck, given, settings
from moto import mock_aws

from chalicelib.aws.store import DynamoStore
from tests.behaviour import make_world
from tests.builders import make_ports
from tests.fakes import MemoryStore
from tests.histories import HISTORIES, Command, play
from tests.integration.test_behaviour_dynamodb import OneClient
from tests.tables import create_table, scan_rows


@given(HISTORIES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_memory_and_dynamodb_agree_about_every_history(history: list[Command]) -> None:
    store = MemoryStore()
    expected = play(history, make_world(make_ports(store)))
    with mock_aws():
        clients = OneClient()
        table = create_table(clients.get("dynamodb"), "test")
        answers = play(history, make_world(make_ports(DynamoStore(clients, table, pause=lambda _attempt: None))))
        rows = scan_rows(clients.get("dynamodb"), table)
    assert answers == expected
    assert rows == store.rows
