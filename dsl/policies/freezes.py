"""`freezes` of the control file: calendars to the windows that they mean, so that nothing has to be worked out at run time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.rrule import rrulestr

from chalicelib.catalog.model import Calendar
from dsl.diagnostics import Diagnostic
from dsl.policies.approval import Named, check_listed
from dsl.policies.model import FreezeSpec
from dsl.shape import Path, locate
from dsl.source import Node

MOST_WINDOWS = 1000
"""Of one calendar: two windows a day for more than a year."""
_DAY_S = 24 * 3600


class _Wrong(Exception):
    """What is wrong with a field."""

    def __init__(self, field: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.field, self.message, self.hint = field, message, hint


def compile_freeze(spec: FreezeSpec) -> Calendar:
    """Compile a calendar that has no mistakes."""
    scope = {kind: value for kind, value in spec.scope.model_dump().items() if value is not None}
    windows = [f"{at:%Y-%m-%dT%H:%M:%S}.000Z" for window in _list_windows(spec) for at in window]
    return Calendar(
        name=spec.name,
        scope=scope,
        reason=spec.reason,
        owner=spec.owner,
        windows=tuple(windows),
        exempt_tiers=spec.exempt_tiers,
        exempt_intents=spec.exempt_intents,
        held=spec.held,
    )


def check_freezes(root: Node, specs: tuple[FreezeSpec, ...], named: Named) -> Iterator[Diagnostic]:
    """E901, E903, E902, E914: a name that does not exist, or twice. E916, E917: a time that cannot be meant."""
    seen: set[str] = set()
    for index, spec in enumerate(specs):
        path: Path = ("freezes", index)
        if spec.name in seen:
            yield Diagnostic(
                "E902", f"there is another freeze {spec.name!r}", locate(root, (*path, "name")), "rename one"
            )
        seen.add(spec.name)
        scope = spec.scope
        yield from check_listed(root, (*path, "exempt_tiers"), "tier", spec.exempt_tiers, named.tiers, "E901")
        for kind, value, known, code in (
            ("tier", scope.tier, named.tiers, "E901"),
            ("workflow", scope.workflow, named.workflows, "E903"),
            ("service", scope.service, named.services, "E914"),
        ):
            if value is not None:
                found = check_listed(root, (*path, "scope"), kind, [value], known, code)
                span = locate(root, (*path, "scope", kind))
                yield from (Diagnostic(one.code, one.message, span, one.hint) for one in found)
        try:
            _list_windows(spec)
        except _Wrong as wrong:
            code = "E917" if wrong.field == "until" else "E916"
            yield Diagnostic(code, wrong.message, locate(root, (*path, wrong.field)), wrong.hint)


def _list_windows(spec: FreezeSpec) -> list[tuple[datetime, datetime]]:
    """Give the windows in UTC. Raises _Wrong.

    Occurrences are wall-clock times of the zone, as iCalendar says; whole days of the duration are days of the
    calendar, and what is left of it is exact. Windows that touch are one.
    """
    zone = _read_zone(spec)
    starts, until = _read_time("starts", spec.starts), _read_time("until", spec.until)
    if until <= starts:
        raise _Wrong("until", "the calendar ends before it begins", "write a later `until`")
    days, seconds = divmod(spec.duration, _DAY_S)
    found: list[tuple[datetime, datetime]] = []
    for at in _list_occurrences(spec, starts, until):
        begin = at.replace(tzinfo=zone).astimezone(UTC)
        end = (at + timedelta(days=days)).replace(tzinfo=zone).astimezone(UTC) + timedelta(seconds=seconds)
        last = min(end, until.replace(tzinfo=zone).astimezone(UTC))
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((begin, last))
    if not found:
        raise _Wrong("until", "nothing of the calendar lies before its end", "write a later `until`")
    return found


def _list_occurrences(spec: FreezeSpec, starts: datetime, until: datetime) -> list[datetime]:
    if spec.rrule is None:
        return [starts]
    try:
        rule = rrulestr(spec.rrule, dtstart=starts)
        first = list(islice((at for at in rule.xafter(starts, inc=True) if at < until), MOST_WINDOWS + 1))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        hint = "for example FREQ=WEEKLY;BYDAY=FR;BYHOUR=18"
        raise _Wrong("rrule", f"it is no recurrence rule of iCalendar: {error}", hint) from None
    if len(first) > MOST_WINDOWS:
        raise _Wrong("rrule", f"it recurs more than {MOST_WINDOWS:,} times before its end", "write an earlier `until`")
    return first


def _read_zone(spec: FreezeSpec) -> ZoneInfo:
    try:
        return ZoneInfo(spec.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _Wrong("timezone", f"there is no time zone {spec.timezone!r}", "for example Europe/Berlin") from None


def _read_time(field: str, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _Wrong(field, f"{text!r} is no time", 'for example "2027-01-31T18:00", in `timezone`') from None
    if at.tzinfo is not None:
        raise _Wrong(field, f"{text!r} has an offset, and `timezone` says where it is", "leave the offset out")
    return at
