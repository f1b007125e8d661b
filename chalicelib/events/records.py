"""Batches of SNS and SQS records, as Lambda gets them, to raw events in EventBridge's form.

What a record carries is taken as it is where it is such an event already. A CloudWatch alarm's notification becomes the
event that CloudWatch sends to EventBridge for the same change. Anything else is an event of the topic or queue.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from chalicelib.events.observing import find, find_last, find_text
from chalicelib.events.sources.cloudwatch import ALARM

TRUSTED = ("interlock", "webhook.", "sns.", "sqs.")
"""How the sources begin that nobody may claim in a message: Interlock's own, signed webhooks, topics and queues."""
_SNS, _SQS = "aws:sns", "aws:sqs"


class Record(NamedTuple):
    """One event of a batch; `receipt` is what SQS must be told if it could not be handled, empty for SNS."""

    raw: Any
    receipt: str = ""


def read_records(payload: Any) -> tuple[Record, ...] | None:
    """Give the events of a batch; None if the payload is no batch, but an event itself."""
    records = find(payload, "Records")
    if not isinstance(records, list) or not records or not all(isinstance(one, dict) for one in records):
        return None
    kinds = {one.get("EventSource", one.get("eventSource")) for one in records}
    if kinds == {_SNS}:
        return tuple(Record(_read_notification(find(one, "Sns"))) for one in records)
    if kinds == {_SQS}:
        return tuple(Record(_read_message(one), str(one.get("messageId", ""))) for one in records)
    return None


def _read_message(message: Mapping[str, Any]) -> Any:
    """A queue may be subscribed to a topic: then the body is the notification."""
    body = _parse(message.get("body"))
    if _is_event(body):
        return body
    if find_text(body, "Type") == "Notification" and find_text(body, "TopicArn"):
        return _read_notification(body)
    arn = find_text(message, "eventSourceARN")
    sent = find_text(message, "attributes", "SentTimestamp") or ""
    at = _render_millis(int(sent)) if sent.isascii() and sent.isdigit() else None
    detail = body if isinstance(body, dict) else {"message": message.get("body")}
    return _wrap("sqs", arn, find_text(message, "messageId"), at, detail)


def _read_notification(notification: Any) -> Any:
    message = _parse(find(notification, "Message"))
    if _is_event(message):
        return message
    arn, given = find_text(notification, "TopicArn"), find_text(notification, "MessageId")
    at = find_text(notification, "Timestamp")
    if find_text(message, "AlarmName") and find_text(message, "NewStateValue"):
        return _write_alarm(message, given, at)
    detail = {"subject": find_text(notification, "Subject"), "message": message}
    return _wrap("sns", arn, given, at, detail)


def _write_alarm(message: Mapping[str, Any], given: str | None, at: str | None) -> dict[str, Any]:
    trigger = find(message, "Trigger")
    dimensions = find(trigger, "Dimensions")
    named = {find_text(one, "name"): find(one, "value") for one in dimensions} if isinstance(dimensions, list) else {}
    metric = {"name": find(trigger, "MetricName"), "namespace": find(trigger, "Namespace"), "dimensions": named}
    arn = find_text(message, "AlarmArn")
    changed = find_text(message, "StateChangeTime") or at
    return {
        **_wrap("", arn, given, at, {}),
        "source": "aws.cloudwatch",
        "detail-type": ALARM,
        "resources": [arn] if arn else [],
        "detail": {
            "alarmName": message["AlarmName"],
            "configuration": {"metrics": [{"metricStat": {"metric": metric}}] if find(trigger, "MetricName") else []},
            "previousState": {"value": find(message, "OldStateValue")},
            "state": {
                "value": message["NewStateValue"],
                "reason": find(message, "NewStateReason"),
                "timestamp": changed,
            },
        },
    }


def _wrap(
    kind: str, arn: str | None, given: str | None, at: str | None, detail: Mapping[str, Any]
) -> dict[str, Any]:  # fmt: skip
    """Write the envelope; what is missing of it makes a dead letter of the event, with that as its cause."""
    parts = (arn or "").split(":")
    place = {"region": parts[3], "account": parts[4]} if len(parts) > 5 and parts[3] and parts[4] else {}  # noqa: PLR2004 - an ARN's own fields
    wrapped = {
        "version": "0",
        "id": given,
        "source": f"{kind}.{find_last(arn)}",
        "detail-type": "Message",
        "time": at,
        "resources": [arn] if arn else [],
        "detail": dict(detail),
    }
    return {**wrapped, **place}


def _is_event(value: Any) -> bool:
    """Whether a message is an event itself. One that claims a source with a door of its own is a message like any other."""
    if not isinstance(value, dict) or not {"id", "source", "detail-type", "detail"} <= value.keys():
        return False
    return not str(value["source"]).startswith(TRUSTED)


def _parse(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _render_millis(millis: int) -> str | None:
    try:
        return datetime.fromtimestamp(millis / 1000, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return None
