"""AWS's pattern of a semaphore inside a state machine, written after its public description and run on moto.

The machine takes a slot with a conditional UpdateItem, looks with GetItem whether a refusal is its own earlier success, waits
three seconds and tries again; it gives the slot back with another UpdateItem. Requests are those that moto's Step Functions
makes of DynamoDB, transitions are the states entered in the execution's history.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.client import BaseClient
from moto import mock_aws

REGION, TABLE, LIMIT = "eu-west-1", "semaphore", 1
WAIT_S = 3
ROUNDS = 4
"""How often the waiter is refused before the slot is free."""
_WRITES = {"PutItem", "UpdateItem", "DeleteItem"}
_CALL = "_make_api_call"
_ME = {"#me.$": "$$.Execution.Name"}


def make_machine() -> dict[str, Any]:
    """Write the machine: the work itself is one state, `work`, which is not counted."""
    key = {"TableName": TABLE, "Key": {"name": {"S": "lock"}}}
    take = {
        **key,
        "UpdateExpression": "SET held = held + :one, #me = :held",
        "ConditionExpression": "held < :limit AND attribute_not_exists(#me)",
        "ExpressionAttributeNames": _ME,
        "ExpressionAttributeValues": {":one": {"N": "1"}, ":limit": {"N": str(LIMIT)}, ":held": {"S": "held"}},
    }
    give_back = {
        **key,
        "UpdateExpression": "SET held = held - :one REMOVE #me",
        "ConditionExpression": "attribute_exists(#me)",
        "ExpressionAttributeNames": _ME,
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    look = {**key, "ExpressionAttributeNames": _ME, "ProjectionExpression": "#me", "ConsistentRead": True}
    refused = {"ErrorEquals": ["DynamoDb.ConditionalCheckFailedException"], "ResultPath": None, "Next": "look"}
    return {
        "StartAt": "take",
        "States": {
            "take": _task("updateItem", take, "work", Catch=[refused]),
            "look": _task("getItem", look, "mine", ResultPath="$.found"),
            "mine": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.found.Item.held", "IsPresent": True, "Next": "work"}],
                "Default": "wait",
            },
            "wait": {"Type": "Wait", "Seconds": WAIT_S, "Next": "take"},
            "work": {"Type": "Pass", "Next": "give back"},
            "give back": _task("updateItem", give_back, None, End=True),
        },
    }


def measure() -> dict[str, Any]:
    """Run it free, and against a slot that somebody else has for some rounds."""
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}), _counted() as calls:
        dynamodb = boto3.client("dynamodb", region_name=REGION)
        machines = boto3.client("stepfunctions", region_name=REGION)
        dynamodb.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        machine = machines.create_state_machine(
            name="semaphore", definition=json.dumps(make_machine()), roleArn="arn:aws:iam::123456789012:role/any"
        )["stateMachineArn"]
        put = {"name": {"S": "lock"}, "held": {"N": "0"}}
        dynamodb.put_item(TableName=TABLE, Item=put)
        free = _run("free", machines, machine, calls, lambda: None)
        dynamodb.put_item(TableName=TABLE, Item={**put, "held": {"N": str(LIMIT)}})

        def hold() -> None:
            time.sleep((ROUNDS - 0.5) * WAIT_S)
            dynamodb.put_item(TableName=TABLE, Item=put)
            calls.remove("PutItem")

        contended = _run("contended", machines, machine, calls, hold)
    rounds = contended["waits"]
    more = {name: (contended[name] - free[name]) / rounds for name in free if name != "waits"}
    return {"acquire and release, free": free, f"each {WAIT_S} s of a waiter": more, "rounds": rounds}


def _run(name: str, machines: Any, machine: str, calls: list[str], meanwhile: Any) -> dict[str, float]:
    """Count one execution; entering `work` is not the semaphore's."""
    calls.clear()
    run = machines.start_execution(stateMachineArn=machine, name=name, input="{}")["executionArn"]
    meanwhile()
    while (status := machines.describe_execution(executionArn=run)["status"]) == "RUNNING":
        time.sleep(0.05)
    events = machines.get_execution_history(executionArn=run)["events"]
    assert status == "SUCCEEDED", events[-1]
    made = [one for one in calls if one.endswith("Item")]
    entered = [one["stateEnteredEventDetails"]["name"] for one in events if one["type"].endswith("StateEntered")]
    return {
        "requests": len(made),
        "write_units": sum(one in _WRITES for one in made),
        "transitions": len(entered) - 1,
        "waits": entered.count("wait"),
    }


@contextmanager
def _counted() -> Iterator[list[str]]:
    """Note every call of every client, moto's own included."""
    calls: list[str] = []
    inner = getattr(BaseClient, _CALL)

    def call(self: Any, name: str, parameters: Any) -> Any:
        calls.append(name)
        return inner(self, name, parameters)

    setattr(BaseClient, _CALL, call)
    try:
        yield calls
    finally:
        setattr(BaseClient, _CALL, inner)


def _task(api: str, parameters: dict[str, Any], following: str | None, **more: Any) -> dict[str, Any]:
    goes_on = {} if following is None else {"Next": following}
    keeps = {} if "ResultPath" in more else {"ResultPath": None}
    return {
        "Type": "Task", "Resource": f"arn:aws:states:::aws-sdk:dynamodb:{api}", "Parameters": parameters,
        **keeps, **goes_on, **more,
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
