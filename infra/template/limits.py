"""Stops a build that CloudFormation would refuse later, and says what to split."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from infra.errors import NameTooLong, TemplateTooLarge, TooManyResources

RESOURCE_LIMIT = 450
"""AWS allows 500; the rest is room for what a rollback or the next release adds."""
BYTES_LIMIT = 900_000
"""AWS allows 1 MB for a template in a bucket."""
_NAMES: dict[str, tuple[str, int]] = {
    "AWS::Serverless::Function": ("FunctionName", 64),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", 80),
}
_SHOWN = 5
_SAM_API_ADDS = 2
"""SAM turns one Serverless::Api into a RestApi, a deployment and a stage."""


def check_limits(template: Mapping[str, Any], size: int) -> None:
    """Raise NameTooLong, TooManyResources or TemplateTooLarge; `size` is in bytes as uploaded."""
    _check_names(template["Resources"])
    count = count_resources(template)
    if count > RESOURCE_LIMIT:
        raise TooManyResources(count=count, limit=RESOURCE_LIMIT, advice=_advise(template))
    if size > BYTES_LIMIT:
        raise TemplateTooLarge(size=size, limit=BYTES_LIMIT, advice=_advise_on_size(template))


def count_resources(template: Mapping[str, Any]) -> int:
    """Count the resources after the SAM transform."""
    kinds = Counter(one["Type"] for one in template["Resources"].values())
    return kinds.total() + _SAM_API_ADDS * kinds["AWS::Serverless::Api"]


def _check_names(resources: Mapping[str, Any]) -> None:
    for resource in resources.values():
        key, limit = _NAMES.get(resource["Type"], ("", 0))
        name = resource["Properties"].get(key)
        if name is not None and len(name) > limit:
            raise NameTooLong(name=name, length=len(name), limit=limit, what=key)


def _advise(template: Mapping[str, Any]) -> str:
    kinds = Counter(one["Type"] for one in template["Resources"].values())
    functions = kinds["AWS::Serverless::Function"]
    machines = kinds["AWS::StepFunctions::StateMachine"]
    return (
        f"{functions} functions take 3 resources each and {machines} state machines take 2; "
        "offer fewer atoms in policies/catalog.yaml, or move some workflows with their rules to another stage"
    )


def _advise_on_size(template: Mapping[str, Any]) -> str:
    sizes = {
        one["Properties"]["StateMachineName"]: len(json.dumps(one["Properties"]["Definition"], separators=(",", ":")))
        for one in template["Resources"].values()
        if one["Type"] == "AWS::StepFunctions::StateMachine"
    }
    largest = sorted(sizes, key=lambda name: (-sizes[name], name))[:_SHOWN]
    shown = ", ".join(f"{name} with {sizes[name]:,}" for name in largest) or "no state machine"
    return f"the largest are {shown}; shorten their descriptions, or move them with their rules to another stage"
