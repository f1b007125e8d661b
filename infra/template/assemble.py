"""Puts the template together from Chalice's part and ours."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.catalog.model import Bundle
from chalicelib.catalog.pagers import Pagers
from infra import iam
from infra.functions import CORE, SETTLE, START, Function
from infra.template.functions import adapt_functions
from infra.template.limits import check_limits
from infra.template.machines import describe_machines
from infra.template.messages import describe_messages
from infra.template.outputs import describe_outputs
from infra.template.pacing import describe_conditions, describe_pacing
from infra.template.pagers import describe_pagers, list_routes, list_topics
from infra.template.storage import describe_table
from infra.template.triggers import describe_triggers

Template = dict[str, Any]

_FUNCTION = "AWS::Serverless::Function"


@dataclass(frozen=True, slots=True)
class Stack:
    """All that the template is made from, besides what Chalice says of the code."""

    stage: str
    bundle: Bundle
    machines: Mapping[str, Mapping[str, Any]]
    functions: tuple[Function, ...]
    pagers: Pagers = field(default_factory=Pagers)


def assemble(stack: Stack, chalice: Mapping[str, Any]) -> Template:
    """Give the whole template; code locations are still Chalice's.

    Raises UnknownSubstitution, NameTooLong, TooManyResources or TemplateTooLarge.
    """
    timeouts = {one.name: one.timeout_s for one in stack.functions}
    template: Template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": chalice["Transform"],
        "Conditions": describe_conditions(),
        "Description": f"Interlock {stack.stage}, bundle {stack.bundle.version}",
        "Resources": {
            **describe_table(stack.stage),
            **describe_messages(stack.stage, timeouts[SETTLE]),
            **describe_pacing(stack.stage, timeouts[START]),
            **adapt_functions(stack.stage, chalice, stack.functions),
            **describe_machines(
                stack.stage, stack.machines, stack.functions, stack.bundle.workflows, stack.bundle.atoms
            ),
            **describe_triggers(
                stack.stage,
                stack.bundle.rules,
                stack.bundle.sources,
                stack.bundle.services,
                list_routes(stack.pagers),
            ),
            **describe_pagers(stack.stage, stack.pagers, [one for one in stack.functions if one.name in CORE]),
            **_describe_guard(stack.stage),
        },
        "Outputs": {
            **describe_outputs(stack.stage, chalice, stack.functions),
            **{name: {"Value": arn} for name, arn in list_topics(stack.pagers).items()},
        },
    }
    check_limits(template, len(dump_template(template)))
    return template


def dump_template(template: Template) -> bytes:
    """Serialize to the bytes that are uploaded: the same for equal templates."""
    return json.dumps(template, sort_keys=True, separators=(",", ":")).encode()


def place_code(template: Template, bucket: str, key: str) -> Template:
    """Point every function at the uploaded package."""
    return map_functions(template, lambda properties: {**properties, "CodeUri": {"Bucket": bucket, "Key": key}})


def map_functions(template: Template, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Template:
    """Give the template with the properties of every function changed."""
    resources = {
        name: {**one, "Properties": change(one["Properties"])} if one["Type"] == _FUNCTION else one
        for name, one in template["Resources"].items()
    }
    return {**template, "Resources": resources}


def _describe_guard(stage: str) -> dict[str, Any]:
    properties = {
        "Description": "Attach to people's roles: Interlock's machines are started by Interlock only.",
        "PolicyDocument": iam.guard_machines(stage),
    }
    return {"GuardPolicy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}}
