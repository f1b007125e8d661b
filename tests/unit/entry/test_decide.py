"""The decision function's handler, given one event or a batch."""

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.control.transaction import Result, Transaction
from chalicelib.entry.decide import take_payload
from chalicelib.errors import StoreUnavailable
from chalicelib.wiring.core import Core
from tests.builders import HOME, make_bundle, make_event, make_ports
from tests.fakes import MemoryStore

RECORDS = Path(__file__).parents[2] / "corpus" / "records"


def read(name: str) -> Any:
    return json.loads((RECORDS / f"{name}.json").read_text())


class Failing(MemoryStore):
    """Refuses to write the message whose event has this id."""

    refused = "059f36b4-87a3-44ab-83d2-000000000001"

    def commit(self, transaction: Transaction) -> Result:
        if self.refused in repr(transaction):
            raise StoreUnavailable(cause="a test")
        return super().commit(transaction)


def make_core(store: MemoryStore | None = None) -> Core:
    ports = make_ports()
    return Core(ports._replace(store=store) if store else ports, make_bundle(), HOME, "test")


def test_one_event_is_answered_with_its_verdicts() -> None:
    answer = take_payload(make_event(), make_core())
    assert (answer["event"], answer["outcome"]) == ("e1", "verdicts")
    assert len(answer["verdicts"]) == 1


def test_each_record_of_a_batch_is_an_event() -> None:
    answer = take_payload(read("sqs_messages"), make_core())
    assert [one["outcome"] for one in answer["events"]] == ["no rule"] * 4
    assert answer["batchItemFailures"] == []


def test_a_message_that_fails_comes_again_and_hinders_no_other() -> None:
    answer = take_payload(read("sqs_messages"), make_core(Failing()))
    assert answer["batchItemFailures"] == [{"itemIdentifier": Failing.refused}]
    assert len(answer["events"]) == 3


def test_a_notification_that_fails_makes_lambda_try_again() -> None:
    store = Failing()
    store.refused = "95df01b4-ee98-5cb9-9903-000000000002"
    with pytest.raises(StoreUnavailable):
        take_payload(read("sns_text"), make_core(store))
