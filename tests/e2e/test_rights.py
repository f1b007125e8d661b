"""The generated rights are enough: a real incident runs on the real project with IAM enforced, and nothing is denied."""

import json
from typing import Any

import pytest

from infra.api import call_api, find_api_url
from infra.client import ApiClient
from infra.cloud import Cloud
from infra.local.server import Site
from tests.e2e.conftest import Await

pytestmark = pytest.mark.e2e


def make_host(cloud: Cloud) -> tuple[str, str]:
    """Launch one stopped host behind a target group, labeled as the checkout service's; gives the ids of both."""
    ec2, balancers = cloud.client("ec2"), cloud.client("elbv2")
    launched = ec2.run_instances(ImageId="ami-12345678", InstanceType="t3.micro", MinCount=1, MaxCount=1)
    host = launched["Instances"][0]["InstanceId"]
    network = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    made = balancers.create_target_group(Name="rights", Protocol="HTTP", Port=80, VpcId=network)
    group = made["TargetGroups"][0]["TargetGroupArn"]
    balancers.register_targets(TargetGroupArn=group, Targets=[{"Id": host}])
    tags = [{"Key": "service", "Value": "checkout"}, {"Key": "target_group", "Value": group}]
    ec2.create_tags(Resources=[host], Tags=tags)
    ec2.stop_instances(InstanceIds=[host])
    return host, group


def make_stopped_event(host: str) -> dict[str, Any]:
    """Write the event that EC2 sends when a host has stopped; the local AWS sends none itself."""
    return {
        "version": "0",
        "id": "0f5c3a1e-rights",
        "source": "aws.ec2",
        "detail-type": "EC2 Instance State-change Notification",
        "account": "000000000000",
        "region": "us-east-1",
        "time": "2026-01-01T00:00:00Z",
        "resources": [],
        "detail": {"instance-id": host, "state": "stopped"},
    }


def test_an_incident_needs_no_right_that_was_not_generated(
    cloud: Cloud, outputs: dict[str, str], site: Site, eventually: Await
) -> None:
    before = len(site.log.read_text(encoding="utf-8", errors="replace"))
    host, group = make_host(cloud)
    url = find_api_url(cloud, outputs)

    def has_ended(dispatch: str) -> Any:
        body = call_api(cloud, f"{url}/v1/dispatches/{dispatch}").body
        return body if body.get("state") in {"succeeded", "failed", "aborted", "timed_out", "undecided"} else None

    request = {"name": "ec2.describe", "input": {"instance_ids": [host]}, "object": f"host/{host}"}
    asked = call_api(cloud, f"{url}/v1/dispatches", "POST", request, headers={"Idempotency-Key": "rights"})
    assert eventually(lambda: has_ended(asked.body["id"]))["state"] == "succeeded"

    functions = cloud.client("lambda")
    payload = json.dumps(make_stopped_event(host))
    answer = functions.invoke(FunctionName=outputs["FunctionDecide"], Payload=payload)
    (verdict,) = json.loads(answer["Payload"].read())["verdicts"]
    assert verdict["state"] == "settling", "the rule waits for a minute whether the host starts again by itself"
    message = {"messageId": "early", "body": json.dumps({"dispatch": verdict["dispatch"], "left": 0})}
    functions.invoke(FunctionName=outputs["FunctionSettle"], Payload=json.dumps({"Records": [message]}))
    assert eventually(lambda: has_ended(verdict["dispatch"]))["state"] == "succeeded"

    ticked = functions.invoke(FunctionName=outputs["FunctionReconcile"], Payload=b"{}")
    assert ticked.get("FunctionError") is None
    found = cloud.client("ec2").describe_instances(InstanceIds=[host])["Reservations"][0]["Instances"][0]
    assert found["State"]["Name"] == "running"
    targets = cloud.client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert [one["Target"]["Id"] for one in targets] == [host]
    assert ApiClient(cloud, outputs).list_locks(f"host/{host}")["locks"] == [], "other tests may hold other hosts"
    written = site.log.read_text(encoding="utf-8", errors="replace")[before:]
    assert "interlock-e2e-settle" in written
    assert "not authorized to perform" not in written
