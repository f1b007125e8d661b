from dsl.rehearse import Answer, Status
from tests.unit.dsl_rehearse.machines import fail, retry, run, scope, task


def test_an_attempt_is_numbered_from_one_and_the_count_of_retries_can_be_read() -> None:
    arguments = {"Payload": {"input": "{% $states.context.State.RetryCount %}"}}
    found = run(scope(a=task(None, Arguments=arguments, Retry=[retry("E", MaxAttempts=2)])), fail("E", "E", None))
    assert [(call.attempt, call.input) for call in found.calls] == [(1, 0), (2, 1), (3, 2)]
    assert (found.path, found.retries, found.transitions) == (["a"], 2, 3)


def test_the_defaults_are_three_retries_after_1_2_and_4_seconds() -> None:
    found = run(scope(a=task(None, Retry=[retry("E")])), fail("E"))
    assert [call.at_s for call in found.calls] == [0, 1, 3, 7]
    assert (found.status, found.error) == (Status.FAILED, "E")


def test_the_delay_grows_up_to_its_limit() -> None:
    rule = retry("E", IntervalSeconds=2, BackoffRate=3.0, MaxDelaySeconds=10, MaxAttempts=4)
    found = run(scope(a=task(None, Retry=[rule])), fail("E", "E", "E", "E", None))
    assert [call.at_s for call in found.calls] == [0, 2, 8, 18, 28]


def test_no_attempts_means_none_even_if_a_later_retrier_would_match() -> None:
    found = run(scope(a=task(None, Retry=[retry("E", MaxAttempts=0), retry("States.ALL")])), fail("E"))
    assert len(found.calls) == 1


def test_each_retrier_keeps_its_own_count() -> None:
    rules = [retry("A", MaxAttempts=1), retry("B", MaxAttempts=2)]
    found = run(scope(a=task(None, Retry=rules)), fail("A", "B", "B", "A"))
    assert (len(found.calls), found.error) == (4, "A")


def test_entering_a_state_again_starts_its_counts_again() -> None:
    again = {"Type": "Choice", "Choices": [{"Condition": "{% $n < 2 %}", "Next": "a"}], "Default": "end"}
    states = scope(
        start={"Type": "Pass", "Assign": {"n": 0}, "Next": "a"},
        a=task("again", Retry=[retry("E", MaxAttempts=1)], Assign={"n": "{% $n + 1 %}"}),
        again=again,
        end={"Type": "Succeed"},
    )
    found = run(states, fail("E", None, "E", None))
    assert (found.status, len(found.calls), found.retries) == (Status.SUCCEEDED, 4, 2)


def test_states_all_catches_no_data_limit_and_task_failed_no_timeout() -> None:
    caught = {"ErrorEquals": ["States.TaskFailed"], "Next": "end"}
    states = scope(a=task(None, Catch=[caught], TimeoutSeconds=5), end={"Type": "Succeed"})
    assert run(states, fail("Anything")).status is Status.SUCCEEDED
    assert run(states, lambda _: Answer(takes_s=6)).error == "States.Timeout"
    everything = scope(a=task(None, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "end"}]), end={"Type": "Succeed"})
    assert run(everything, lambda _: Answer("x" * 300_000)).error == "States.DataLimitExceeded"


def test_a_catcher_of_timeouts_meets_a_missing_heartbeat() -> None:
    caught = {"ErrorEquals": ["States.Timeout"], "Next": "end", "Assign": {"seen": "{% $states.errorOutput.Error %}"}}
    states = scope(a=task(None, Catch=[caught], TimeoutSeconds=60, HeartbeatSeconds=5), end={"Type": "Succeed"})
    found = run(states, lambda _: Answer(takes_s=50))
    assert (found.variables["seen"], found.duration_s) == ("States.HeartbeatTimeout", 5)


def test_who_sends_heartbeats_often_enough_may_take_until_the_timeout() -> None:
    states = scope(a=task(None, TimeoutSeconds=60, HeartbeatSeconds=5))
    assert run(states, lambda _: Answer(takes_s=50, beats_s=5)).status == Status.SUCCEEDED
    assert run(states, lambda _: Answer(takes_s=50, beats_s=6)).error == "States.HeartbeatTimeout"
    assert run(states, lambda _: Answer(takes_s=70, beats_s=5)).error == "States.Timeout"


def test_the_error_of_a_catcher_is_its_output_unless_it_says_otherwise() -> None:
    caught = {"ErrorEquals": ["States.ALL"], "Next": "end"}
    found = run(scope(a=task(None, Catch=[caught]), end={"Type": "Succeed"}), fail("E"))
    assert found.output == {"Error": "E", "Cause": "a said so"}
    caught["Output"] = "{% $states.errorOutput.Error %}"
    assert run(scope(a=task(None, Catch=[caught]), end={"Type": "Succeed"}), fail("E")).output == "E"
