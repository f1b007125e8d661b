"""What the publishing function is given of the table's stream, and what becomes of what it fails at."""

import json
from typing import Any

from chalicelib.control.freezes import freezes_key
from chalicelib.control.journal.transitions import DISPATCH, UNTOLD

_BATCH = 100
_WINDOW_S = 1
"""Changes are gathered this long, so that a burst is one invocation."""
_OLDEST_S = 6 * 3600
"""A stream keeps its records for a day: what is given up after a quarter of it can still be read again."""
_TRIES = 1000
"""Far more than six hours hold, unless it fails at once each time."""


def describe_stream() -> dict[str, Any]:
    """Give the mapping from the table's stream to the function."""
    properties = {
        "EventSourceArn": {"Fn::GetAtt": ["Table", "StreamArn"]},
        "FunctionName": {"Ref": "Publish"},
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": _BATCH,
        "MaximumBatchingWindowInSeconds": _WINDOW_S,
        "FilterCriteria": {"Filters": [{"Pattern": json.dumps(one)} for one in list_patterns()]},
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "BisectBatchOnFunctionError": True,
        "MaximumRecordAgeInSeconds": _OLDEST_S,
        "MaximumRetryAttempts": _TRIES,
        "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["DeadQueue", "Arn"]}}},
    }
    return {"Transitions": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}}


def list_patterns() -> tuple[dict[str, Any], ...]:
    """Say which changes may be transitions: of dispatches, approvals and freezes. All else invokes nothing.

    What expires is deleted, and is none. All shards have the same freezes: the first one's tell.
    """
    dispatches = {"sk": {"S": [{"prefix": DISPATCH}]}}
    acts = {"state": {"S": [{"anything-but": sorted(map(str, UNTOLD))}]}}
    freezes = {name: {"S": [value]} for name, value in freezes_key(0)._asdict().items()}
    written = ["INSERT", "MODIFY"]
    return (
        {"eventName": ["INSERT"], "dynamodb": {"Keys": dispatches, "NewImage": acts}},
        {"eventName": ["MODIFY"], "dynamodb": {"Keys": dispatches}},
        {"eventName": written, "dynamodb": {"Keys": {"pk": {"S": [{"prefix": "approval#"}]}}}},
        {"eventName": written, "dynamodb": {"Keys": freezes}},
    )
