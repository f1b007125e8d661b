"""Chalice's part of the template, with names, log groups and the rest that Chalice has no option for."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.catalog.names import function_name
from chalicelib.identity import digest
from infra.functions import Function

_LOG_DAYS = 30
_ROLE_LIMIT = 64
_REGION_ROOM = 15
"""A role is global to the account, so its name ends in the region: `-ap-southeast-2`."""


def adapt_functions(stage: str, chalice: Mapping[str, Any], functions: Sequence[Function]) -> dict[str, Any]:
    """Give Chalice's resources with deterministic names, the declared environment and a log group per function."""
    resources: dict[str, Any] = copy.deepcopy(dict(chalice["Resources"]))
    for one in functions:
        _adapt_function(stage, resources[one.logical_id], one)
        _adapt_role(stage, resources[one.role_id], one)
        resources[one.log_group_id] = _describe_log_group(stage, one)
    if "RestAPI" in resources:
        resources["RestAPI"]["Properties"]["Name"] = f"interlock-{stage}"
    return resources


def bound_role_name(stage: str, label: str) -> str:
    """Name a role within AWS's 64 characters: a long name ends in a hash of itself."""
    name = function_name(stage, label)
    room = _ROLE_LIMIT - _REGION_ROOM
    return name if len(name) <= room else f"{name[: room - 7]}-{digest([name], 6)}"


def _adapt_function(stage: str, resource: dict[str, Any], function: Function) -> None:
    properties = resource["Properties"]
    properties["FunctionName"] = function_name(stage, function.label)
    properties["Environment"] = {"Variables": dict(function.environment)}
    resource["DependsOn"] = [function.log_group_id]


def _adapt_role(stage: str, resource: dict[str, Any], function: Function) -> None:
    name = f"{bound_role_name(stage, function.label)}-${{AWS::Region}}"
    resource["Properties"]["RoleName"] = {"Fn::Sub": name}


def _describe_log_group(stage: str, function: Function) -> dict[str, Any]:
    properties = {
        "LogGroupName": f"/aws/lambda/{function_name(stage, function.label)}",
        "RetentionInDays": _LOG_DAYS,
    }
    return {"Type": "AWS::Logs::LogGroup", "Properties": properties}
