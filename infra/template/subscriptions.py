"""Subscriptions of the decision function to the topics, queues and buses that `policies/sources.yaml` names."""

from collections.abc import Sequence
from typing import Any

from chalicelib.catalog.model import Sources

Resources = dict[str, Any]

_BATCH = 10
_DECIDE = {"Fn::GetAtt": ["Decide", "Arn"]}
_DEAD = {"Fn::GetAtt": ["DeadQueue", "Arn"]}


def describe_subscriptions(sources: Sources) -> Resources:
    """Give what subscribes to topics and reads queues. What a topic cannot deliver goes to the dead letter queue."""
    found: Resources = {}
    for number, topic in enumerate(sources.topics, start=1):
        found |= _subscribe(f"Topic{number}", topic)
    for number, queue in enumerate(sources.queues, start=1):
        found[f"Queue{number}"] = _read_queue(queue)
    return found


def allow_topics(topics: Sequence[str]) -> list[dict[str, Any]]:
    """Give the statements that let exactly these topics put what they cannot deliver into the dead letter queue."""
    if not topics:
        return []
    statement = {
        "Sid": "UndeliveredNotifications",
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": _DEAD,
        "Condition": {"ArnEquals": {"aws:SourceArn": list(topics)}},
    }
    return [statement]


def _subscribe(name: str, topic: str) -> Resources:
    subscription = {
        "Protocol": "lambda",
        "Endpoint": _DECIDE,
        "TopicArn": topic,
        "Region": topic.split(":")[3],
        "RedrivePolicy": {"deadLetterTargetArn": _DEAD},
    }
    permission = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": {"Ref": "Decide"},
        "Principal": "sns.amazonaws.com",
        "SourceArn": topic,
    }
    return {
        f"{name}Subscription": {"Type": "AWS::SNS::Subscription", "Properties": subscription},
        f"{name}Permission": {"Type": "AWS::Lambda::Permission", "Properties": permission},
    }


def _read_queue(queue: str) -> dict[str, Any]:
    """A message that fails comes again alone; how often, and where it ends up, is the queue's own redrive policy."""
    properties = {
        "EventSourceArn": queue,
        "FunctionName": {"Ref": "Decide"},
        "BatchSize": _BATCH,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }
    return {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}
