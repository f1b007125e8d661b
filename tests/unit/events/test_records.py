"""Batches from SNS and SQS."""

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.events.parse import parse
from chalicelib.events.records import read_records
from chalicelib.identity import Home

CORPUS = Path(__file__).parents[2] / "corpus" / "records"
HOME = Home("111122223333", "eu-west-1")


def read(name: str) -> list[Any]:
    records = read_records(json.loads((CORPUS / f"{name}.json").read_text()))
    assert records is not None
    return [parse(record.raw, HOME) for record in records]


def test_an_alarm_over_sns_is_the_event_that_cloudwatch_sends() -> None:
    (event,) = read("sns_alarm")
    assert (event.source, event.type) == ("aws.cloudwatch", "CloudWatch Alarm State Change")
    assert event.id == "95df01b4-ee98-5cb9-9903-000000000001"
    (seen,) = event.observations
    assert str(seen.object) == "123456789012/us-east-1/alarm/checkout-5xx"
    assert (seen.state, seen.at.isoformat()) == ("ALARM", "2026-03-11T21:56:00.120000+00:00")
    assert seen.labels["LoadBalancer"] == "app/checkout/50dc6c495c0c9188"
    assert seen.labels["metric"] == "HTTPCode_Target_5XX_Count"


def test_a_text_over_sns_is_an_event_of_the_topic() -> None:
    (event,) = read("sns_text")
    assert (event.source, event.type) == ("sns.ops", "Message")
    assert event.detail == {"subject": "hello", "message": "the disk is full"}


def test_messages_of_a_queue_are_its_events_or_what_they_carry() -> None:
    plain, text, alarm, event = read("sqs_messages")
    assert (plain.source, plain.detail) == ("sqs.jobs", {"job": "nightly", "state": "failed"})
    assert plain.time.isoformat() == "2026-03-11T21:56:00+00:00"
    assert text.detail == {"message": "no JSON"}
    assert alarm.source == "aws.cloudwatch"
    assert (event.id, event.source, event.home) == ("e-1", "my.app", HOME)


def test_each_message_of_a_queue_keeps_its_receipt() -> None:
    records = read_records(json.loads((CORPUS / "sqs_messages.json").read_text()))
    assert records is not None
    assert [record.receipt[-1] for record in records] == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    "payload",
    [None, [], {}, {"Records": []}, {"Records": 7}, {"Records": [7]}, {"Records": [{"eventSource": "aws:s3"}]},
     {"source": "x", "detail": {"Records": []}}],
)  # fmt: skip
def test_what_is_no_batch_is_an_event_itself(payload: Any) -> None:
    assert read_records(payload) is None


@pytest.mark.parametrize(
    "record",
    [{"EventSource": "aws:sns"}, {"EventSource": "aws:sns", "Sns": {"Message": "{"}}, {"eventSource": "aws:sqs", "body": 7},
     {"eventSource": "aws:sqs", "body": "[1]", "attributes": {"SentTimestamp": "9" * 40}}],
)  # fmt: skip
def test_a_record_of_another_shape_still_gives_something_to_record(record: dict[str, Any]) -> None:
    records = read_records({"Records": [record]})
    assert records is not None
    assert isinstance(records[0].raw, dict)
