"""A content directory on the local AWS: an atom that is somebody else's function, and a Python atom of one's own."""

import io
import json
import stat
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from infra.api import call_api, find_api_url
from infra.build import build_project
from infra.cloud import Cloud
from infra.deploy import Order, deploy
from infra.project import Project
from tests.e2e.conftest import Await
from tests.unit.infra.test_content import make_content

pytestmark = pytest.mark.e2e

STAGE = "own"
BILLING = f"""#!{sys.executable} -IS
# A function of another team: no SDK and no code of this repository, only Lambda's runtime API over HTTP.
import http.client, json, os
seen = set()
while True:
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    answer = api.getresponse()
    request, call = answer.headers["Lambda-Runtime-Aws-Request-Id"], json.loads(answer.read())
    account, first = call["input"]["account_id"], call["dispatch"]["id"] not in seen
    seen.add(call["dispatch"]["id"])
    where, told = "response", {{"closed": True, "balance": call["dispatch"]["fence"]}}
    if first:
        where, told = "error", {{"errorType": "AccountBusy", "errorMessage": "it is being changed"}}
    if account == "acc-404":
        where, told = "error", {{"errorType": "com.example.Frozen", "errorMessage": "a court has frozen it"}}
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    api.request("POST", f"/2018-06-01/runtime/invocation/{{request}}/{{where}}", json.dumps(told).encode())
    api.getresponse().read()
"""


def create_billing(cloud: Cloud) -> None:
    """Create the other team's function, alias included."""
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = (stat.S_IFREG | 0o755) << 16
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr(entry, BILLING)
    allow = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    role = cloud.client("iam").create_role(RoleName="billing", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    functions, name = cloud.client("lambda"), f"billing-{STAGE}"
    functions.create_function(
        FunctionName=name, Runtime="provided.al2023", Handler="x", Role=role, Code={"ZipFile": code.getvalue()}
    )
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion=version)


@pytest.fixture(scope="module")
def url(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> str:
    create_billing(cloud)
    own: Project = make_content(tmp_path_factory.mktemp("content") / "ops")
    assert own.content is not None
    module: Path = own.content / "atoms" / "tickets" / "look.py"
    ask = 'state = context.clients.get("sts").get_caller_identity()["Arn"]\n    return Output(name=given.name, state=state)'
    text = module.read_text("utf-8")
    start = text.index("    client: Any")
    text = text[:start] + f"    {ask}\n" + text[text.index("\n\nATOM") :]
    module.write_text(text.replace("tickets:Look", "sts:GetCallerIdentity"), encoding="utf-8")
    flow = own.content / "workflows" / "leave.yaml"
    shown = flow.read_text("utf-8").replace(
        '"{% $close.closed %}"', '"{% $close.closed %}", fence: "{% $close.balance %}", as: "{% $look.state %}"'
    )
    flow.write_text(shown, encoding="utf-8")
    return find_api_url(cloud, deploy(cloud, own, build_project(own), Order(STAGE), lambda _line: None))


def run(cloud: Cloud, url: str, eventually: Await, account: str) -> dict[str, Any]:
    request = {"name": "leave", "input": {"account": account}}
    asked = call_api(cloud, f"{url}/v1/dispatches", "POST", request, headers={"Idempotency-Key": account})
    assert asked.status == 201, asked.body

    def look() -> Any:
        body = call_api(cloud, f"{url}/v1/dispatches/{asked.body['id']}").body
        return body if body.get("state") in {"succeeded", "holding", "failed", "undecided"} else None

    ended: dict[str, Any] = eventually(look)
    return ended


def read_output(cloud: Cloud, dispatch: str) -> Any:
    states = cloud.client("stepfunctions")
    machines = states.list_state_machines()["stateMachines"]
    arn = next(one["stateMachineArn"] for one in machines if one["name"] == f"interlock-{STAGE}-leave")
    execution = arn.replace(":stateMachine:", ":execution:") + f":{dispatch}"
    return json.loads(states.describe_execution(executionArn=execution)["output"])


def test_a_function_of_another_team_is_locked_for_retried_and_read_like_any_atom(
    cloud: Cloud, url: str, eventually: Await
) -> None:
    ended = run(cloud, url, eventually, "acc-1")
    assert ended["state"] == "succeeded", ended
    output = read_output(cloud, ended["id"])
    assert output["closed"] is True
    assert output["fence"] == 1, "the object account/acc-1 was locked, and the fence reached the function"
    assert "interlock-own-tickets_look" in output["as"], "the Python atom ran under a role of its own"


def test_after_an_error_that_may_have_acted_its_object_stays_locked(cloud: Cloud, url: str, eventually: Await) -> None:
    ended = run(cloud, url, eventually, "acc-404")
    assert (ended["state"], "com.example.Frozen" in json.dumps(ended)) == ("holding", True), ended
    again = {"name": "leave", "input": {"account": "acc-404"}}
    asked = call_api(cloud, f"{url}/v1/dispatches", "POST", again, headers={"Idempotency-Key": "again"})
    assert asked.body["verdict"] == "queue", asked.body


def test_the_machine_s_role_may_invoke_exactly_those_two_functions(cloud: Cloud, url: str) -> None:
    del url
    states, iam = cloud.client("stepfunctions"), cloud.client("iam")
    machines = states.list_state_machines()["stateMachines"]
    arn = next(one["stateMachineArn"] for one in machines if one["name"] == f"interlock-{STAGE}-leave")
    role = states.describe_state_machine(stateMachineArn=arn)["roleArn"].rpartition("/")[2]
    [policy] = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    [statement] = (json.loads(document) if isinstance(document, str) else document)["Statement"]
    assert statement["Action"] == ["lambda:InvokeFunction"]
    assert [one.partition(":function:")[2] for one in statement["Resource"]] == [
        "billing-own:live",
        "interlock-own-tickets_look",
    ]
