"""Every case of the repository on the local AWS: real executions, whose functions ask this very process what to answer.

Where MiniStack is known to do otherwise than AWS, `GAPS` says so, each with its line in tests/golden/differences.md.
"""

import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from dsl.cases.model import CaseSpec
from dsl.cases.run import make_execution, make_script, run_suite
from dsl.cases.suite import Suite
from dsl.rehearse import Answer, Call, Run
from infra.cases import load_suites
from infra.cloud import Cloud, open_local
from infra.local.runtime import localize_archive
from infra.local.server import Site, find_program, running_local
from infra.project import find_project
from infra.sources import read_sources
from tests.interpreter import name_functions
from tests.unit.dsl.build import compile_ok, write
from tests.unit.dsl.machine import make_input

pytestmark = pytest.mark.slow

SUITES, _ = load_suites(read_sources(find_project()))
CASES = [(suite, case) for suite in SUITES for case in suite.file.cases]
DIFFERENCES = Path("tests/golden/differences.md")
FUNCTION = "answer"
HANDLER = """
import json, os
from urllib.request import ProxyHandler, Request, build_opener

def handler(event, context):
    asked = Request(os.environ["ANSWERS"], json.dumps(event).encode())
    answer = json.load(build_opener(ProxyHandler({})).open(asked))
    if answer["error"] is not None:
        raise type(answer["error"], (Exception,), {})(answer["cause"])
    return answer["value"]
"""
WORKER = """
- id: ask
  aws: sqs:sendMessage
  with: {QueueUrl: "QUEUE", MessageBody: "{% $string({'token': $states.context.Task.Token, 'fence': $dispatch.fence}) %}"}
  intent: disrupt
  object: "host/{% $input.host %}"
  resources: ["arn:aws:sqs:*:*:jobs"]
  timeout: 10m
  heartbeat: 1m
  effect_timeout: 5m
"""
GAPS: Mapping[str, Callable[[Suite, Run], bool]] = {
    "a call of an SDK by the machine itself": lambda suite, _: any(
        ":aws-sdk:" in state.get("Resource", "") for state in suite.machine.states.values()
    ),
    "`TimeoutSeconds` of the machine": lambda _, run: run.status == "TIMED_OUT",
    "`Output` of a Succeed state (`succeed`)": lambda suite, run: any(
        suite.machine.states[state]["Type"] == "Succeed" for state in run.path
    ),
    "of a distributed map": lambda suite, _: any("Label" in state for state in suite.machine.states.values()),
}
"""What keeps a case from being compared: words of its row in the list of differences, and how to tell."""


@dataclass
class Answering:
    """Answers the calls of the one execution that runs."""

    client: Any
    script: Callable[[Call], Answer] | None = None

    def answer(self, payload: dict[str, Any]) -> dict[str, Any]:
        token = payload.get("token")
        resource = "lambda:invoke.waitForTaskToken" if token else ""
        given = payload.get("input", payload.get("ask"))
        assert self.script is not None
        found = self.script(Call(payload["step"], payload["step"], 1, resource, FUNCTION, given, payload, 0))
        if not token:
            return {"value": found.value, "error": found.error, "cause": _read_message(found)}
        # The token must be known before it is used: the function has to return first.
        threading.Timer(0.5, self._tell, (token, found)).start()
        return {"value": None, "error": None, "cause": ""}

    def _tell(self, token: str, found: Answer) -> None:
        if found.error is None:
            self.client.send_task_success(taskToken=token, output=json.dumps(found.value))
        else:
            self.client.send_task_failure(taskToken=token, error=found.error, cause=found.cause)


def _read_message(answer: Answer) -> str:
    """A script words a cause as Lambda does; here Lambda itself does."""
    try:
        return str(json.loads(answer.cause)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return answer.cause


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    settings = {"SFN_WAIT_SCALE": "0.00001"}
    with running_local(Site(find_program(find_project()), tmp_path_factory.mktemp("aws"), settings)) as running:
        yield open_local(running.endpoint)


@pytest.fixture(scope="module")
def answering(local: Cloud) -> Iterator[Answering]:
    found = Answering(local.client("stepfunctions"))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(found.answer(payload)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(f"{FUNCTION}.py", HANDLER)
    assumed = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [assumed]})
    role = local.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    local.client("lambda").create_function(
        FunctionName=FUNCTION,
        Runtime="provided.al2023",
        Role=role,
        Handler=f"{FUNCTION}.handler",
        Code={"ZipFile": localize_archive(archive.getvalue(), find_project())},
        Timeout=60,
        Environment={"Variables": {"ANSWERS": f"http://127.0.0.1:{server.server_port}/"}},
    )
    yield found
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("suite", "case"), CASES, ids=lambda one: getattr(one, "name", "") or one.workflow.name)
def test_the_local_aws_agrees(
    suite: Suite, case: CaseSpec, answering: Answering, await_end: Callable[[str], Any]
) -> None:
    rehearsed = next(one.run for one in run_suite(suite) if one.name == case.name)
    gap = next((words for words, is_met in GAPS.items() if is_met(suite, rehearsed)), None)
    if gap is not None:
        pytest.skip(f"the local AWS differs: {gap}")
    answering.script = make_script(suite, case)
    number = CASES.index((suite, case))
    machine = answering.client.create_state_machine(
        name=f"m{number}",
        definition=name_functions(suite.machine.definition, FUNCTION),
        roleArn="arn:aws:iam::000000000000:role/r",
    )["stateMachineArn"]
    execution = make_execution(suite, case)
    arn = answering.client.start_execution(
        stateMachineArn=machine, name=execution.name, input=json.dumps(execution.input)
    )["executionArn"]
    found = await_end(arn)
    output = json.loads(found["output"]) if "output" in found and found["status"] == "SUCCEEDED" else None
    assert (found["status"], output, found.get("error")) == (rehearsed.status, rehearsed.output, rehearsed.error)
    events = answering.client.get_execution_history(executionArn=arn, maxResults=1000)["events"]
    path = [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]
    assert path == [entered.state for entered in rehearsed.entered if entered.where == ()]


def test_a_call_that_hands_out_its_token_waits_for_the_answer(local: Cloud, await_end: Callable[[str], Any]) -> None:
    queues, executions = local.client("sqs"), local.client("stepfunctions")
    url = queues.create_queue(QueueName="jobs")["QueueUrl"]
    definition = compile_ok(write(WORKER.replace("QUEUE", url), output="{said: '{% $ask %}'}")).definition
    assert definition is not None
    role = local.client("iam").create_role(RoleName="worked", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    machine = executions.create_state_machine(name="worked", definition=json.dumps(definition), roleArn=role)
    given = json.dumps(make_input(definition, {"host": "i-1"}))
    arn = executions.start_execution(stateMachineArn=machine["stateMachineArn"], name="d-1", input=given)[
        "executionArn"
    ]
    (message,) = queues.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
    handed = json.loads(message["Body"])
    assert handed["fence"] == 7
    executions.send_task_heartbeat(taskToken=handed["token"])
    executions.send_task_success(taskToken=handed["token"], output='{"done": 3}')
    assert json.loads(await_end(arn)["output"]) == {"said": {"done": 3}}


@pytest.fixture
def await_end(answering: Answering, eventually: Callable[[Callable[[], Any]], Any]) -> Callable[[str], Any]:
    def wait(arn: str) -> Any:
        def ask() -> Any:
            found = answering.client.describe_execution(executionArn=arn)
            return found if found["status"] != "RUNNING" else None

        return eventually(ask)

    return wait


@pytest.mark.parametrize("words", GAPS)
def test_every_gap_stands_in_the_list_of_differences(words: str) -> None:
    assert words in DIFFERENCES.read_text()
