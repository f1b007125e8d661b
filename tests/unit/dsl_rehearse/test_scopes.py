import pytest

from dsl.rehearse import Answer
from dsl.rehearse.scope import OuterAssigned
from tests.unit.dsl_rehearse.machines import run, scope, task

END = {"Type": "Succeed", "Output": {"x": "{% $x %}", "y": "{% $y %}"}}


def test_fields_see_the_variables_as_they_were_at_entry() -> None:
    swap = {"Type": "Pass", "Assign": {"x": "{% $y %}", "y": "{% $x %}"}, "Output": "{% $x %}", "Next": "end"}
    states = scope(a={"Type": "Pass", "Assign": {"x": 1, "y": 2}, "Next": "b"}, b=swap, end=END)
    assert run(states).output == {"x": 2, "y": 1}


def test_a_retry_evaluates_arguments_again_and_nothing_else() -> None:
    asl = scope(a=task(None, Arguments={"Payload": {"input": "{% $millis() %}"}}, Retry=[{"ErrorEquals": ["E"]}]))
    found = run(asl, lambda call: Answer() if call.attempt == 2 else Answer(error="E"))
    assert found.calls[1].input - found.calls[0].input == 1000


def test_an_inner_scope_reads_what_was_outside_when_it_began() -> None:
    inner = scope(i={"Type": "Pass", "Assign": {"own": 1}, "Output": "{% $x + $states.input %}", "End": True})
    states = scope(
        a={"Type": "Pass", "Assign": {"x": 40}, "Next": "both"},
        both={"Type": "Parallel", "Arguments": 2, "Branches": [inner, inner], "End": True},
    )
    found = run(states)
    assert (found.output, found.variables) == ([42, 42], {"x": 40})


def test_a_machine_whose_inner_scope_assigns_an_outer_variable_is_none() -> None:
    inner = scope(i={"Type": "Pass", "Assign": {"x": 1}, "End": True})
    states = scope(
        a={"Type": "Pass", "Assign": {"x": 40}, "Next": "both"},
        both={"Type": "Parallel", "Branches": [inner], "End": True},
    )
    with pytest.raises(OuterAssigned):
        run(states)


def test_a_distributed_map_sees_nothing_from_outside() -> None:
    inner = scope(i={"Type": "Pass", "Output": "{% $x %}", "End": True})
    body = {**inner, "ProcessorConfig": {"Mode": "DISTRIBUTED"}}
    states = scope(
        a={"Type": "Pass", "Assign": {"x": 40}, "Next": "loop"},
        loop={"Type": "Map", "Items": [1], "ItemProcessor": body, "ToleratedFailureCount": 0, "End": True},
    )
    assert run(states).error == "States.ExceedToleratedFailureThreshold"


def test_a_condition_that_is_no_boolean_fails_and_one_that_is_missing_too() -> None:
    for condition in ("{% 1 %}", "{% $states.input.nothing %}"):
        choice = {"Type": "Choice", "Choices": [{"Condition": condition, "Next": "end"}], "Default": "end"}
        assert run(scope(a=choice, end={"Type": "Succeed"})).error == "States.QueryEvaluationError"


def test_no_rule_and_no_default_is_a_failure() -> None:
    choice = {"Type": "Choice", "Choices": [{"Condition": "{% false %}", "Next": "end"}]}
    assert run(scope(a=choice, end={"Type": "Succeed"})).error == "States.NoChoiceMatched"


def test_an_output_that_gives_nothing_can_be_caught() -> None:
    caught = [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "end"}]
    asl = scope(a=task(None, Output="{% $states.result.nothing %}", Catch=caught), end={"Type": "Succeed"})
    assert run(asl).path == ["a", "end"]


def test_a_loop_without_end_ends() -> None:
    asl = scope(a={"Type": "Pass", "Next": "b"}, b={"Type": "Pass", "Next": "a"})
    assert run(asl).error == "States.Runtime"


def test_a_callback_gives_its_result_as_it_is_and_each_attempt_has_its_token() -> None:
    arguments = {"FunctionName": "f", "Payload": {"input": "{% $states.context.Task.Token %}"}}
    resource = "arn:aws:states:::lambda:invoke.waitForTaskToken"
    asl = scope(a=task(None, Resource=resource, Arguments=arguments, Retry=[{"ErrorEquals": ["E"]}]))
    found = run(asl, lambda call: Answer("approved") if call.attempt == 2 else Answer(error="E"))
    assert found.output == "approved"
    assert found.calls[0].input != found.calls[1].input
