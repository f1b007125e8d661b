"""Interlock's bus, the queue that delays releases, and the queue where what failed for good ends up."""

from collections.abc import Iterable
from typing import Any

_TWO_WEEKS_S = 14 * 24 * 3600
_TRIES = 8
"""How often a held release is delivered before it is a dead letter; reconcile still finds its dispatch."""


def describe_messages(stage: str, settle_timeout_s: int) -> dict[str, Any]:
    """Give the bus and both queues. A held message stays hidden for six times what settle may take, as AWS advises."""
    hold = {
        "QueueName": f"interlock-{stage}-hold",
        "VisibilityTimeout": 6 * settle_timeout_s,
        "MessageRetentionPeriod": _TWO_WEEKS_S,
        "SqsManagedSseEnabled": True,
        "RedrivePolicy": {
            "deadLetterTargetArn": {"Fn::GetAtt": ["DeadQueue", "Arn"]},
            "maxReceiveCount": _TRIES,
        },
    }
    dead = {
        "QueueName": f"interlock-{stage}-dead",
        "MessageRetentionPeriod": _TWO_WEEKS_S,
        "SqsManagedSseEnabled": True,
    }
    return {
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": f"interlock-{stage}"}},
        "HoldQueue": {"Type": "AWS::SQS::Queue", "Properties": hold},
        "DeadQueue": {"Type": "AWS::SQS::Queue", "Properties": dead},
    }


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
