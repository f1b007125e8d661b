"""AWS's cron expressions, compared with a search minute by minute, and with the examples of AWS's documentation."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.cron import CronWrong, read_cron, walk_cron

BERLIN, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")


def list_times(text: str, after: str, count: int = 3, zone: ZoneInfo = UTC_ZONE) -> list[str]:
    found = walk_cron(read_cron(text), datetime.fromisoformat(after), zone)
    return [f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in islice(found, count)]


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("0 10 * * ? *", ["2026-03-01 10:00", "2026-03-02 10:00", "2026-03-03 10:00"]),
        ("15 12 * * ? *", ["2026-03-01 12:15", "2026-03-02 12:15", "2026-03-03 12:15"]),
        ("0 18 ? * MON-FRI *", ["2026-03-02 18:00", "2026-03-03 18:00", "2026-03-04 18:00"]),
        ("0 8 1 * ? *", ["2026-03-01 08:00", "2026-04-01 08:00", "2026-05-01 08:00"]),
        ("0/15 * * * ? *", ["2026-03-01 00:15", "2026-03-01 00:30", "2026-03-01 00:45"]),
        ("0/5 8-17 ? * MON-FRI *", ["2026-03-02 08:00", "2026-03-02 08:05", "2026-03-02 08:10"]),
        ("0 9 ? * 2#1 *", ["2026-03-02 09:00", "2026-04-06 09:00", "2026-05-04 09:00"]),
        ("15 10 ? * 6L 2026-2027", ["2026-03-27 10:15", "2026-04-24 10:15", "2026-05-29 10:15"]),
        ("0 0 L * ? *", ["2026-03-31 00:00", "2026-04-30 00:00", "2026-05-31 00:00"]),
        ("0 0 15W * ? *", ["2026-03-16 00:00", "2026-04-15 00:00", "2026-05-15 00:00"]),
        ("0 0 1W * ? *", ["2026-03-02 00:00", "2026-04-01 00:00", "2026-05-01 00:00"]),
        ("0 0 31W * ? *", ["2026-03-31 00:00", "2026-05-29 00:00", "2026-07-31 00:00"]),
        ("0 3 ? * sun *", ["2026-03-01 03:00", "2026-03-08 03:00", "2026-03-15 03:00"]),
        ("0 3 ? * L *", ["2026-03-07 03:00", "2026-03-14 03:00", "2026-03-21 03:00"]),
        ("0 0 ? FEB,NOV 1#5 *", ["2026-11-29 00:00", "2031-11-30 00:00", "2032-02-29 00:00"]),
        ("0 0 29 2 ? *", ["2028-02-29 00:00", "2032-02-29 00:00", "2036-02-29 00:00"]),
        ("30 4 1 1 ? 2027", ["2027-01-01 04:30"]),
    ],
)
def test_it_comes_due_when_the_documentation_says(text: str, times: list[str]) -> None:
    assert list_times(text, "2026-03-01T00:00:00+00:00") == times


NUMBERS = {"minutes": (0, 59), "hours": (0, 23), "months": (1, 12), "days": (1, 31), "weekdays": (1, 7)}


@st.composite
def write_field(draw: st.DrawFn, name: str) -> tuple[str, frozenset[int]]:
    """Write a field, and say by itself which numbers it means."""
    least, most = NUMBERS[name]
    first = draw(st.integers(least, most))
    last = draw(st.integers(first, most))
    step = draw(st.integers(1, 20))
    some = sorted(draw(st.sets(st.integers(least, most), min_size=1, max_size=4)))
    return draw(
        st.sampled_from(
            [
                ("*", frozenset(range(least, most + 1))),
                (f"{first}-{last}", frozenset(range(first, last + 1))),
                (f"{first}/{step}", frozenset(range(first, most + 1, step))),
                (f"{first}-{last}/{step}", frozenset(range(first, last + 1, step))),
                (",".join(map(str, some)), frozenset(some)),
            ]
        )
    )


@settings(max_examples=40, deadline=None)
@given(
    write_field("minutes"), write_field("hours"), write_field("months"), write_field("days"), write_field("weekdays"),
    st.booleans(), st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)),  # noqa: DTZ001 - made aware below
)  # fmt: skip
def test_it_comes_due_at_exactly_the_minutes_that_a_search_finds(
    minutes: tuple[str, frozenset[int]], hours: tuple[str, frozenset[int]], months: tuple[str, frozenset[int]],
    days: tuple[str, frozenset[int]], weekdays: tuple[str, frozenset[int]], by_week: bool, begin: datetime,  # noqa: FBT001
) -> None:  # fmt: skip
    after = begin.replace(tzinfo=UTC)
    fields = (minutes[0], hours[0], "?" if by_week else days[0], months[0], weekdays[0] if by_week else "?", "*")
    end = after + timedelta(days=3)
    try:
        cron = read_cron(" ".join(fields))
    except CronWrong:
        assert not by_week, "only a day of the month may never come"
        return
    found = []
    for at in walk_cron(cron, after, UTC_ZONE):
        if at > end:
            break
        found.append(at)
    searched = [
        at
        for number in range(1, 3 * 24 * 60 + 1)
        if (at := after.replace(second=0, microsecond=0) + timedelta(minutes=number)) <= end
        and at.minute in minutes[1] and at.hour in hours[1] and at.month in months[1]
        and (at.isoweekday() % 7 + 1 in weekdays[1] if by_week else at.day in days[1])
    ]  # fmt: skip
    assert found == searched


def test_a_time_that_the_clock_leaves_out_is_left_out_and_one_that_it_shows_twice_comes_once() -> None:
    assert list_times("30 2 * * ? *", "2026-03-28T00:00:00+00:00", 3, BERLIN) == [
        "2026-03-28 02:30", "2026-03-30 02:30", "2026-03-31 02:30",
    ]  # fmt: skip
    autumn = walk_cron(read_cron("30 2 * * ? *"), datetime(2026, 10, 24, 12, tzinfo=UTC), BERLIN)
    assert list(islice(autumn, 2)) == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC),
    ]  # fmt: skip


def test_what_is_asked_for_between_the_two_showings_is_the_next_day_s() -> None:
    between = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)
    assert next(walk_cron(read_cron("30 2 * * ? *"), between, BERLIN)) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_a_zone_on_the_other_side_of_the_date_line_loses_no_day() -> None:
    zone = ZoneInfo("Pacific/Kiritimati")
    found = walk_cron(read_cron("0 1 * * ? *"), datetime(2026, 1, 1, 10, 30, tzinfo=UTC), zone)
    assert next(found) == datetime(2026, 1, 1, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("0 3 * * 0", "six fields are wanted, and these are 5", "write 0 3 ? * SUN *"),
        ("*/5 * * * *", "these are 5", "write */5 * * * ? *"),
        ("0 3 1 * *", "these are 5", "write 0 3 1 * ? *"),
        ("", "these are 0", "for example 0 3 ? * SUN *"),
        ("cron(0 3 ? * SUN *)", "without `cron( )`", 'cron: "0 3 ? * SUN *"'),
        ("0 3 * * * *", "exactly one of day of month", "0 3 ? * SUN *"),
        ("0 3 1 * MON *", "exactly one of day of month", "0 3 ? * MON *"),
        ("0 3 ? * ? *", "exactly one of day of month", "0 3 ? * SUN *"),
        ("60 3 ? * SUN *", "the minutes cannot be '60'", "0 to 59"),
        ("0 24 ? * SUN *", "the hours cannot be '24'", "0 to 23"),
        ("0 3 ? * SUNDAY *", "the day of week cannot be 'SUNDAY'", "1 to 7, or SUN, MON"),
        ("0 3 ? * 0 *", "the day of week cannot be '0'", "1 to 7"),
        ("0 3 ? * MON#6 *", "the day of week cannot be 'MON#6'", "1 to 7"),
        ("0 3 32W * ? *", "the day of month cannot be '32'", "1 to 31"),
        ("0 3 ? * FRI-MON *", "ends before it begins", "FRI-7,1-MON"),
        ("0 0/0 ? * SUN *", "has no step", "write 0/10"),
        ("0 3 31 FEB,APR ? *", "no such day ever comes", "the day and the month"),
        ("0 3 1 1 ? 1969", "the year cannot be '1969'", "1970 to 2199"),
        ("0 3 1 1 ? \u0662\u0660\u0662\u0667", "the year cannot be", "1970 to 2199"),
    ],
)
def test_a_wrong_expression_is_refused_with_the_way_out(text: str, message: str, hint: str) -> None:
    with pytest.raises(CronWrong) as raised:
        read_cron(text)
    assert message in raised.value.message
    assert hint in raised.value.hint


@given(st.text(alphabet="0123456789*/?,-LW#SUNMO ", max_size=30))
def test_no_text_is_more_than_refused(text: str) -> None:
    try:
        next(walk_cron(read_cron(text), datetime(2026, 1, 1, tzinfo=UTC), BERLIN), None)
    except CronWrong as wrong:
        found = wrong.hint
    else:
        found = "read"
    assert found
