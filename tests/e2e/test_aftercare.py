"""What people ask once something went wrong, by the commands themselves: timeline, retry, and the doctor of a stage."""

import json
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from infra import cli
from infra.cli.connection import Connection
from infra.cli.exits import Exit
from infra.client import ApiClient, ApiRejected
from infra.cloud import Cloud
from infra.demo.fleet import Fleet, make_fleet
from infra.demo.principals import make_principal
from tests.e2e.conftest import Await

pytestmark = pytest.mark.e2e


@pytest.fixture
def api(cloud: Cloud, outputs: dict[str, str]) -> ApiClient:
    return ApiClient(make_principal(cloud, f"cleo-{uuid4().hex[:6]}"), outputs)


@pytest.fixture
def fleet(cloud: Cloud) -> Fleet:
    return make_fleet(cloud, f"aftercare-{uuid4().hex[:6]}")


def run(connection: Connection, *arguments: str) -> tuple[int, Any]:
    """Run a command with `--json`; give its exit code and what it printed."""
    done = CliRunner().invoke(cli.app, [*arguments, "--json"], obj=lambda _place: connection, catch_exceptions=True)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, json.loads(done.stdout)


def test_a_failed_run_is_shown_step_by_step_and_done_again_as_a_new_dispatch(
    cloud: Cloud, outputs: dict[str, str], api: ApiClient, eventually: Await
) -> None:
    host = f"i-{uuid4().hex[:17]}"  # which EC2 does not know
    given = {"instance_id": host}
    first = api.start("ec2.stop", given)["id"]
    eventually(lambda: api.read_dispatch(first)["state"] == "failed")

    eventually(lambda: api.read_timeline(first)["caught_up"])
    code, shown = run(Connection(cloud, outputs, api), "timeline", first)
    assert (code, shown["state"], shown["known"]) == (Exit.DONE, "failed", True)
    (stop,) = (one for one in shown["states"] if one["step"] == "ec2_stop" and one["kind"] == "Task")
    assert stop["status"] == "failed", stop
    assert [one["after"] for one in shown["moments"]] == ["reserved", "running", "failed"]
    times = [one["entered_at"] for one in shown["states"]]
    assert times == sorted(times)

    key = uuid4().hex
    again = api.retry(first, "once more", key=key)
    assert (again["retries"], again["failed_step"], again["repeats"]) == (first, "ec2_stop", [])
    assert again["id"] != first
    assert api.retry(first, "once more", key=key)["id"] == again["id"], "one key makes one dispatch"
    asked = api.read_dispatch(again["id"])
    assert (asked["input"], asked["requested"]["retries"]) == (given, first)
    eventually(lambda: api.read_dispatch(again["id"])["state"] == "failed")
    assert api.list_locks(f"host/{host}")["locks"] == []


def test_what_went_well_is_shown_whole_and_not_done_again(
    cloud: Cloud, outputs: dict[str, str], api: ApiClient, fleet: Fleet, eventually: Await
) -> None:
    host = fleet.instances[1]
    cloud.client("ec2").stop_instances(InstanceIds=[host])
    done = api.start("host_reboot", {"host": host, "target_group": fleet.target_group})["id"]
    eventually(lambda: api.read_dispatch(done)["state"] == "succeeded")
    _, shown = run(Connection(cloud, outputs, api), "timeline", done)
    tasks = [one["step"] for one in shown["states"] if one["kind"] == "Task" and one["step"]]
    assert list(dict.fromkeys(tasks)) == ["drain", "start", "running", "back"]
    assert all(one["left_at"] and one["error"] is None for one in shown["states"])
    with pytest.raises(ApiRejected):
        api.retry(done, "why not")


def test_the_doctor_finds_what_somebody_changed_by_hand_and_what_was_lost(
    cloud: Cloud, outputs: dict[str, str], eventually: Await
) -> None:
    connection = Connection(cloud, outputs, ApiClient(cloud, outputs))

    def examine() -> tuple[int, dict[str, tuple[str, str]]]:
        code, found = run(connection, "doctor", "--stage", "e2e")
        return code, {one["what"]: (one["level"], one["found"]) for one in found}

    _, before = examine()
    for what in ("account", "stack", "drift", "hold queue"):
        assert before[what][0] == "ok", before
    # The stage of these tests has its rules active, and the checkout has them in shadow.
    assert before["bundle"][0] == "warn", before

    sqs, hold, dead = cloud.client("sqs"), outputs["HoldQueueUrl"], outputs["DeadQueueUrl"]
    kept = sqs.get_queue_attributes(QueueUrl=hold, AttributeNames=["VisibilityTimeout"])["Attributes"]
    entry = {
        "Source": "interlock", "DetailType": "Object State Changed", "Detail": "{}", "EventBusName": outputs["Bus"],
    }  # fmt: skip
    try:
        sqs.set_queue_attributes(QueueUrl=hold, Attributes={"VisibilityTimeout": "999"})
        sqs.send_message(QueueUrl=dead, MessageBody="{}")
        event = cloud.client("events").put_events(Entries=[entry])["Entries"][0]["EventId"]
        eventually(lambda: event in json.dumps(connection.api.list_dead(1, 1000)["dead_letters"]))
        code, found = examine()
    finally:
        sqs.set_queue_attributes(QueueUrl=hold, Attributes=kept)
        lost = sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=10, VisibilityTimeout=1).get("Messages", [])
        for one in (each for each in lost if each["Body"] == "{}"):
            sqs.delete_message(QueueUrl=dead, ReceiptHandle=one["ReceiptHandle"])
    assert code == Exit.UNWELL
    assert found["drift"][0] == "fail"
    assert "HoldQueue modified" in found["drift"][1]
    assert (found["dead queue"][0], found["dead letters"][0]) == ("fail", "warn")
    assert count(found["dead queue"]) > count(before["dead queue"])
    assert count(found["dead letters"]) > count(before["dead letters"])


def count(finding: tuple[str, str]) -> int:
    """Give the number that a finding begins with."""
    return int(finding[1].split()[0])
