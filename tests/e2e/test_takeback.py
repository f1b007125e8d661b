"""A person freezes, cancels and breaks over the deployed API, as an IAM user who may do nothing else."""

import json
from uuid import uuid4

import pytest

from infra.client import ApiClient, ApiRejected
from infra.cloud import Cloud
from infra.demo.fleet import make_fleet
from infra.demo.principals import make_principal
from tests.e2e.conftest import Await

pytestmark = pytest.mark.e2e


def test_a_freeze_refuses_a_waiter_is_cancelled_and_a_running_one_broken(
    cloud: Cloud, outputs: dict[str, str], eventually: Await
) -> None:
    api = ApiClient(make_principal(cloud, f"ana-{uuid4().hex[:6]}"), outputs)
    fleet = make_fleet(cloud)
    host = fleet.instances[0]

    frozen = api.freeze({"object": f"host/{host}"}, "peak sale", 600, [])
    with pytest.raises(ApiRejected, match=r"is frozen until .* peak sale"):
        api.start("ec2.reboot", {"instance_id": host})
    api.unfreeze(frozen["id"])

    cloud.client("ec2").stop_instances(InstanceIds=[host])
    running = api.start("host_reboot", {"host": host, "target_group": fleet.target_group})["id"]
    waiter = api.start("ec2.reboot", {"instance_id": host})
    assert waiter["state"] == "queued"
    assert api.cancel(waiter["id"], "not needed")["action"] == "left the queue"
    assert api.break_dispatch(running, "it hangs")["action"] == "stopped its execution"
    eventually(lambda: api.read_dispatch(running)["state"] == "holding")

    (lock,) = api.list_locks(f"host/{host}")["locks"]
    assert [one["dispatch"] for one in lock["holders"]] == [running], "its effects may still be going on"
    assert lock["waiting"] == []
    assert "ana" in api.read_dispatch(running)["broken"]

    message = {"messageId": "early", "body": json.dumps({"dispatch": running, "left": 0})}
    payload = json.dumps({"Records": [message]})
    answer = cloud.client("lambda").invoke(FunctionName=outputs["FunctionSettle"], Payload=payload)
    assert json.loads(answer["Payload"].read()) == {"batchItemFailures": []}
    eventually(lambda: api.read_dispatch(running)["state"] == "aborted")
    undo = api.read_dispatch(running)["undo"]
    assert (undo["state"], undo["steps"]) == ("done", ["drain"])
    targets = cloud.client("elbv2").describe_target_health(TargetGroupArn=fleet.target_group)
    assert host in {one["Target"]["Id"] for one in targets["TargetHealthDescriptions"]}, "it serves again"
    assert api.list_locks(f"host/{host}")["locks"] == []
