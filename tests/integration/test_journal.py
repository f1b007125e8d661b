"""The stream of DynamoDB as moto plays it, and the journal beside it in the very table that is deployed."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.session import Session
from moto import mock_aws

from chalicelib.aws.journal import DynamoJournal, read_changes
from chalicelib.aws.store import DynamoStore
from chalicelib.control.journal.journal import Outlets, publish_changes, read_journal, trace_state
from chalicelib.control.transaction import Key
from tests.behaviour import make_world
from tests.builders import make_ports
from tests.fakes import FakePublisher
from tests.tables import create_table, read_stream, scan_rows


class Clients:
    """Clients of the mocked account."""

    def __init__(self) -> None:
        session = Session()
        self._made = {
            name: session.create_client(name, region_name="eu-west-1", aws_access_key_id="t", aws_secret_access_key="t")
            for name in ("dynamodb", "dynamodbstreams")
        }

    def get(self, service: str) -> Any:
        return self._made[service]


@pytest.fixture
def clients() -> Iterator[Clients]:
    with mock_aws():
        yield Clients()


def test_the_tables_own_stream_leads_a_dispatch_to_its_state(clients: Clients) -> None:
    table = create_table(clients.get("dynamodb"), "test")
    store = DynamoStore(clients, table, pause=lambda _attempt: None)
    world = make_world(make_ports(store))
    first = world.ask("host_reboot", "e1", host="i-0a").dispatch
    second = world.ask("host_reboot", "e2", host="i-0a").dispatch
    world.end(first)
    world.end(second)
    changes = read_changes(read_stream(clients, table))
    outlets = Outlets(DynamoJournal(clients, table), FakePublisher())
    assert len(publish_changes(changes, outlets)) == 5
    assert trace_state(read_journal(first, store)) == "succeeded"
    moves = [(one["from"], one["to"]) for one in read_journal(second, store)]
    assert moves == [("", "queued"), ("queued", "reserved"), ("reserved", "succeeded")]
    assert publish_changes(changes, outlets) == ()


def test_an_entry_is_put_once_and_never_replaced(clients: Clients) -> None:
    table = create_table(clients.get("dynamodb"), "test")
    journal, key = DynamoJournal(clients, table), Key("journal#a-b", "1#state")
    for reason in ("the first", "the second"):
        journal.append(key, {"v": 1, "reason": reason, "facts": {}})
    assert scan_rows(clients.get("dynamodb"), table) == {
        key: {**key._asdict(), "v": 1, "reason": "the first", "facts": {}}
    }
    assert journal.find([key, Key("journal#a-b", "2#state")]) == {key}
