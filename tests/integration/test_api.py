"""The app as Lambda imports it, on DynamoDB and Step Functions as moto plays them, behind API Gateway's events."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from chalice.test import Client
from moto import mock_aws

from app import app
from chalicelib.api.lanes import MAX_QUERIES
from chalicelib.catalog.names import machine_name
from chalicelib.control.model import Execution, ExecutionStatus
from chalicelib.control.records import LIVE_SHARDS, SHARDS
from chalicelib.control.settle import settle_execution
from chalicelib.wiring.core import get_core
from tests.tables import create_table
from tests.unit.api.world import Gateway

STAGE, REGION, ACCOUNT = "test", "eu-west-1", "123456789012"
ANA = f"arn:aws:iam::{ACCOUNT}:user/ana"
REBOOT, STOP = "ec2.reboot", "ec2.stop"
PASS = json.dumps({"StartAt": "end", "States": {"end": {"Type": "Succeed"}}})


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    settings = {
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "INTERLOCK_TABLE": f"interlock-{STAGE}",
        "INTERLOCK_BUS": f"interlock-{STAGE}",
        "INTERLOCK_HOLD_QUEUE": "https://sqs/hold",
        "INTERLOCK_START_QUEUE": "https://sqs/start",
        "INTERLOCK_STAGE": STAGE,
        "INTERLOCK_ACCOUNT": ACCOUNT,
        "INTERLOCK_PARTITION": "aws",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        create_table(boto3.client("dynamodb"), STAGE)
        for name in (REBOOT, STOP):
            _create_machine(name)
        get_core.cache_clear()
        yield Gateway(app, ANA)
        get_core.cache_clear()


def _create_machine(name: str) -> None:
    iam, states = boto3.client("iam"), boto3.client("stepfunctions")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    states.create_state_machine(name=machine_name(STAGE, name), definition=PASS, roleArn=role)


def list_executions(name: str) -> list[Any]:
    arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{machine_name(STAGE, name)}"
    found = boto3.client("stepfunctions").list_executions(stateMachineArn=arn)["executions"]
    return [one["name"] for one in found]


def end(dispatch: str) -> None:
    core = get_core()
    settle_execution(dispatch, Execution(ExecutionStatus.SUCCEEDED), core.ports, core.bundle)


def test_the_committed_catalog_is_served(api: Gateway) -> None:
    assert api.get("/v1/health").body["bundle_version"] == get_core().bundle.version
    offered = {entry["name"]: entry["kind"] for entry in api.get("/v1/catalog").body["entries"]}
    assert (offered["host_reboot"], offered[REBOOT]) == ("workflow", "atom")
    for name in offered:
        assert api.get(f"/v1/catalog/{name}").status == 200


def test_health_answers_through_chalices_own_client(api: Gateway) -> None:
    with Client(app) as client:
        assert client.http.get("/v1/health").json_body["status"] == "ok"


def test_a_start_holds_its_object_runs_waits_is_refused_and_ends(api: Gateway) -> None:
    first = api.start(REBOOT, instance_id="i-0a")
    second = api.start(REBOOT, instance_id="i-0a")
    refused = api.start(STOP, instance_id="i-0a")
    assert (first.status, second.status, refused.status) == (201, 202, 409)
    assert list_executions(REBOOT) == [first.body["id"]]
    (lock,) = api.get("/v1/locks").body["locks"]
    assert lock == api.get("/v1/locks?object=host/i-0a").body["locks"][0]
    assert (lock["object"], lock["holders"][0]["dispatch"]) == ("host/i-0a", first.body["id"])
    assert [(one["position"], one["dispatch"]) for one in lock["waiting"]] == [(1, second.body["id"])]
    end(first.body["id"])
    assert sorted(list_executions(REBOOT)) == sorted([first.body["id"], second.body["id"]])
    end(second.body["id"])
    assert api.get("/v1/locks").body["locks"] == []
    states = {row["id"]: row["state"] for row in api.get("/v1/dispatches").body["dispatches"]}
    assert states == {
        first.body["id"]: "succeeded",
        second.body["id"]: "succeeded",
        refused.body["dispatch"]: "rejected",
    }


def test_a_repeated_key_starts_nothing_more(api: Gateway) -> None:
    first = api.start(REBOOT, key="k", instance_id="i-0a")
    again = api.start(REBOOT, key="k", instance_id="i-0a")
    other = api.start(REBOOT, key="k", instance_id="i-0b")
    assert (again.status, again.body["id"], other.status) == (200, first.body["id"], 422)
    assert list_executions(REBOOT) == [first.body["id"]]


def test_everything_recorded_comes_back_from_the_table(api: Gateway) -> None:
    body = {"name": "ec2.describe", "input": {"tags": {"service": "checkout", 'ü/"': "x"}}, "reason": "inventory"}
    _create_machine("ec2.describe")
    started = api.post(body)
    found = api.get(f"/v1/dispatches/{started.body['id']}").body
    assert found["requested"] == {"principal": ANA, "reason": "inventory", "retries": None}
    assert found["input"]["tags"] == body["input"]["tags"]  # type: ignore[index]
    assert (found["state"], found["object"], found["locks"]) == ("reserved", None, [])


@pytest.mark.parametrize("limit", [1, 4, 200])
def test_pages_give_every_dispatch_once(api: Gateway, limit: int) -> None:
    ids = {api.start(REBOOT, instance_id=f"i-{number:02x}").body["id"] for number in range(12)}
    for dispatch in sorted(ids)[:7]:
        end(dispatch)
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None and len(found) < len(ids):
        page = api.get(f"/v1/dispatches?limit={limit}" + (f"&cursor={cursor}" if cursor else "")).body
        found += [row["id"] for row in page["dispatches"]]
        cursor = page["next"]
    assert len(found) == len(ids)
    assert set(found) == ids


def test_the_calls_of_each_route_are_few_and_bounded(api: Gateway) -> None:
    """BatchGetItem to read, TransactWriteItems to reserve, StartExecution; a list queries its shards."""
    calls: list[str] = []
    core = get_core()
    for service in ("dynamodb", "stepfunctions"):
        client = core.ports.store._clients.get(service)  # type: ignore[attr-defined]
        client.meta.events.register("before-call", lambda model, **_: calls.append(model.name))

    def count(act: Any) -> list[str]:
        calls.clear()
        act()
        return list(calls)

    read, reserve, audit = "BatchGetItem", "TransactWriteItems", "TransactWriteItems"
    assert count(lambda: api.start(REBOOT, instance_id="i-0a")) == [
        read, read, reserve, "StartExecution", audit
    ]  # fmt: skip
    assert count(lambda: api.get("/v1/catalog")) == []
    assert count(lambda: api.get("/v1/dispatches/" + "0" * 20 + "-" + "0" * 20)) == [read]
    assert count(lambda: api.get("/v1/locks")) == ["Query"] * LIVE_SHARDS + [read]
    assert count(lambda: api.get("/v1/locks?object=host/i-0a")) == [read, "Query"]
    assert count(lambda: api.get("/v1/dispatches?state=running")) == ["Query"] * LIVE_SHARDS
    assert len(count(lambda: api.get("/v1/dispatches"))) <= LIVE_SHARDS + MAX_QUERIES + SHARDS
