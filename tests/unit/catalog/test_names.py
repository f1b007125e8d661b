"""Names of machines, functions and executions."""

import pytest

from chalicelib.catalog.names import execution_arn, function_name, machine_arn, machine_name, workflow_of_machine


def test_names_follow_from_the_stage_and_the_logical_name() -> None:
    assert machine_name("prod", "host_reboot") == "interlock-prod-host_reboot"
    assert machine_name("prod", "ec2.wait_state") == "interlock-prod-ec2-wait_state"
    assert function_name("prod", "ec2_start") == "interlock-prod-ec2_start"


def test_arns_follow_from_names_and_the_environment() -> None:
    where = ("aws-cn", "cn-north-1", "123456789012", "prod", "ec2.start")
    assert machine_arn(*where) == "arn:aws-cn:states:cn-north-1:123456789012:stateMachine:interlock-prod-ec2-start"
    assert (
        execution_arn(*where, "d-1")
        == "arn:aws-cn:states:cn-north-1:123456789012:execution:interlock-prod-ec2-start:d-1"
    )


@pytest.mark.parametrize("name", ["host_reboot", "ec2.start", "ec2.wait_state"])
@pytest.mark.parametrize("stage", ["prod", "my-stage"])
def test_a_machines_arn_gives_its_workflow_back(name: str, stage: str) -> None:
    assert workflow_of_machine(machine_arn("aws", "r", "1", stage, name), stage) == name


@pytest.mark.parametrize(
    "arn",
    ["arn:aws:states:r:1:stateMachine:other", "arn:aws:states:r:1:stateMachine:interlock-dev-x", "", "interlock-prod-"],
)
def test_another_machine_is_no_workflow_of_this_stage(arn: str) -> None:
    assert workflow_of_machine(arn, "prod") is None
