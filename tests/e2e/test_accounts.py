"""Two accounts on the local AWS: an atom works in the other one by the role that its owner has made, and only by that."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.build import build_project
from infra.cloud import Cloud
from infra.deploy import Order, deploy
from infra.project import Project, find_project
from infra.roles import write_target_role
from infra.scaffold.create import create_content

pytestmark = pytest.mark.e2e

STAGE, HOME, OTHER = "far", "000000000000", "210987654321"


@pytest.fixture(scope="module")
def other(cloud: Cloud) -> Cloud:
    """The other account, as its owner: on the local AWS a key of twelve digits is that account's root."""
    return Cloud(boto3.Session(OTHER, "test", region_name=cloud.region), cloud.region, cloud.endpoint)


@pytest.fixture(scope="module")
def outputs(cloud: Cloud, other: Cloud, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Deploy at home, and let the owner of the other account make the role as `interlock iam --account` writes it."""
    folder: Path = tmp_path_factory.mktemp("far")
    own = Project(find_project().root, folder)
    create_content(own)
    with (own.policies / "services.yaml").open("a", encoding="utf-8") as services:
        services.write(f'accounts:\n  "{OTHER}": {{role: interlock}}\n')
    build = build_project(own)
    wanted: Any = write_target_role(STAGE, build, OTHER, HOME)
    # As aws:PrincipalArn of a role's session AWS gives the role, and the local AWS the session.
    sessions = f"arn:aws:sts::{HOME}:assumed-role/interlock-{STAGE}-*"
    wanted["trust"]["Statement"][0]["Condition"]["ArnLike"]["aws:PrincipalArn"] = sessions
    iam = other.client("iam")
    iam.create_role(RoleName=wanted["role"], AssumeRolePolicyDocument=json.dumps(wanted["trust"]))
    iam.put_role_policy(RoleName=wanted["role"], PolicyName="atoms", PolicyDocument=json.dumps(wanted["policy"]))
    return deploy(cloud, own, build, Order(STAGE), lambda _line: None)


def make_stopped_host(where: Cloud) -> str:
    ec2 = where.client("ec2")
    launched = ec2.run_instances(ImageId="ami-12345678", InstanceType="t3.micro", MinCount=1, MaxCount=1)
    host: str = launched["Instances"][0]["InstanceId"]
    ec2.stop_instances(InstanceIds=[host])
    return host


def read_state(where: Cloud, host: str) -> str:
    found = where.client("ec2").describe_instances(InstanceIds=[host])
    return str(found["Reservations"][0]["Instances"][0]["State"]["Name"])


def start(cloud: Cloud, outputs: dict[str, str], account: str, host: str) -> tuple[str | None, Any]:
    object_id = f"{account}/{cloud.region}/host/{host}"
    dispatch = {"id": host, "fence": 1, "object": object_id, "tier": "P1", "root_id": "e", "hops": 0, "fences": {}}
    payload = {"input": {"instance_id": host}, "dispatch": dispatch, "step": "s"}
    answer = cloud.client("lambda").invoke(FunctionName=outputs["FunctionEc2Start"], Payload=json.dumps(payload))
    body = json.loads(answer["Payload"].read())
    return (body["errorType"], body["errorMessage"]) if answer.get("FunctionError") else (None, body)


def test_an_atom_works_in_the_other_account_by_the_role_that_was_written_for_it(
    cloud: Cloud, other: Cloud, outputs: dict[str, str]
) -> None:
    host = make_stopped_host(other)
    assert start(cloud, outputs, HOME, host)[0] == "NotFound", "it is not at home"
    error, answer = start(cloud, outputs, OTHER, host)
    assert error is None, answer
    assert read_state(other, host) == "running"


def test_without_the_right_to_assume_it_the_other_account_is_closed(
    cloud: Cloud, other: Cloud, outputs: dict[str, str]
) -> None:
    host = make_stopped_host(other)
    iam, role = cloud.client("iam"), f"interlock-{STAGE}-ec2_start-{cloud.region}"
    [policy] = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    document = json.loads(document) if isinstance(document, str) else document
    less = {**document, "Statement": [one for one in document["Statement"] if one["Sid"] != "WorkElsewhere"]}
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(less))
    variables = cloud.client("lambda").get_function_configuration(FunctionName=outputs["FunctionEc2Start"])
    changed = {**variables["Environment"]["Variables"], "FRESH": "1"}  # another process, without credentials in hand
    cloud.client("lambda").update_function_configuration(
        FunctionName=outputs["FunctionEc2Start"], Environment={"Variables": changed}
    )
    error, message = start(cloud, outputs, OTHER, host)
    assert (error, "sts:AssumeRole" in message) == ("AccessDenied", True), message
    assert read_state(other, host) == "stopped"
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))
    assert start(cloud, outputs, OTHER, host)[0] is None


def test_an_account_that_is_not_named_is_refused(cloud: Cloud, outputs: dict[str, str]) -> None:
    error, message = start(cloud, outputs, "111122223333", "i-0ab1")
    assert (error, "names no role for the account 111122223333" in message) == ("AccessDenied", True)
