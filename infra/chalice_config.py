"""The configuration that Chalice packages by: generated, so that no function can be forgotten in it."""

import json
from collections.abc import Sequence
from typing import Any

from infra.functions import Function
from infra.stack import API_STAGE
from infra.target import Target


def write_config(stage: str, functions: Sequence[Function], target: Target) -> dict[str, str]:
    """Give file name -> text for the `.chalice` folder: the configuration and one policy per function."""
    config = {
        "version": "2.0",
        "app_name": "interlock",
        "stages": {
            stage: {
                "api_gateway_stage": API_STAGE,
                "api_gateway_endpoint_type": "REGIONAL",
                "autogen_policy": False,
                "lambda_architecture": target.architecture.value,
                "lambda_functions": {one.name: _configure(one) for one in functions},
            }
        },
    }
    policies = {_policy_file(one): _dump(_policy(one)) for one in functions}
    return {"config.json": _dump(config), **policies}


def _configure(function: Function) -> dict[str, Any]:
    return {
        "iam_policy_file": _policy_file(function),
        "lambda_memory_size": function.memory_mb,
        "lambda_timeout": function.timeout_s,
    }


def _policy(function: Function) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(function.statements)}


def _policy_file(function: Function) -> str:
    return f"policy-{function.name}.json"


def _dump(value: Any) -> str:
    return json.dumps(value, indent=1, sort_keys=True)
