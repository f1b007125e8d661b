"""A deployment takes nothing away that running executions need."""

from typing import Any

import pytest

from infra.cloud import Cloud, open_local
from infra.hindrance import Hindrance, find_hindrances
from infra.stack import Change, ChangeSet

ARN = "arn:aws:states:us-east-1:000000000000:stateMachine:"
MACHINE, FUNCTION = "AWS::StepFunctions::StateMachine", "AWS::Lambda::Function"
REBOOT, OTHER = "interlock-dev-host_reboot", "interlock-dev2-host_reboot"
CALLS = '{"FunctionName":"arn:aws:lambda:us-east-1:000000000000:function:interlock-dev-ec2_start"}'


class FakeStates:
    """Two stages' machines, each with one execution that runs."""

    def __init__(self) -> None:
        self.asked = 0

    def get_paginator(self, name: str) -> Any:
        self.asked += 1
        return Pages(name)

    def describe_state_machine(self, **_request: str) -> dict[str, str]:
        return {"definition": CALLS}


class Pages:
    def __init__(self, name: str) -> None:
        self.name = name

    def paginate(self, **request: str) -> list[dict[str, Any]]:
        if self.name == "list_state_machines":
            named = [{"name": one, "stateMachineArn": ARN + one} for one in (REBOOT, OTHER)]
            return [{"stateMachines": [one]} for one in named]
        assert request["statusFilter"] == "RUNNING"
        return [{"executions": [{"name": "d-1"}]}, {"executions": []}]


def look(*removed: tuple[str, str], action: str = "Remove") -> tuple[tuple[Hindrance, ...], int]:
    states = FakeStates()
    cloud: Cloud = open_local("http://127.0.0.1:1")
    cloud.clients["stepfunctions"] = states
    changes = tuple(Change(action, "X", kind, replacement=False, physical_id=name) for kind, name in removed)
    return find_hindrances(cloud, ChangeSet("interlock-dev", "c", creates=False, changes=changes)), states.asked


@pytest.mark.parametrize(
    ("kind", "physical", "needs"),
    [
        (MACHINE, ARN + REBOOT, REBOOT),
        (MACHINE, f"{ARN}{REBOOT}.undo", f"{REBOOT}.undo"),
        (FUNCTION, "interlock-dev-ec2_start", "interlock-dev-ec2_start"),
    ],
)
def test_a_running_execution_needs_its_machine_its_undo_and_its_functions(kind: str, physical: str, needs: str) -> None:
    assert look((kind, physical)) == ((Hindrance("d-1", (needs,)),), 2)


@pytest.mark.parametrize(
    "removed",
    [
        (FUNCTION, "interlock-dev-ec2"),
        (MACHINE, f"{ARN}interlock-dev-other"),
        (MACHINE, ARN + OTHER),
        ("AWS::SQS::Queue", "interlock-dev-hold"),
    ],
)
def test_what_no_execution_of_the_stage_needs_may_go(removed: tuple[str, str]) -> None:
    found, _ = look(removed)
    assert found == ()


def test_without_a_removal_nothing_is_asked() -> None:
    assert look((MACHINE, ARN + REBOOT), action="Modify") == ((), 0)
