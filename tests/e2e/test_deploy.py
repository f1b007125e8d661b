"""Deploys a tiny project to the local AWS and watches every trigger fire with its generated rights."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.api import call_api, find_api_url
from infra.cloud import Cloud
from infra.deploy import Order, deploy, preview
from infra.errors import StackFailed
from infra.local.server import Site, find_local, running_local
from infra.project import Project
from tests.e2e.conftest import Await
from tests.unit.infra.placeholder import PROBE_MACHINE, make_build, make_project

pytestmark = pytest.mark.e2e

STAGE = "probe"
ORDER = Order(STAGE)


@dataclass(frozen=True)
class Deployed:
    """A deployed placeholder project."""

    cloud: Cloud
    project: Project
    outputs: dict[str, str]

    def notes(self, about: str) -> list[Any]:
        """What the placeholder functions have written down about something."""
        pages = self.cloud.client("dynamodb").get_paginator("scan").paginate(TableName=self.outputs["Table"])
        return [json.loads(one["what"]["S"]) for page in pages for one in page["Items"] if one["pk"]["S"] == about]

    def invoke(self, function: str, payload: Any) -> tuple[str | None, Any]:
        """Call a function; gives the kind of its failure, if it failed, and its answer."""
        name = self.outputs[f"Function{function}"]
        answer = self.cloud.client("lambda").invoke(FunctionName=name, Payload=json.dumps(payload))
        return answer.get("FunctionError"), json.loads(answer["Payload"].read())


@pytest.fixture(scope="module")
def deployed(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    project = make_project(tmp_path_factory.mktemp("checkout"), shares_cache=True)
    return Deployed(cloud, project, deploy(cloud, project, make_build(), ORDER, lambda _line: None))


def test_an_event_is_decided_run_settled_and_its_held_release_comes_back(deployed: Deployed, eventually: Await) -> None:
    entry = {"Source": "probe", "DetailType": "Looked", "Detail": "{}", "EventBusName": deployed.outputs["Bus"]}
    event_id = deployed.cloud.client("events").put_events(Entries=[entry])["Entries"][0]["EventId"]
    released = eventually(lambda: [one for one in deployed.notes("released") if one == event_id])
    assert released == [event_id]
    assert [one["id"] for one in deployed.notes("decide")].count(event_id) == 1
    ended = [one["detail"] for one in deployed.notes("settle-SUCCEEDED") if one["detail"]["name"] == event_id]
    assert json.loads(ended[0]["output"])["Error"] == "Stubborn", "the exception's name must reach the Catch"


def test_an_event_that_no_rule_names_reaches_nobody(deployed: Deployed, eventually: Await) -> None:
    bus = deployed.outputs["Bus"]
    kinds = ("Unheard", "Looked")
    entries = [{"Source": "probe", "DetailType": kind, "Detail": "{}", "EventBusName": bus} for kind in kinds]
    sent = deployed.cloud.client("events").put_events(Entries=entries)["Entries"]
    eventually(lambda: [one for one in deployed.notes("decide") if one["id"] == sent[1]["EventId"]])
    assert sent[0]["EventId"] not in [one["id"] for one in deployed.notes("decide")]


def test_executions_of_a_foreign_machine_do_not_reach_settle(deployed: Deployed, eventually: Await) -> None:
    states = deployed.cloud.client("stepfunctions")
    allow = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    role = deployed.cloud.client("iam").create_role(RoleName="foreign", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    definition = json.dumps({"StartAt": "end", "States": {"end": {"Type": "Succeed"}}})
    foreign = states.create_state_machine(name="foreign", definition=definition, roleArn=role)["stateMachineArn"]
    states.start_execution(stateMachineArn=foreign, name="stranger")
    ours = next(
        one for one in states.list_state_machines()["stateMachines"] if one["name"] == f"interlock-{STAGE}-probe"
    )
    states.start_execution(stateMachineArn=ours["stateMachineArn"], name="ours")
    eventually(lambda: [one for one in deployed.notes("settle-SUCCEEDED") if one["detail"]["name"] == "ours"])
    assert "stranger" not in [one["detail"]["name"] for one in deployed.notes("settle-SUCCEEDED")]


def test_a_right_that_is_not_declared_is_denied_and_a_declared_one_is_not(deployed: Deployed) -> None:
    failure, answer = deployed.invoke("Reconcile", {"forbidden": True})
    assert failure == "Unhandled"
    assert "not authorized to perform: ec2:DescribeInstances" in answer["errorMessage"]
    assert deployed.invoke("ProbeLook", {}) == (None, {"seen": True})


def test_a_declaration_taken_away_is_denied_after_the_next_deployment(cloud: Cloud, deployed: Deployed) -> None:
    build = make_build()
    atom = replace(build.atoms["probe.look"], permissions=())
    stage = Order("less")
    outputs = deploy(cloud, deployed.project, build, stage, lambda _line: None)
    assert Deployed(cloud, deployed.project, outputs).invoke("ProbeLook", {}) == (None, {"seen": True})
    less = replace(build, atoms={"probe.look": atom})
    outputs = deploy(cloud, deployed.project, less, stage, lambda _line: None)
    failure, answer = Deployed(cloud, deployed.project, outputs).invoke("ProbeLook", {})
    assert (failure, answer["errorType"]) == ("Unhandled", "ClientError")


def test_the_api_lets_in_whoever_iam_lets_in(deployed: Deployed) -> None:
    cloud, url = deployed.cloud, find_api_url(deployed.cloud, deployed.outputs)
    iam = cloud.client("iam")
    iam.create_user(UserName="operator")
    key = iam.create_access_key(UserName="operator")["AccessKey"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=cloud.region)
    operator = Cloud(session, cloud.region, cloud.endpoint)
    assert call_api(cloud, f"{url}/v1/health", signed=False).status == 200
    assert call_api(cloud, f"{url}/v1/locks", signed=False).status == 403
    assert call_api(operator, f"{url}/v1/locks").status == 403
    allow = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_user_policy(UserName="operator", PolicyName="call", PolicyDocument=document)
    assert call_api(operator, f"{url}/v1/locks").body == {"locks": []}


def test_the_guard_keeps_an_administrator_from_starting_a_machine(deployed: Deployed) -> None:
    cloud, iam = deployed.cloud, deployed.cloud.client("iam")
    iam.create_user(UserName="administrator")
    key = iam.create_access_key(UserName="administrator")["AccessKey"]
    allow = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    iam.put_user_policy(UserName="administrator", PolicyName="all", PolicyDocument=allow)
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=cloud.region)
    states = Cloud(session, cloud.region, cloud.endpoint).client("stepfunctions")
    machines = states.list_state_machines()["stateMachines"]
    arn = next(one["stateMachineArn"] for one in machines if one["name"] == f"interlock-{STAGE}-probe")
    states.start_execution(stateMachineArn=arn)
    iam.attach_user_policy(UserName="administrator", PolicyArn=deployed.outputs["GuardPolicyArn"])
    with pytest.raises(states.exceptions.ClientError, match="explicit deny"):
        states.start_execution(stateMachineArn=arn)


def test_an_unchanged_project_changes_nothing_and_a_dry_run_neither(deployed: Deployed) -> None:
    cloud, project = deployed.cloud, deployed.project
    assert preview(cloud, project, make_build(), ORDER).changes == ()
    lines: list[str] = []
    assert deploy(cloud, project, make_build(), ORDER, lines.append) == deployed.outputs
    assert lines == []
    build = make_build()
    changed = replace(build, machines={"probe": {**PROBE_MACHINE, "Comment": "Changed."}})
    changes = preview(cloud, project, changed, ORDER).changes
    assert {(one.action, one.kind) for one in changes} >= {("Modify", "AWS::StepFunctions::StateMachine")}
    assert preview(cloud, project, build, ORDER).changes == (), "the dry run changed the stack"


def test_a_dry_run_of_a_new_stage_leaves_no_stack(deployed: Deployed) -> None:
    changes = preview(deployed.cloud, deployed.project, make_build(), Order("never")).changes
    assert {one.action for one in changes} == {"Add"}
    stacks = deployed.cloud.cloudformation.describe_stacks()["Stacks"]
    assert "interlock-never" not in [one["StackName"] for one in stacks]


def test_a_failed_deployment_names_its_cause_and_the_next_one_succeeds(deployed: Deployed) -> None:
    cloud, project, order = deployed.cloud, deployed.project, Order("failing")
    events = cloud.client("events")
    events.create_event_bus(Name="interlock-failing")
    with pytest.raises(StackFailed, match=r"ROLLBACK_COMPLETE: CREATE_FAILED AWS::Events::EventBus Bus: .*exists"):
        deploy(cloud, project, make_build(), order, lambda _line: None)
    events.delete_event_bus(Name="interlock-failing")
    assert deploy(cloud, project, make_build(), order, lambda _line: None)["Stage"] == "failing"


def test_a_stopped_local_aws_leaves_no_process_and_no_scratch_space(site: Site, tmp_path: Path) -> None:
    other = Site(site.program, tmp_path / "other")
    with running_local(other) as running:
        assert find_local(other.home) == running
        assert other.scratch.is_dir()
    assert find_local(other.home) is None
    assert sorted(path.name for path in other.home.iterdir()) == ["ministack.log"]
