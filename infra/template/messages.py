"""Interlock's bus, the queue that delays releases, and the queue where what failed for good ends up."""

from collections.abc import Iterable
from typing import Any

_TWO_WEEKS_S = 14 * 24 * 3600
_TRIES = 8
"""How often a message to oneself is delivered before it is a dead letter; reconcile still finds its dispatch."""


PATIENT = {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 24 * 3600}
"""EventBridge's own default, written down: an event is tried for a day and then is a dead letter."""


def describe_target(name: str, arn: Any, retry: dict[str, int]) -> dict[str, Any]:
    """Give a target of an EventBridge rule. What cannot be delivered to it is a dead letter."""
    return {
        "Id": name,
        "Arn": arn,
        "RetryPolicy": retry,
        "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["DeadQueue", "Arn"]}},
    }


def describe_messages(stage: str, settle_timeout_s: int) -> dict[str, Any]:
    """Give the bus, the queue of holds and that of dead letters."""
    dead = {
        "QueueName": f"interlock-{stage}-dead",
        "MessageRetentionPeriod": _TWO_WEEKS_S,
        "SqsManagedSseEnabled": True,
    }
    return {
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": f"interlock-{stage}"}},
        "HoldQueue": describe_queue(f"interlock-{stage}-hold", settle_timeout_s),
        "DeadQueue": {"Type": "AWS::SQS::Queue", "Properties": dead},
    }


def describe_queue(name: str, timeout_s: int) -> dict[str, Any]:
    """Give a queue of messages to oneself. One that is read stays hidden for six times what its reader may take, as AWS advises."""
    properties = {
        "QueueName": name,
        "VisibilityTimeout": 6 * timeout_s,
        "MessageRetentionPeriod": _TWO_WEEKS_S,
        "SqsManagedSseEnabled": True,
        "RedrivePolicy": {
            "deadLetterTargetArn": {"Fn::GetAtt": ["DeadQueue", "Arn"]},
            "maxReceiveCount": _TRIES,
        },
    }
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def describe_dead_letter_policy(rule_ids: Iterable[str], more: Iterable[dict[str, Any]] = ()) -> dict[str, Any]:
    """Let exactly the given EventBridge rules put what they could not deliver into the dead letter queue; `more` says who else."""
    statement = {
        "Sid": "UndeliveredEvents",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": {"Fn::GetAtt": ["DeadQueue", "Arn"]},
        "Condition": {"ArnEquals": {"aws:SourceArn": [{"Fn::GetAtt": [one, "Arn"]} for one in rule_ids]}},
    }
    properties = {
        "Queues": [{"Ref": "DeadQueue"}],
        "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement, *more]},
    }
    return {"DeadQueuePolicy": {"Type": "AWS::SQS::QueuePolicy", "Properties": properties}}
