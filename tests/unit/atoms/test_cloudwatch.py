from datetime import timedelta

import pytest

from chalicelib.atoms.cloudwatch import alarm_state, compare_metric
from chalicelib.atoms.cloudwatch.compare_metric import MetricWorse
from chalicelib.atoms.contract import Change
from chalicelib.atoms.errors import InputInvalid, NotFound, NotYet
from tests.unit.atoms.fakes import NOW, FakeAws

METRIC = {"namespace": "AWS/ApplicationELB", "metric": "Errors"}


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


def test_an_alarm_s_state_is_read_and_published(aws: FakeAws) -> None:
    aws.cloudwatch.alarms["busy"] = "ALARM"
    assert aws.run(alarm_state.ATOM, alarm="busy")["state"] == "ALARM"
    assert aws.published == [Change("alarm/busy", "ALARM")]


def test_another_state_than_the_one_awaited_is_not_yet(aws: FakeAws) -> None:
    aws.cloudwatch.alarms["busy"] = "ALARM"
    with pytest.raises(NotYet, match="busy is ALARM, wanted OK"):
        aws.run(alarm_state.ATOM, alarm="busy", wanted="OK")
    with pytest.raises(NotFound):
        aws.run(alarm_state.ATOM, alarm="other")


@pytest.mark.parametrize(
    ("present", "past", "given", "passed"),
    [
        (12, 10, {}, True),
        (12.1, 10, {}, False),
        (8, 10, {}, True),
        (8, 10, {"worse": "lower"}, True),
        (7.9, 10, {"worse": "lower"}, False),
        (5, 0, {}, False),
        (5, 0, {"ignore_within": 5}, True),
        (-11, -10, {}, True),
        (-7.9, -10, {}, False),
    ],
)
def test_a_metric_is_judged_by_its_own_past(
    aws: FakeAws, present: float, past: float, given: dict[str, object], *, passed: bool
) -> None:
    aws.cloudwatch.values = [[present] * 10, [past] * 10]
    answer = aws.run(compare_metric.ATOM, **METRIC, **given, fail=False)
    assert answer["passed"] is passed
    assert (answer["present"], answer["past"]) == (pytest.approx(present), pytest.approx(past))


def test_worse_is_an_error_with_all_three_numbers(aws: FakeAws) -> None:
    aws.cloudwatch.values = [[30.0] * 10, [10.0] * 10]
    with pytest.raises(MetricWorse, match="Errors is 30, was 10, and the limit is 12"):
        aws.run(compare_metric.ATOM, **METRIC)


def test_the_windows_are_as_long_and_as_far_apart_as_asked(aws: FakeAws) -> None:
    aws.cloudwatch.values = [[1.0] * 5, [1.0] * 5]
    aws.run(compare_metric.ATOM, **METRIC, window_minutes=5, past_minutes=10_080)
    (start, end), (past_start, past_end) = aws.cloudwatch.windows
    assert end - start == past_end - past_start == timedelta(minutes=5)
    assert end - past_end == timedelta(days=7)
    assert timedelta(0) < NOW - end <= timedelta(minutes=2)


def test_too_little_data_is_waited_for(aws: FakeAws) -> None:
    aws.cloudwatch.values = [[1.0, 1.0], [1.0] * 10]
    with pytest.raises(NotYet, match="has 2 minutes of data in the present window, wanted 3"):
        aws.run(compare_metric.ATOM, **METRIC)


def test_minutes_without_data_may_count_as_zero(aws: FakeAws) -> None:
    aws.cloudwatch.values = [[50.0], []]
    answer = aws.run(compare_metric.ATOM, **METRIC, missing="zero", fail=False)
    assert (answer["present"], answer["past"], answer["passed"]) == (5.0, 0.0, False)


def test_statistics_that_cloudwatch_has_not_are_refused(aws: FakeAws) -> None:
    with pytest.raises(InputInvalid, match="statistic"):
        aws.run(compare_metric.ATOM, **METRIC, statistic="Median")
