"""AWS's cron expressions: six fields, read with a reason for every refusal, and when they come due.

Written after the EventBridge Scheduler user guide, "Schedule types": minutes, hours, day of month, month, day of week,
year; `?` in exactly one of the two days; `L` and `W` in the day of month, `L` and `#` in the day of week.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_WEEK = 7
_MOST_FALL_BACK = timedelta(hours=3)
"""No clock is ever put back by more."""


class CronWrong(Exception):
    """What is wrong with an expression, and the way out."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    least: int
    most: int
    words: Mapping[str, int]


_MINUTES, _HOURS = _Field("minutes", 0, 59, {}), _Field("hours", 0, 23, {})
_DAY_OF_MONTH = _Field("day of month", 1, 31, {})
_MONTH = _Field("month", 1, 12, {word: number for number, word in enumerate(_MONTHS, 1)})
_DAY_OF_WEEK = _Field("day of week", 1, 7, {word: number for number, word in enumerate(_DAYS, 1)})
_YEAR = _Field("year", _FIRST_YEAR, _LAST_YEAR, {})
_FIELDS = (_MINUTES, _HOURS, _DAY_OF_MONTH, _MONTH, _DAY_OF_WEEK, _YEAR)


@dataclass(frozen=True, slots=True)
class Cron:
    """An expression, read. Of the two kinds of days one is empty."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    month_days: tuple[str, ...]
    """Each a number, `L` or `15W`; empty: any day, if there are no week days."""
    months: tuple[int, ...]
    week_days: tuple[str, ...]
    """Each a number (1 is Sunday), `5L` or `3#2`."""
    years: tuple[int, ...]


def read_cron(text: str) -> Cron:
    """Read an expression without `cron( )` around it. Raises CronWrong."""
    parts = text.upper().split()
    if "(" in text:
        raise CronWrong("the expression is written without `cron( )`", 'for example cron: "0 3 ? * SUN *"')
    if len(parts) != len(_FIELDS):
        raise CronWrong(f"six fields are wanted, and these are {len(parts)}", _translate_unix(parts))
    minutes, hours, month_day, months, week_day, years = parts
    if (month_day == "?") is (week_day == "?"):
        message = "exactly one of day of month (the third) and day of week (the fifth) must be `?`"
        hint = f"for example {' '.join([minutes, hours, '?', months, 'SUN' if week_day in '?*' else week_day, years])}"
        raise CronWrong(message, hint)
    cron = Cron(
        _read_numbers(minutes, _MINUTES),
        _read_numbers(hours, _HOURS),
        _read_days(month_day, _DAY_OF_MONTH),
        _read_numbers(months, _MONTH),
        _read_days(week_day, _DAY_OF_WEEK),
        _read_numbers(years, _YEAR),
    )
    if not any(_list_days(cron, year, month) for year in cron.years for month in cron.months):
        raise CronWrong("no such day ever comes", "look at the day and the month together")
    return cron


def walk_cron(cron: Cron, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Give every time after an aware one at which it comes due, in UTC and in order, up to its last year.

    As Scheduler does: a time that a clock which is put forward leaves out is left out, and one that it shows twice
    comes once, the first time.
    """
    local = after.astimezone(zone).replace(tzinfo=None)
    for day in _walk_days(cron, local.date()):
        for hour in cron.hours:
            for minute in cron.minutes:
                shown = datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001 - a clock on the wall
                if shown < local - _MOST_FALL_BACK:
                    continue
                at = shown.replace(tzinfo=zone).astimezone(UTC)
                if at > after and at.astimezone(zone).replace(tzinfo=None) == shown:
                    yield at


def _walk_days(cron: Cron, first: date) -> Iterator[date]:
    for year in (one for one in cron.years if one >= first.year):
        for month in (one for one in cron.months if (year, one) >= (first.year, first.month)):
            for number in _list_days(cron, year, month):
                day = date(year, month, number)
                # A day is looked at again from before, since the zone's offset may have moved it.
                if day >= first - timedelta(days=1):
                    yield day


def _list_days(cron: Cron, year: int, month: int) -> list[int]:
    """Give the days of a month on which it is due, in order."""
    if cron.month_days:
        found = {_place_month_day(one, year, month) for one in cron.month_days}
    else:
        found = {day for one in cron.week_days for day in _place_week_day(one, year, month)}
    return sorted(found & set(range(1, monthrange(year, month)[1] + 1)))


def _place_month_day(text: str, year: int, month: int) -> int:
    last = monthrange(year, month)[1]
    if text == "L":
        return last
    if not text.endswith("W"):
        return int(text)
    day = int(text[:-1])
    if day > last:
        return 0
    weekday = date(year, month, day).weekday()
    if weekday == 5:  # noqa: PLR2004 - Saturday goes back to Friday, but never out of the month
        return day - 1 if day > 1 else day + 2
    if weekday == 6:  # noqa: PLR2004 - Sunday goes on to Monday
        return day + 1 if day < last else day - 2
    return day


def _place_week_day(text: str, year: int, month: int) -> list[int]:
    number, _, which = text.replace("L", "#L").partition("#")
    weekday = (int(number) - 2) % _WEEK
    first = 1 + (weekday - date(year, month, 1).weekday()) % _WEEK
    days = list(range(first, monthrange(year, month)[1] + 1, _WEEK))
    if not which:
        return days
    return days[-1:] if which == "L" else days[int(which) - 1 : int(which)]


def _read_days(text: str, field: _Field) -> tuple[str, ...]:
    if text == "?":
        return ()
    if field is _DAY_OF_MONTH:
        if text == "L":
            return ("L",)
        near = re.fullmatch(r"(\d{1,2})W", text)
        if near is not None:
            return (f"{_read_number(near[1], field)}W",)
    else:
        if text == "L":
            return ("7",)
        special = re.fullmatch(r"(\w+?)(L|#([1-5]))", text)
        if special is not None:
            return (f"{_read_number(special[1], field)}{special[2]}",)
    return tuple(str(one) for one in _read_numbers(text, field))


def _read_numbers(text: str, field: _Field) -> tuple[int, ...]:
    return tuple(sorted({number for part in text.split(",") for number in _read_part(part, field)}))


def _read_part(text: str, field: _Field) -> range:
    base, slash, step = text.partition("/")
    if slash and not (step.isascii() and step.isdigit() and int(step)):
        raise CronWrong(f"{text!r} in the {field.name} has no step", f"write {base or '0'}/10 for every ten")
    if base in {"*", ""}:
        return range(field.least, field.most + 1, int(step or 1))
    first, dash, last = base.partition("-")
    begin = _read_number(first, field)
    end = _read_number(last, field) if dash else field.most if slash else begin
    if end < begin:
        hint = f"write two ranges: {first}-{field.most},{field.least}-{last}"
        raise CronWrong(f"{text!r} in the {field.name} ends before it begins", hint)
    return range(begin, end + 1, int(step or 1))


def _read_number(text: str, field: _Field) -> int:
    if text in field.words:
        return field.words[text]
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(field.most)) else -1
    if not field.least <= number <= field.most:
        words = f", or {', '.join(field.words)}" if field.words else ""
        raise CronWrong(f"the {field.name} cannot be {text!r}", f"{field.least} to {field.most}{words}")
    return number


def _translate_unix(parts: list[str]) -> str:
    """Say how a line of a Unix crontab is written here, where the week begins with 1 for Sunday."""
    if len(parts) != len(_FIELDS) - 1:
        return "minutes hours day-of-month month day-of-week year, for example 0 3 ? * SUN *"
    minutes, hours, month_day, month, week_day = parts
    if week_day == "*":
        return f"write {minutes} {hours} {month_day} {month} ? *"
    named = re.sub(r"\d", lambda found: _DAYS[int(found[0]) % _WEEK], week_day) if "/" not in week_day else week_day
    return f"write {minutes} {hours} ? {month} {named} *"
