"""The publishing Lambda's batches."""

from collections.abc import Sequence
from typing import Any

import pytest

from chalicelib.aws.attributes import write_item
from chalicelib.aws.journal import read_changes
from chalicelib.control.journal.journal import Outlets
from chalicelib.control.journal.transitions import Change
from chalicelib.entry.publish import TOGETHER, publish_batch
from chalicelib.errors import StoreUnavailable
from tests.fakes import FakeJournal, FakePublisher, MemoryStore


class Deaf(FakePublisher):
    """A bus that takes so many requests, and then none."""

    def __init__(self, takes: int) -> None:
        super().__init__()
        self.left = takes

    def publish_all(self, events: Sequence[tuple[str, Any]]) -> None:
        self.left -= 1
        if self.left < 0:
            raise StoreUnavailable(cause="EventBridge is away")
        super().publish_all(events)


def make_changes(count: int) -> list[Change]:
    return [
        Change(f"10{number}", None, {"pk": f"event#{number}", "sk": "dispatch#b", "id": f"{number}-b", "state": "reserved", "updated_at": "2026-01-01T00:00:00.000Z"})
        for number in range(count)
    ]  # fmt: skip


def test_of_a_batch_that_is_cut_off_only_the_rest_comes_again(caplog: pytest.LogCaptureFixture) -> None:
    store, bus = MemoryStore(), Deaf(takes=1)
    changes = make_changes(TOGETHER + 3)
    told = publish_batch(changes, Outlets(FakeJournal(store), bus))
    assert told == {"batchItemFailures": [{"itemIdentifier": changes[TOGETHER].sequence}]}
    assert len(store.rows) == len(bus.published) == TOGETHER
    assert "EventBridge is away" in caplog.text


def test_a_batch_of_which_nothing_could_be_published_fails_as_a_whole() -> None:
    with pytest.raises(StoreUnavailable):
        publish_batch(make_changes(3), Outlets(FakeJournal(MemoryStore()), Deaf(takes=0)))


def test_a_whole_batch_has_no_failures() -> None:
    store, bus = MemoryStore(), FakePublisher()
    assert publish_batch(make_changes(25), Outlets(FakeJournal(store), bus)) == {"batchItemFailures": []}
    assert len(store.rows) == 25


def test_records_are_read_as_rows_before_and_after() -> None:
    row = {"pk": "event#a", "sk": "dispatch#b", "state": "queued", "rank": 1}
    later = {**row, "state": "reserved", "locks": [["host/i-0a", "disrupt"]]}
    records = [
        {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "5", "NewImage": write_item(row)}},
        {"eventName": "MODIFY", "dynamodb": {"SequenceNumber": "6", "OldImage": write_item(row), "NewImage": write_item(later)}},
        {"eventName": "REMOVE", "dynamodb": {"SequenceNumber": "7", "OldImage": write_item(later)}},
    ]  # fmt: skip
    assert read_changes(records) == (Change("5", None, row), Change("6", row, later))
