import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from infra.errors import NameTooLong, TemplateTooLarge, TooManyResources, UnknownSubstitution
from infra.functions import Function, list_functions
from infra.template.assemble import Stack, assemble, dump_template, place_code
from infra.template.functions import bound_role_name
from infra.template.limits import check_limits, count_resources
from infra.template.machines import find_holes, machine_id
from infra.template.pacing import find_pace
from tests.unit.infra.placeholder import PROBE_MACHINE, make_atom, make_bundle

PSEUDO = {"AWS::AccountId", "AWS::Partition", "AWS::Region", "AWS::URLSuffix"}


def make_stack(**changes: Any) -> Stack:
    functions = list_functions("dev", [make_atom()])
    return replace(Stack("dev", make_bundle(), {"probe": PROBE_MACHINE}, functions), **changes)


def describe_like_chalice(functions: Iterable[Function]) -> dict[str, Any]:
    resources: dict[str, Any] = {}
    for one in functions:
        resources[one.role_id] = {"Type": "AWS::IAM::Role", "Properties": {"Policies": []}}
        role = {"Fn::GetAtt": [one.role_id, "Arn"]}
        properties = {"Handler": "x.y", "CodeUri": "./deployment.zip", "Role": role}
        resources[one.logical_id] = {"Type": "AWS::Serverless::Function", "Properties": properties}
    resources["RestAPI"] = {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "api"}}
    outputs = {"RestAPIId": {"Value": {"Ref": "RestAPI"}}}
    return {"Transform": "AWS::Serverless-2016-10-31", "Resources": resources, "Outputs": outputs}


def assemble_one(stack: Stack | None = None) -> dict[str, Any]:
    stack = stack or make_stack()
    return assemble(stack, describe_like_chalice(stack.functions))


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            if key == "Ref":
                yield one
            elif key == "Fn::GetAtt":
                yield one[0]
            elif key == "DependsOn":
                yield from one
            else:
                yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def test_everything_that_is_referred_to_is_in_the_template() -> None:
    template = assemble_one()
    assert set(references(template)) <= set(template["Resources"]) | PSEUDO


def test_equal_inputs_give_equal_bytes() -> None:
    assert dump_template(assemble_one()) == dump_template(assemble_one())


def test_every_function_has_its_name_its_role_its_log_and_its_code() -> None:
    stack = make_stack()
    template = place_code(assemble_one(stack), "bucket", "key")
    for one in stack.functions:
        properties = template["Resources"][one.logical_id]["Properties"]
        assert properties["FunctionName"] == f"interlock-dev-{one.label}"
        assert properties["CodeUri"] == {"Bucket": "bucket", "Key": "key"}
        assert properties["Role"] == {"Fn::GetAtt": [one.role_id, "Arn"]}
        group = template["Resources"][one.log_group_id]["Properties"]
        assert group == {"LogGroupName": f"/aws/lambda/interlock-dev-{one.label}", "RetentionInDays": 30}


def test_an_atom_knows_the_bus_and_where_it_is_and_nothing_more() -> None:
    template = assemble_one()
    variables = template["Resources"]["ProbeLook"]["Properties"]["Environment"]["Variables"]
    assert set(variables) == {"INTERLOCK_BUS", "INTERLOCK_STAGE", "INTERLOCK_ACCOUNT", "INTERLOCK_PARTITION"}


def test_every_event_target_retries_and_has_somewhere_to_put_what_failed() -> None:
    rules = [one for one in assemble_one()["Resources"].values() if one["Type"] == "AWS::Events::Rule"]
    assert len(rules) == 4
    for rule in rules:
        for target in rule["Properties"]["Targets"]:
            assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["DeadQueue", "Arn"]}}
            assert "MaximumRetryAttempts" in target["RetryPolicy"]


def test_every_rule_may_invoke_its_function_and_reach_the_dead_letters() -> None:
    resources = assemble_one()["Resources"]
    rules = {name for name, one in resources.items() if one["Type"] == "AWS::Events::Rule"}
    permitted = {
        one["Properties"]["SourceArn"]["Fn::GetAtt"][0]
        for name, one in resources.items()
        if name.removesuffix("Permission") in rules and one["Type"] == "AWS::Lambda::Permission"
    }
    condition = resources["DeadQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"][0]["Condition"]
    assert permitted == rules
    assert {one["Fn::GetAtt"][0] for one in condition["ArnEquals"]["aws:SourceArn"]} == rules


def test_the_queue_of_starts_has_so_few_workers_that_they_stay_below_the_regions_quota() -> None:
    template = assemble_one()
    mapping = template["Resources"]["PacedStarts"]["Properties"]
    condition, large, other = mapping["ScalingConfig"]["MaximumConcurrency"]["Fn::If"]
    assert condition in template["Conditions"]
    assert (large, other) == (6, 3)
    assert (find_pace("us-east-1"), find_pace("eu-central-1")) == (180, 90)
    assert mapping["FunctionName"] == {"Ref": "Start"}
    queue = template["Resources"]["StartQueue"]["Properties"]
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["DeadQueue", "Arn"]}


def test_only_executions_of_this_stage_reach_settle() -> None:
    pattern = assemble_one()["Resources"]["ExecutionEnded"]["Properties"]["EventPattern"]
    machine = pattern["detail"]["stateMachineArn"][0]["prefix"]["Fn::Sub"]
    assert machine.endswith(":stateMachine:interlock-dev-")


def test_a_machine_may_invoke_exactly_what_its_states_call() -> None:
    resources = assemble_one()["Resources"]
    machine = machine_id("probe")
    policy = resources[f"{machine}Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]
    assert policy["Resource"] == [{"Fn::GetAtt": ["ProbeLook", "Arn"]}]
    assert resources[machine]["Properties"]["DefinitionSubstitutions"] == {
        "probe_look": {"Fn::GetAtt": ["ProbeLook", "Arn"]}
    }


def test_a_machine_that_calls_nothing_has_a_role_without_rights() -> None:
    stack = make_stack(machines={"idle": {"StartAt": "a", "States": {"a": {"Type": "Succeed"}}}})
    resources = assemble_one(stack)["Resources"]
    assert "Policies" not in resources[f"{machine_id('idle')}Role"]["Properties"]
    assert "DefinitionSubstitutions" not in resources[machine_id("idle")]["Properties"]


def test_a_machine_of_an_atom_that_is_not_deployed_stops_the_build() -> None:
    with pytest.raises(UnknownSubstitution, match="'probe' names probe_look"):
        assemble_one(make_stack(functions=list_functions("dev", [])))


def test_names_that_differ_only_in_a_dot_get_machines_of_their_own() -> None:
    assert machine_id("a.b") != machine_id("a_b")


def test_holes_are_found_at_any_depth() -> None:
    assert find_holes({"a": [{"b": "x${one}y"}], "c": {"d": "${two}", "n": 1}}) == {"one", "two"}


def test_the_table_outlives_the_stack() -> None:
    table = assemble_one()["Resources"]["Table"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_a_template_at_the_limit_passes_and_one_resource_more_says_what_to_split() -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {}}
    fits = {"Resources": {f"q{n}": queue for n in range(450)}}
    check_limits(fits, 1)
    fits["Resources"]["more"] = queue
    with pytest.raises(TooManyResources, match=r"451 resources.*450.*catalog\.yaml"):
        check_limits(fits, 1)


def test_a_template_of_too_many_bytes_says_what_takes_them() -> None:
    def machine(name: str, states: int) -> dict[str, object]:
        properties = {"StateMachineName": name, "Definition": {"States": {f"s{n}": {} for n in range(states)}}}
        return {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}

    template = {"Resources": {"a": machine("small", 1), "b": machine("large", 99)}}
    check_limits(template, 900_000)
    with pytest.raises(TemplateTooLarge, match=r"900001 bytes.*largest are large with .*, small with .*another stage"):
        check_limits(template, 900_001)


def test_the_api_counts_as_the_three_resources_it_becomes() -> None:
    assert count_resources({"Resources": {"a": {"Type": "AWS::Serverless::Api"}}}) == 3


def test_a_machine_name_beyond_awss_limit_is_refused_before_aws_does() -> None:
    with pytest.raises(NameTooLong, match="StateMachineName"):
        assemble_one(make_stack(machines={"x" * 80: PROBE_MACHINE}))


def test_a_long_role_name_is_cut_but_stays_its_own() -> None:
    one, other = bound_role_name("dev", "a" * 60), bound_role_name("dev", "a" * 61)
    assert one != other
    assert max(len(one), len(other)) <= 64 - len("-ap-southeast-2")


def test_outputs_name_what_the_tools_need() -> None:
    outputs = assemble_one()["Outputs"]
    assert {"Table", "Bus", "HoldQueueUrl", "RestAPIId", "FunctionDecide", "FunctionProbeLook"} <= set(outputs)


def test_the_environment_holds_no_secret() -> None:
    assert not {"AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"} & set(json.dumps(assemble_one()).split('"'))
