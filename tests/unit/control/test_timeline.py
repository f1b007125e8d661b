"""A history becomes visits: pairs by what led to what, by order where that is not told."""

from datetime import UTC, datetime, timedelta

from chalicelib.control.timeline import TimelineEvent, find_failed, list_finished, make_timeline

START = datetime(2026, 1, 1, tzinfo=UTC)


def write(*lines: tuple[int, str, str] | tuple[int, str, str, str], linked: bool = True) -> list[TimelineEvent]:
    """Make events from (previous, type, state, error), one a second, numbered from 1."""
    return [
        TimelineEvent(
            id=number,
            previous=line[0] if linked else 0,
            type=line[1],
            at=START + timedelta(seconds=number),
            state=line[2],
            error=line[3] if len(line) > 3 else "",
        )
        for number, line in enumerate(lines, 1)
    ]


RETRIED = (
    (0, "ExecutionStarted", ""),
    (1, "TaskStateEntered", "drain"),
    (2, "TaskScheduled", ""),
    (3, "TaskStarted", ""),
    (4, "TaskFailed", "", "Throttled"),
    (5, "TaskScheduled", ""),
    (6, "TaskSucceeded", ""),
    (7, "TaskStateExited", "drain"),
    (8, "ChoiceStateEntered", "tell.when"),
    (9, "ChoiceStateExited", "tell.when"),
    (10, "TaskStateEntered", "tell"),
    (11, "TaskScheduled", ""),
    (12, "TaskTimedOut", "", "States.Timeout"),
    (13, "ExecutionFailed", "", "States.Timeout"),
)


def test_a_retried_state_succeeded_and_keeps_its_last_error() -> None:
    drain, when, tell = make_timeline(write(*RETRIED))
    assert (drain.status, drain.attempts, drain.error, drain.kind) == ("succeeded", 2, "Throttled", "Task")
    assert (drain.entered_at, drain.left_at) == (START + timedelta(seconds=2), START + timedelta(seconds=8))
    assert (when.step, when.role, when.status) == ("tell", "when", "succeeded")
    assert (tell.status, tell.attempts, tell.error) == ("failed", 1, "States.Timeout")


def test_the_failed_step_and_those_that_were_done_are_found() -> None:
    visits = make_timeline(write(*RETRIED))
    assert (list_finished(visits), find_failed(visits)) == (("drain",), "tell")
    assert find_failed(()) is None


def test_a_history_without_links_is_read_in_order() -> None:
    assert make_timeline(write(*RETRIED, linked=False)) == make_timeline(write(*RETRIED))


def test_a_caught_failure_failed_although_the_state_was_left() -> None:
    (visit,) = make_timeline(
        write(
            (0, "TaskStateEntered", "drain"),
            (1, "TaskScheduled", ""),
            (2, "TaskFailed", "", "NotFound"),
            (3, "TaskStateExited", "drain"),
        )
    )
    assert (visit.status, visit.error) == ("failed", "NotFound")


def test_visits_of_one_state_in_iterations_are_told_apart_by_what_led_to_what() -> None:
    events = write(
        (0, "MapStateEntered", "each"),
        (1, "TaskStateEntered", "act"),
        (1, "TaskStateEntered", "act"),
        (2, "TaskScheduled", ""),
        (3, "TaskScheduled", ""),
        (4, "TaskFailed", "", "Boom"),
        (5, "TaskSucceeded", ""),
        (7, "TaskStateExited", "act"),
    )
    loop, first, second = make_timeline(events)
    assert (first.status, first.error, second.status, second.error) == ("failed", "Boom", "succeeded", "")
    assert (loop.status, loop.left_at) == ("running", None)


def test_what_an_end_leaves_open_was_stopped() -> None:
    (visit,) = make_timeline(write((0, "WaitStateEntered", "rest"), (1, "ExecutionAborted", "")))
    assert (visit.status, visit.left_at) == ("stopped", None)


def test_without_events_of_tasks_the_executions_error_is_that_of_its_last_state() -> None:
    done, failed = make_timeline(
        write(
            (0, "TaskStateEntered", "drain"),
            (0, "TaskStateExited", "drain"),
            (0, "TaskStateEntered", "reboot"),
            (0, "ExecutionFailed", "", "NotFound"),
        )
    )
    assert (done.status, failed.status, failed.error) == ("succeeded", "failed", "NotFound")


def test_no_history_is_no_visit() -> None:
    assert make_timeline([]) == ()
