from typing import Any

from dsl.rehearse import Answer, Call, Status
from tests.unit.dsl_rehearse.machines import State, run, scope, task

WAIT = {"Type": "Wait", "Seconds": 30, "Next": "end"}
END = {"Type": "Succeed"}


def test_waiting_takes_virtual_time_only() -> None:
    found = run(scope(a=WAIT, end=END))
    assert (found.duration_s, [one.at_s for one in found.entered]) == (30, [0, 30])


def test_a_moment_is_waited_for_and_one_that_is_past_is_not() -> None:
    to = {"Type": "Wait", "Timestamp": "{% $fromMillis($millis() + 90000) %}", "Next": "end"}
    assert run(scope(a=to, end=END)).duration_s == 90
    past = {"Type": "Wait", "Timestamp": "2001-01-01T00:00:00Z", "Next": "end"}
    assert run(scope(a=past, end=END)).duration_s == 0


def test_now_moves_with_virtual_time() -> None:
    asl = scope(a=WAIT, end={"Type": "Succeed", "Output": "{% $now() %}"})
    assert run(asl).output == "2026-01-01T00:00:30.000Z"


def test_seconds_that_are_no_whole_number_fail() -> None:
    assert run(scope(a={**WAIT, "Seconds": "{% 'soon' %}"}, end=END)).error == "States.QueryEvaluationError"


def test_an_answer_after_the_timeout_is_never_heard() -> None:
    found = run(scope(a=task(None, TimeoutSeconds=10)), lambda _: Answer("late", takes_s=11))
    assert (found.error, found.duration_s) == ("States.Timeout", 10)
    assert run(scope(a=task(None, TimeoutSeconds=10)), lambda _: Answer("in time", takes_s=10)).status == "SUCCEEDED"


def test_the_timeout_of_the_machine_is_final_whatever_would_catch_it() -> None:
    caught = [{"ErrorEquals": ["States.ALL"], "Next": "end"}]
    asl = scope(a=task(None, Catch=caught, TimeoutSeconds=600), end=END)
    found = run(asl, lambda _: Answer(takes_s=500), timeout=60)
    assert (found.status, found.error, found.duration_s) == (Status.TIMED_OUT, "States.Timeout", 60)
    assert found.path == ["a"]


def _both(**fields: Any) -> State:
    left = scope(l1=task("l2"), l2=task(None))
    right = scope(r1=task(None))
    return scope(both={"Type": "Parallel", "Branches": [left, right], "Next": "end", **fields}, end=END)


def test_branches_run_beside_each_other() -> None:
    seconds = {"l1": 5.0, "l2": 5.0, "r1": 8.0}
    found = run(_both(), lambda call: Answer(call.state, takes_s=seconds[call.state]))
    assert [(one.state, one.at_s) for one in found.entered] == [
        ("both", 0), ("l1", 0), ("r1", 0), ("l2", 5), ("end", 10),
    ]  # fmt: skip
    assert [one["Payload"] for one in found.output] == ["l2", "r1"]


def test_the_first_failure_ends_the_siblings_where_they_are() -> None:
    def answer(call: Call) -> Answer:
        return Answer(error="E", takes_s=3) if call.state == "r1" else Answer(1, takes_s=2)

    caught = [{"ErrorEquals": ["E"], "Next": "end"}]
    found = run(_both(Catch=caught), answer)
    # l2 was called, and its answer after 4 s is not waited for.
    assert ([call.state for call in found.calls], found.duration_s) == (["l1", "r1", "l2"], 3)


def test_what_runs_inside_a_sibling_ends_with_it() -> None:
    inner = scope(deep={"Type": "Wait", "Seconds": 50, "Next": "after"}, after=task(None))
    outer = scope(nested={"Type": "Parallel", "Branches": [inner], "End": True})
    states = scope(both={"Type": "Parallel", "Branches": [outer, scope(r1=task(None))], "End": True})
    found = run(states, lambda _: Answer(error="E", takes_s=1))
    assert (found.error, found.duration_s, [call.state for call in found.calls]) == ("E", 1, ["r1"])


def _loop(**fields: Any) -> State:
    body = scope(one=task(None, Arguments={"Payload": {"input": "{% $states.input %}"}}, Output="{% $states.input %}"))
    loop = {"Type": "Map", "Items": "{% [1, 2, 3] %}", "ItemProcessor": body, "End": True, **fields}
    return scope(loop=loop)


def test_results_stand_in_the_order_of_the_items_whoever_is_first() -> None:
    found = run(_loop(), lambda call: Answer(takes_s=10 - call.input))
    assert (found.output, found.duration_s) == ([1, 2, 3], 9)


def test_no_more_items_run_at_once_than_is_allowed() -> None:
    found = run(_loop(MaxConcurrency=1), lambda _: Answer(takes_s=4))
    assert [call.at_s for call in found.calls] == [0, 4, 8]


def test_no_items_are_no_results_and_no_list_is_a_failure() -> None:
    assert run(_loop(Items=[])).output == []
    assert run(_loop(Items="{% 'one' %}")).error == "States.QueryEvaluationError"


def test_a_distributed_map_tolerates_as_many_failures_as_it_says() -> None:
    def answer(call: Call) -> Answer:
        return Answer(error="E") if call.input == 2 else Answer()

    asl = _loop(ToleratedFailureCount=1)
    asl["States"]["loop"]["ItemProcessor"]["ProcessorConfig"] = {"Mode": "DISTRIBUTED"}
    assert run(asl, answer).output == [1, None, 3]
    del asl["States"]["loop"]["ToleratedFailureCount"]
    assert run(asl, answer).error == "States.ExceedToleratedFailureThreshold"
