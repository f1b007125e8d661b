import json

import pytest
import yaml

from chalicelib.control.records import dispatch_key
from dsl.cases.record import Recording
from infra.cli.recording import NotRecordable
from tests.unit.dsl_cases.histories import ARN, Client, History
from tests.unit.infra.connected import Stage

HOST = {"host": "i-0a1b2c3d", "target_group": "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/a/b"}


def _recording(workflow: str, status: str = "", step: str = "drain") -> Recording:
    history = History()
    history.enter(step)
    history.schedule(step, {"instance_id": HOST["host"]})
    history.fail("NotFound", "gone")
    history.add("FailStateEntered", {})
    history.events[-1]["stateEnteredEventDetails"] = {"name": "failed"}
    found = history.end(error="NotFound", status=status, **HOST)
    machine = f"arn:aws:states:eu-west-1:123456789012:stateMachine:interlock-dev-{workflow}"
    return Recording({**found.description, "stateMachineArn": machine}, found.events)


def test_an_execution_becomes_a_case_that_goes_as_it_went() -> None:
    shown = Stage(executions=Client(_recording("host_reboot"))).run("cases", "--record", ARN)
    assert shown.code == 0
    assert shown.out.startswith(f"# Recorded from {ARN}\n")
    (case,) = yaml.safe_load(shown.out)["cases"]
    assert case["answers"] == {"drain": [{"raises": "NotFound", "cause": "gone"}]}
    assert case["expect"] == {"path": ["drain", "failed"], "error": "NotFound"}
    assert shown.err.splitlines()[0].startswith("Put it into state_machines/host_reboot.cases.yaml")


def test_a_workflow_that_has_changed_since_is_told() -> None:
    shown = Stage(executions=Client(_recording("host_reboot", step="gone"))).run("cases", "--record", ARN)
    assert shown.code == 0
    assert "The workflow has changed since then" in shown.err
    assert "no step 'gone' calls anything" in shown.err


@pytest.mark.parametrize(
    ("workflow", "status", "cause"),
    [("host_reboot", "RUNNING", "it is RUNNING"), ("nothing", "", "no workflow of the project is called 'nothing'")],
)
def test_what_cannot_become_a_case_says_why(workflow: str, status: str, cause: str) -> None:
    stage = Stage(executions=Client(_recording(workflow, status)))
    with pytest.raises(NotRecordable, match=cause):
        stage.run("cases", "--record", ARN)


def test_the_input_is_the_workflows_own_and_nothing_of_control() -> None:
    shown = Stage(executions=Client(_recording("host_reboot"))).run("cases", "--record", ARN)
    (case,) = yaml.safe_load(shown.out)["cases"]
    assert case["input"] == HOST
    assert "workflow_hash" not in json.dumps(case)


def test_a_run_that_went_on_from_another_one_has_no_beginning_to_record() -> None:
    stage = Stage()
    dispatch = stage.run("start", "host_reboot", "-i", "host=i-0a").out.strip()
    row = stage.core.store.rows[dispatch_key(dispatch)]
    resumes = {"dispatch": "first", "step": "boot", "done": ["drain"]}
    stage.core.store.rows[dispatch_key(dispatch)] = {**row, "resumes": resumes}
    with pytest.raises(NotRecordable, match="it went on from boot of first"):
        stage.run("cases", "--record", dispatch)
