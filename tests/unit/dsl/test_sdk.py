from textwrap import indent

import pytest

from chalicelib.catalog.model import ApiCall
from dsl.compile import compile_workflow
from tests.unit.dsl.atoms import ATOMS
from tests.unit.dsl.build import codes, compile_ok, write

TAG = """
- id: tag
  aws: ec2:createTags
  with: {Resources: ["{% $input.host %}"], Tags: [{Key: drained, Value: "yes"}]}
  intent: configure
  object: "host/{% $input.host %}"
  resources: ["arn:aws:ec2:*:*:instance/*"]
  effect_timeout: 30s
- id: last
  atom: box.look
  with: {host: "{% $string($tag.ResponseMetadata.RequestId) %}"}
"""
LOOK = """
- id: look
  aws: s3:listObjectsV2
  with: {Bucket: b}
  intent: observe
  resources: {any: which bucket is only known at run time}
"""


def test_the_call_is_made_by_step_functions_itself() -> None:
    compiled = compile_ok(write("- {id: pause, wait: 1s}\n" + TAG))
    assert compiled.definition is not None
    state = compiled.definition["States"]["tag"]
    assert state["Resource"] == "arn:aws:states:::aws-sdk:ec2:createTags"
    assert state["Arguments"]["Resources"] == ["{% $input.host %}"]
    assert "Retry" not in state
    assert state["Assign"] == {"tag": "{% $states.result %}"}


def test_the_rights_of_its_machine_follow_from_the_call() -> None:
    workflow = compile_ok(write(TAG + LOOK)).workflow
    assert workflow is not None
    assert workflow.calls == (
        ApiCall(("ec2:CreateTags",), ("arn:aws:ec2:*:*:instance/*",)),
        ApiCall(("s3:ListBucket",), ("*",)),
    )
    assert workflow.effect_timeout_s == 30
    assert "Throttled" not in workflow.final_errors


def test_a_first_call_carries_the_guard() -> None:
    definition = compile_ok(write(LOOK)).definition
    assert definition is not None
    state = definition["States"]["look"]
    assert "this execution was retired" in state["Arguments"]
    assert [one["ErrorEquals"] for one in state["Retry"]] == [["States.QueryEvaluationError"], ["States.TaskFailed"]]


@pytest.mark.parametrize(
    ("steps", "on_failure", "code"),
    [
        (TAG.replace("ec2:", "ecc2:"), "", "E312"),
        (TAG.replace("configure", "destroy"), "", "E505"),
        (TAG.replace('"host/', '"service/'), "", "E505"),
        (TAG.replace('"host/', '"{% $input.host %}/'), "", "E407"),
        (TAG.replace('  object: "host/{% $input.host %}"\n', ""), "", "E202"),
        (TAG, "undo", "E506"),
        (TAG.replace("effect_timeout: 30s", "timeout: 2h"), "", "E509"),
        (TAG.replace('["arn:aws:ec2:*:*:instance/*"]', '["*"]'), "", "E204"),
    ],
)
def test_mistakes_are_told(steps: str, on_failure: str, code: str) -> None:
    assert code in codes(write(steps, on_failure=on_failure))


def test_an_atom_can_take_a_call_back() -> None:
    undo = '  undo: {atom: box.tune, with: {host: "{% $input.host %}"}}\n'
    text = write(TAG.replace("  effect_timeout: 30s\n", undo), on_failure="undo")
    text = text.replace("touches:\n", 'touches:\n  - {object: "service/{% $input.host %}", intent: configure}\n')
    definition = compile_ok(text).definition
    assert definition is not None
    assert "tag.undo" in definition["States"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("S3.NoSuchBucketException", None),
        ("States.TaskFailed", None),
        ("S3.NoSuchBucket", "did you mean 'S3.NoSuchBucketException'?"),
        ("s3.NoSuchBucketException", "did you mean 'S3.NoSuchBucketException'?"),
        ("Ec2.NoSuchBucketException", "it raises: S3.*"),
        ("NoSuchBucket", "it raises: S3.*"),
    ],
)
def test_errors_of_a_service_go_by_its_name_as_aws_writes_it(name: str, hint: str | None) -> None:
    text = write(LOOK + f"  retry: {{errors: [{name}]}}\n")
    found = compile_workflow(text, "flow.yaml", ATOMS).diagnostics
    assert [(one.code, one.hint) for one in found] == ([("E310", hint)] if hint else [])


def test_a_container_around_a_call_names_its_errors_too() -> None:
    text = write(
        f"- id: attempt\n  try:\n{indent(LOOK.strip(), '    ')}\n  catch: [{{errors: [X], steps: [{{id: a, wait: 1s}}]}}]\n"
    )
    assert codes(text.replace("[X]", "[S3.NoSuchBucketException]")) == []
    assert codes(text.replace("[X]", "[Sqs.QueueDoesNotExistException]")) == ["E310"]
