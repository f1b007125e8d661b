"""Lock libraries from PyPI on moto: requests and write units of one lock, and of a second who wants it for three seconds.

They run in an environment of their own that uv makes and forgets, so none of them touches the project's lock. A failed
conditional write costs a write unit as well. AWS's semaphore in a state machine is `bench.semaphore`.
"""

import json
import subprocess
import sys
from typing import Any

from bench.semaphore import measure as measure_semaphore

_PEERS = {
    "dynamo-dlm": "dynamo-dlm",
    "python-dynamodb-lock": "python-dynamodb-lock",
    "Powertools idempotency": "aws-lambda-powertools",
}
_TIMEOUT_S = 180
_SCRIPT = """
import collections, json, os, sys, threading, time
os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="eu-west-1")
import boto3
from moto import mock_aws
calls = collections.Counter()
def note(model, **_):
    calls[model.name] += 1
def take():
    found = dict(calls)
    calls.clear()
    return {"calls": found, "count": sum(found.values()),
            "write_units": sum(n for name, n in found.items() if name in {"PutItem", "UpdateItem", "DeleteItem"})}
def make_table(name, *keys):
    boto3.client("dynamodb").create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": k, "KeyType": t} for k, t, _ in keys],
        AttributeDefinitions=[{"AttributeName": k, "AttributeType": a} for k, _, a in keys])
def contend(want):
    def run():
        try:
            want()
        except Exception as problem:
            ends.append(type(problem).__name__)
    ends = []
    threading.Thread(target=run, daemon=True).start()
    time.sleep(3)
    return {**take(), "ended": ends}
def dlm():
    from dynamo_dlm import DynamoDbLock
    make_table("dlm", ("resource_id", "HASH", "S"), ("concurrency_id", "RANGE", "N"))
    one, two = (DynamoDbLock("a", duration=60, table_name="dlm") for _ in range(2))
    take()
    free = DynamoDbLock("b", duration=60, table_name="dlm")
    free.acquire(); found = {"acquire": take()}
    free.release(); found["release"] = take()
    one.acquire(); take()
    found["contended 3 s"] = contend(two.acquire)
    return found
def lock():
    from python_dynamodb_lock.python_dynamodb_lock import DynamoDBLockClient
    make_table("pdl", ("lock_key", "HASH", "S"), ("sort_key", "RANGE", "S"))
    one, two = (DynamoDBLockClient(boto3.resource("dynamodb"), table_name="pdl") for _ in range(2))
    take()
    held = one.acquire_lock("a"); found = {"acquire": take()}
    held.release(); found["release"] = take()
    one.acquire_lock("b"); take()
    found["contended 3 s"] = contend(lambda: two.acquire_lock("b"))
    return found
def powertools():
    from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent_function
    make_table("idem", ("id", "HASH", "S"))
    seen = {}
    layer = DynamoDBPersistenceLayer(table_name="idem", boto3_session=boto3.DEFAULT_SESSION)
    def run(body):
        seen["acquire"] = take()
        seen["contended 3 s"] = contend(lambda: again(data="a"))
        take()
    def other(body):
        return 1
    run.__qualname__ = other.__qualname__ = "work"
    run.__module__ = other.__module__ = "work"
    options = {"data_keyword_argument": "data", "persistence_store": layer, "config": IdempotencyConfig()}
    def work(data):
        return run(data)
    def same(data):
        return other(data)
    work.__qualname__ = same.__qualname__ = "work"
    again = idempotent_function(same, **options)
    take()
    idempotent_function(work, **options)(data="a")
    seen["release"] = take()
    return seen
with mock_aws():
    boto3.setup_default_session(region_name="eu-west-1")
    boto3.DEFAULT_SESSION.events.register("before-call", note)
    probes = {"Powertools idempotency": powertools, "python-dynamodb-lock": lock, "dynamo-dlm": dlm}
    found = probes[sys.argv[1]]()
    print(json.dumps(found), flush=True)
    os._exit(0)  # what still spins or beats
"""


def measure() -> dict[str, Any]:
    """Run every peer in a process of its own; where it does not install, say so."""
    return {**{name: _run(name, package) for name, package in _PEERS.items()}, "semaphore in ASL": measure_semaphore()}


def _run(name: str, package: str) -> Any:
    uv = [f"{sys.prefix}/bin/uv", "run", "--quiet", "--no-project", "--isolated"]
    wanted = [f"--with={one}" for one in (package, "moto[dynamodb]", "boto3")]
    done = subprocess.run(
        [*uv, *wanted, "python", "-c", _SCRIPT, name], capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
    )
    return json.loads(done.stdout) if done.returncode == 0 else {"not run": done.stderr[-500:]}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
