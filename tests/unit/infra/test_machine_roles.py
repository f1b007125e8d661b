from typing import Any

from chalicelib.catalog.model import ApiCall
from infra import iam
from infra.template.machines import describe_machines


def _grant(**changes: Any) -> dict[str, Any]:
    traits: dict[str, Any] = {"emits": False, "distributes": False, **changes}
    calls = traits.pop("calls", ())
    functions = traits.pop("functions", ())
    return {one["Sid"]: one for one in iam.grant_machine(["interlock-dev-flow"], functions, calls, **traits)}


def test_a_machine_that_calls_nothing_may_do_nothing() -> None:
    assert _grant() == {}


def test_a_machine_that_emits_may_use_its_own_bus_only() -> None:
    found = _grant(emits=True)
    assert found["Emit"]["Action"] == ["events:PutEvents"]
    assert found["Emit"]["Resource"] == [{"Fn::GetAtt": ["Bus", "Arn"]}]


def test_a_distributed_map_may_start_children_of_its_own_machine_only() -> None:
    found = _grant(distributes=True)
    assert "stateMachine:interlock-dev-flow" in str(found["StartChildren"]["Resource"])
    assert "execution:interlock-dev-flow/*:*" in str(found["WatchChildren"]["Resource"])


def test_a_call_of_its_own_has_the_resources_that_its_author_named() -> None:
    found = _grant(calls=(ApiCall(("ec2:CreateTags",), ("arn:aws:ec2:*:*:instance/*",)),))
    assert (found["Call0"]["Action"], found["Call0"]["Resource"]) == (
        ["ec2:CreateTags"],
        ["arn:aws:ec2:*:*:instance/*"],
    )


def test_the_bus_and_the_stage_are_filled_in_and_are_no_functions() -> None:
    definition = {"States": {"a": {"Arguments": {"EventBusName": "${bus}", "x": '{% "${stage}" = "prod" %}'}}}}
    found = describe_machines("dev", {"flow": definition}, ())
    (machine,) = (one for one in found.values() if one["Type"] == "AWS::StepFunctions::StateMachine")
    assert machine["Properties"]["DefinitionSubstitutions"] == {"bus": {"Ref": "Bus"}, "stage": "dev"}
