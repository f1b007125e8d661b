"""moto's Step Functions as a second interpreter of what compiles: JSONata plugged in, Python for functions and SDK, no waiting.

moto leaves its evaluator of JSONata empty and does not escape the variables it writes into expressions; the hooks
below are all that it needs (moto 5.2.5, private names: the version is pinned).
"""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from threading import Lock
from typing import Any

import jsonata
import pytest
from botocore.session import Session
from moto import mock_aws
from moto.awslambda_simple.models import LambdaSimpleBackend, lambda_simple_backends
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
    StateTaskServiceAwsSdk,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.eval import states, variable_store
from moto.stepfunctions.parser.asl.jsonata import jsonata as bridge
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils.boto_client import boto_client_for

from dsl.cases.record import Recording
from dsl.rehearse import Answer, Call, Execution

_KEYS: dict[str, Any] = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
_DOT = "__"
"""Stands for the dot in an error that is not the function's own."""
_PAUSE_S = 0.05
_ENDED = "ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"

GAPS: dict[str, str] = {
    "duration": "moto waits in real time, and the hook lets waits and retries pass at once; virtual time is the "
    "rehearser's alone: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html",
    "a task that runs out of time": "moto waits for it in real time, and a function cannot raise a `States.` error, so the "
    "function raises a name of its own; a retrier or catcher that names States.Timeout is not met there: "
    "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-error-representation",
    "order of siblings": "branches and iterations are threads there, so that only the order within each is compared: "
    "https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html",
    "an inner scope that assigns an outer name": "AWS refuses the machine, moto runs it: "
    "https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html",
}
"""What is not taken from moto, each with the page of AWS that says what holds."""


_TOKEN = re.compile(r"/\*\d+\*/")
_COUNT = count()
_DECLARED: dict[str, dict[str, Any]] = {}
_ONE = Lock()
"""An expression that is parsed once is evaluated by one thread at a time."""


@dataclass(frozen=True)
class Played:
    """How an execution went on moto."""

    status: str
    output: Any
    error: str | None
    path: list[str]
    recording: Recording
    """Its description and history."""


class _NoTime:
    @staticmethod
    def sleep(seconds: float) -> None:
        del seconds


@contextmanager
def open_interpreter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Played]]:
    """Give `play(definition, execution, answers)`."""
    answering: list[Callable[[Call], Answer]] = []

    class InProcess(LambdaSimpleBackend):
        def invoke(self, function_name: str, qualifier: Any, body: Any, headers: Any, response_headers: Any) -> bytes:
            payload = json.loads(body)
            resource = "lambda:invoke.waitForTaskToken" if "token" in payload else ""
            given = payload.get("input", payload.get("ask"))
            call = Call(payload["step"], payload["step"], 1, resource, function_name, given, payload, 0)
            answer = answering[-1](call)
            if "token" in payload:
                return tell_task(payload["token"], answer)
            if answer.error is None:
                return json.dumps(answer.value).encode()
            response_headers["x-amz-function-error"] = "Unhandled"
            return json.dumps({"errorMessage": answer.cause, "errorType": answer.error.replace(".", _DOT)}).encode()

    def call_sdk(task: Any, env: Any, normalised_parameters: Any, **_: Any) -> None:
        name, resource = env.states.context_object.context_object_data["State"]["Name"], task.resource.resource_arn
        answer = answering[-1](Call(name, name, 1, resource, None, normalised_parameters, normalised_parameters, 0))
        if answer.error is not None:
            raise FailureEventException(task._get_task_failure_event(env, answer.error, answer.cause))
        env.stack.append(answer.value)

    # What takes moto longest is done once: reading a definition, which keeps nothing of an execution, and making clients.
    monkeypatch.setattr(AmazonStateLanguageParser, "parse", staticmethod(cache(AmazonStateLanguageParser.parse)))
    clients = cache(boto_client_for)
    monkeypatch.setattr(lambda_eval_utils, "boto_client_for", lambda service, region, **_: clients(region, service))
    monkeypatch.setattr(lambda_simple_backends, "backend", InProcess)
    monkeypatch.setattr(StateTaskServiceAwsSdk, "_eval_service_task", call_sdk)
    monkeypatch.setattr(bridge, "_eval_jsonata", _evaluate)
    monkeypatch.setattr(states, "encode_jsonata_variable_declarations", _declare)
    monkeypatch.setattr(variable_store, "encode_jsonata_variable_declarations", _declare)
    monkeypatch.setattr(retrier_decl, "time", _NoTime)
    monkeypatch.setattr(WaitFunction, "_wait_interval", lambda self, env, wait_seconds: None)
    config: Any = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}
    with mock_aws(config=config):
        client: Any = _session().create_client("stepfunctions", **_KEYS)
        iam: Any = _session().create_client("iam", **_KEYS)

        def tell_task(token: str, answer: Answer) -> bytes:
            if answer.error is None:
                client.send_task_success(taskToken=token, output=json.dumps(answer.value))
            else:
                client.send_task_failure(taskToken=token, error=answer.error, cause=answer.cause)
            return b"null"

        role = iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]

        def play(definition: Mapping[str, Any], execution: Execution, answers: Callable[[Call], Answer]) -> Played:
            answering.append(answers)
            machine = client.create_state_machine(
                name=f"m{len(answering)}", definition=name_functions(definition), roleArn=role
            )["stateMachineArn"]
            arn = client.start_execution(
                stateMachineArn=machine, name=execution.name, input=json.dumps(execution.input)
            )["executionArn"]
            return _wait(client, arn)

        yield play
    _DECLARED.clear()


@cache
def _session() -> Session:
    """Reads the models of the services once."""
    return Session()


def name_functions(definition: Mapping[str, Any], function: str = r"\1") -> str:
    """Fill the substitutions: `${ec2_start}` is the function `ec2_start`, or one and the same for all."""
    return re.sub(r"\$\{(\w+)\}", function, json.dumps(definition))


def _wait(client: Any, arn: str) -> Played:
    while (found := client.describe_execution(executionArn=arn))["status"] == "RUNNING":
        time.sleep(_PAUSE_S)
    while (events := client.get_execution_history(executionArn=arn, maxResults=1000)["events"])[-1][
        "type"
    ] not in _ENDED:
        time.sleep(_PAUSE_S)
    path = [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]
    output = json.loads(found["output"]) if "output" in found else None
    error = found.get("error")
    return Played(found["status"], output, error and error.replace(_DOT, "."), path, Recording(found, tuple(events)))


def _evaluate(expression: str) -> Any:
    names: dict[str, Any] = {}
    for token in _TOKEN.findall(expression):
        names.update(_DECLARED[token])
    try:
        with _ONE:
            found = _parse(_TOKEN.sub("", expression)).evaluate(None, {name: _mark(one) for name, one in names.items()})
        return _plain(found)
    except Exception as problem:
        raise bridge.JSONataException("UNKNOWN", str(problem)) from problem


@cache
def _parse(expression: str) -> jsonata.Jsonata:
    compiled = jsonata.Jsonata(expression)
    compiled.set_output_convert_nulls(False)
    return compiled


def _mark(value: Any) -> Any:
    """The library takes None for what is undefined."""
    if value is None:
        return jsonata.utils.Utils.NULL_VALUE
    if isinstance(value, dict):
        return {key: _mark(one) for key, one in value.items()}
    return [_mark(one) for one in value] if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    if value is jsonata.utils.Utils.NULL_VALUE:
        return None
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _declare(bindings: Mapping[str, Any]) -> str:
    """Keep the variables for the evaluation that follows: written into its text, they would be parsed every time."""
    token = f"/*{next(_COUNT)}*/"
    _DECLARED[token] = {
        name.removeprefix("$"): json.loads(json.dumps(one, default=str)) for name, one in bindings.items()
    }
    return token
