"""What a stack tells the CLI and the demo about itself."""

from collections.abc import Mapping, Sequence
from typing import Any

from infra.functions import Function


def describe_outputs(stage: str, chalice: Mapping[str, Any], functions: Sequence[Function]) -> dict[str, Any]:
    """Give the table, bus, queues, guard policy, API (Chalice's own outputs) and every function's name."""
    named: dict[str, Any] = {
        "Stage": stage,
        "Table": {"Ref": "Table"},
        "Bus": {"Ref": "Bus"},
        "HoldQueueUrl": {"Ref": "HoldQueue"},
        "StartQueueUrl": {"Ref": "StartQueue"},
        "DeadQueueUrl": {"Ref": "DeadQueue"},
        "GuardPolicyArn": {"Ref": "GuardPolicy"},
        **{f"Function{one.logical_id}": {"Ref": one.logical_id} for one in functions},
    }
    return {**chalice.get("Outputs", {}), **{key: {"Value": value} for key, value in named.items()}}
