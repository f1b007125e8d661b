"""The one table: objects with their locks, dispatches, queue rows, budgets and windows."""

from typing import Any

LANES = "lanes"
"""The sparse index of what is waiting or due: only items that carry a `lane` are in it."""


def describe_table(stage: str) -> dict[str, Any]:
    """Give the table. It outlives the stack, since it is the record of what was done and why."""
    properties = {
        "TableName": f"interlock-{stage}",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [_string(name) for name in ("pk", "sk", "lane", "lane_at")],
        "KeySchema": [_key("pk", "HASH"), _key("sk", "RANGE")],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": LANES,
                "KeySchema": [_key("lane", "HASH"), _key("lane_at", "RANGE")],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True},
    }
    return {
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "DeletionPolicy": "RetainExceptOnCreate",
            "UpdateReplacePolicy": "Retain",
            "Properties": properties,
        }
    }


def _string(name: str) -> dict[str, str]:
    return {"AttributeName": name, "AttributeType": "S"}


def _key(name: str, kind: str) -> dict[str, str]:
    return {"AttributeName": name, "KeyType": kind}
