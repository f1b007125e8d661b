"""The queue of starts that AWS throttled, and its workers: few enough that they never reach the quota by themselves."""

from typing import Any

from chalicelib.control.pace import STARTS_A_SECOND
from infra.template.messages import describe_queue

BATCH = 10
LARGE_REGIONS = ("us-east-1", "us-west-2", "eu-west-1")
REFILL_LARGE, REFILL = 300, 150
"""StartExecution's default quotas, in starts a second: what its bucket gains in the large regions, and elsewhere."""
_SHARE = 0.6
"""Of the quota; the rest is for what starts directly, and for everybody else in the account."""
_LARGE = "LargeStartQuota"


def count_workers(refill: float) -> int:
    """Say how many workers take the queue's share of a quota."""
    return int(_SHARE * refill / STARTS_A_SECOND)


def find_pace(region: str) -> int:
    """Say how many the queue starts a second at most, in a region."""
    return STARTS_A_SECOND * count_workers(REFILL_LARGE if region in LARGE_REGIONS else REFILL)


def describe_conditions() -> dict[str, Any]:
    """Say where the larger quota is: one template serves all regions."""
    return {_LARGE: {"Fn::Or": [{"Fn::Equals": [{"Ref": "AWS::Region"}, one]} for one in LARGE_REGIONS]}}


def describe_pacing(stage: str, timeout_s: int) -> dict[str, Any]:
    """Give the queue and what has the function `start` read it."""
    workers = {"Fn::If": [_LARGE, count_workers(REFILL_LARGE), count_workers(REFILL)]}
    mapping = {
        "EventSourceArn": {"Fn::GetAtt": ["StartQueue", "Arn"]},
        "FunctionName": {"Ref": "Start"},
        "BatchSize": BATCH,
        "ScalingConfig": {"MaximumConcurrency": workers},
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }
    return {
        "StartQueue": describe_queue(f"interlock-{stage}-start", timeout_s),
        "PacedStarts": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping},
    }
