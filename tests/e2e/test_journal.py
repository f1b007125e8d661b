"""What becomes of a dispatch is told on the bus and kept in the journal: by the real stream, mapping and function."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.aws.store import DynamoStore
from chalicelib.control.journal.journal import read_journal, trace_state
from infra.api import call_api, find_api_url
from infra.cloud import Cloud
from tests.e2e.conftest import Await
from tests.tables import CloudClients, read_stream

pytestmark = pytest.mark.e2e


@pytest.fixture
def heard(cloud: Cloud, outputs: dict[str, str]) -> Iterator[str]:
    """A queue, by its URL, that a rule gives every transition on Interlock's bus."""
    sqs, events = cloud.client("sqs"), cloud.client("events")
    url = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["interlock"], "detail-type": ["Dispatch State Changed"]}
    events.put_rule(Name="heard", EventBusName=outputs["Bus"], EventPattern=json.dumps(pattern))
    events.put_targets(Rule="heard", EventBusName=outputs["Bus"], Targets=[{"Id": "heard", "Arn": arn}])
    yield url
    events.remove_targets(Rule="heard", EventBusName=outputs["Bus"], Ids=["heard"])
    events.delete_rule(Name="heard", EventBusName=outputs["Bus"])
    sqs.delete_queue(QueueUrl=url)


def take_events(cloud: Cloud, url: str, dispatch: str) -> list[dict[str, Any]]:
    found = cloud.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for one in found:
        cloud.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    details = [json.loads(one["Body"])["detail"] for one in found]
    return [one for one in details if one["dispatch"] == dispatch]


def test_every_transition_is_in_the_journal_and_on_the_bus_once(
    cloud: Cloud, outputs: dict[str, str], heard: str, eventually: Await
) -> None:
    launched = cloud.client("ec2").run_instances(ImageId="ami-1", InstanceType="t3.micro", MinCount=1, MaxCount=1)
    host = launched["Instances"][0]["InstanceId"]
    request = {"name": "ec2.describe", "input": {"instance_ids": [host]}, "object": f"host/{host}"}
    url = f"{find_api_url(cloud, outputs)}/v1/dispatches"
    dispatch = call_api(cloud, url, "POST", request, headers={"Idempotency-Key": "journal"}).body["id"]
    store = DynamoStore(CloudClients(cloud), outputs["Table"], lambda _attempt: None)
    eventually(lambda: trace_state(read_journal(dispatch, store)) == "succeeded")
    entries = read_journal(dispatch, store)
    moves = [(one["from"], one["to"]) for one in entries]
    assert moves == [("", "reserved"), ("reserved", "running"), ("running", "succeeded")]

    told: list[dict[str, Any]] = []

    def all_heard() -> bool:
        told.extend(take_events(cloud, heard, dispatch))
        return len(told) >= len(moves)

    eventually(all_heard)
    assert sorted((one["from"] or "", one["to"]) for one in told) == sorted(moves)
    assert {(one["workflow"], one["hops"], one["root_id"]) for one in told} == {("ec2.describe", 1, told[0]["root_id"])}

    records = [
        one for one in read_stream(CloudClients(cloud), outputs["Table"]) if dispatch in json.dumps(one, default=str)
    ]
    batch = json.dumps({"Records": records}, default=str)
    again = cloud.client("lambda").invoke(FunctionName=outputs["FunctionPublish"], Payload=batch.encode())
    assert json.loads(again["Payload"].read()) == {"batchItemFailures": []}
    assert read_journal(dispatch, store) == entries
    assert take_events(cloud, heard, dispatch) == []
