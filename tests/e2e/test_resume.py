"""A run whose cause of failure a person mends goes on from there, on the local AWS, and does nothing again that was done."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from infra import cli
from infra.build import build_project
from infra.cli.connection import Connection
from infra.cli.exits import Exit
from infra.client import ApiClient, ApiRejected
from infra.cloud import Cloud
from infra.demo.fleet import make_fleet
from infra.demo.principals import make_principal
from infra.deploy import Order, deploy
from infra.project import Project, find_project
from infra.scaffold.create import create_content
from tests.e2e.conftest import Await

pytestmark = pytest.mark.e2e

STAGE = "resume"
WORKFLOW = """\
kind: workflow
name: host_turn
description: Reboot a host, and again if somebody has said so in a parameter.
input:
  host: {type: string, pattern: "^i-[0-9a-f]+$"}
  parameter: string
touches:
  - {object: "host/{% $input.host %}", intent: disrupt}
timeout: 10m
steps:
  - id: first
    atom: ec2.reboot
    with: {instance_id: "{% $input.host %}"}
  - id: setting
    atom: ssm.get_parameter
    with: {name: "{% $input.parameter %}"}
  - id: second
    atom: ec2.reboot
    with: {instance_id: "{% $first.instance_id %}"}
output: {first: "{% $first.instance_id %}", setting: "{% $setting.value %}", second: "{% $second.requested %}"}
"""


@pytest.fixture(scope="module")
def stage(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder: Path = tmp_path_factory.mktemp("content") / "ops"
    own = Project(find_project().root, folder)
    create_content(own)
    (folder / "workflows" / "host_turn.yaml").write_text(WORKFLOW, encoding="utf-8")
    (folder / "policies" / "catalog.yaml").write_text(
        "kind: catalog\noffer: [ec2.reboot, host_turn]\n", encoding="utf-8"
    )
    return deploy(cloud, own, build_project(own), Order(STAGE), lambda _line: None)


@pytest.fixture
def api(cloud: Cloud, stage: dict[str, str]) -> ApiClient:
    return ApiClient(make_principal(cloud, f"rio-{uuid4().hex[:6]}"), stage)


def end_badly(cloud: Cloud, stage: dict[str, str], api: ApiClient, eventually: Await, **given: str) -> str:
    """Start a run whose parameter is not there, and let the hold after its failure be over."""
    dispatch = str(api.start("host_turn", given)["id"])
    eventually(lambda: api.read_dispatch(dispatch)["state"] in {"holding", "failed"})
    message = {"messageId": "early", "body": json.dumps({"dispatch": dispatch, "left": 0})}
    cloud.client("lambda").invoke(
        FunctionName=stage["FunctionSettle"], Payload=json.dumps({"Records": [message]}).encode()
    )
    eventually(lambda: api.read_dispatch(dispatch)["state"] == "failed")
    return dispatch


def run(connection: Connection, *arguments: str) -> tuple[int, Any]:
    done = CliRunner().invoke(cli.app, [*arguments, "--json"], obj=lambda _place: connection)
    return done.exit_code, json.loads(done.stdout)


def test_what_was_mended_goes_on_and_nothing_is_done_again(
    cloud: Cloud, stage: dict[str, str], api: ApiClient, eventually: Await
) -> None:
    host, name = make_fleet(cloud, f"resume-{uuid4().hex[:6]}").instances[0], f"setting-{uuid4().hex[:6]}"
    failed = end_badly(cloud, stage, api, eventually, host=host, parameter=name)
    cloud.client("ssm").put_parameter(Name=name, Value="blue", Type="String")

    connection = Connection(cloud, stage, api)
    code, again = run(connection, "retry", failed, "--reason", "it is there now", "--from", "failed")
    assert (code, again["resumes"]) == (Exit.DONE, {"dispatch": failed, "step": "setting", "done": ["first"]}), again
    eventually(lambda: api.read_dispatch(again["id"])["state"] in {"succeeded", "failed", "holding"})
    assert api.read_dispatch(again["id"])["state"] == "succeeded"

    _, told = run(connection, "timeline", again["id"])
    assert [one["state"] for one in told["states"]] == ["resume.begin", "resume.from", "setting", "second"]
    assert told["resumes"]["dispatch"] == failed
    fences = [next(iter(api.read_dispatch(one)["fences"].values())) for one in (failed, again["id"])]
    assert fences == [1, 2]
    states = cloud.client("stepfunctions")
    machines = {one["name"]: one["stateMachineArn"] for one in states.list_state_machines()["stateMachines"]}
    execution = machines[f"interlock-{STAGE}-host_turn-resume"].replace(":stateMachine:", ":execution:")
    output = json.loads(states.describe_execution(executionArn=f"{execution}:{again['id']}")["output"])
    assert output == {"first": host, "setting": "blue", "second": True}, "the first step's result was handed on"


def test_where_somebody_else_has_held_the_host_since_that_is_named(
    cloud: Cloud, stage: dict[str, str], api: ApiClient, eventually: Await
) -> None:
    host, name = make_fleet(cloud, f"taken-{uuid4().hex[:6]}").instances[0], f"setting-{uuid4().hex[:6]}"
    failed = end_badly(cloud, stage, api, eventually, host=host, parameter=name)
    other = api.start("ec2.reboot", {"instance_id": host})["id"]
    eventually(lambda: api.read_dispatch(other)["state"] == "succeeded")
    with pytest.raises(ApiRejected, match=rf"host/{host} has been held by ec2.reboot since"):
        api.retry(failed, "it is there now", begin="failed")
