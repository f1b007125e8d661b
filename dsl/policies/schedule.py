"""`schedule` under a rule: it decides at times instead of on events."""

from collections.abc import Iterator
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field

from chalicelib.catalog.model import Schedule
from dsl.cron import CronWrong, read_cron
from dsl.diagnostics import Diagnostic
from dsl.model.base import PositiveDuration, Strict
from dsl.schedules import UTC_ZONE, write_rate
from dsl.shape import locate, locate_key
from dsl.source import Node

_MINUTE_S = 60


class ScheduleSpec(Strict):
    """When a rule decides: at the times of an AWS cron expression, or every so often."""

    cron: Annotated[str, Field(min_length=1)] | None = None
    rate: PositiveDuration | None = None
    timezone: Annotated[str, Field(min_length=1)] | None = None
    """Of `cron`; UTC if left out."""


def build_schedule(spec: ScheduleSpec) -> Schedule:
    """Compile a schedule that has no mistakes."""
    if spec.rate is not None:
        return Schedule(write_rate(spec.rate))
    return Schedule(f"cron({' '.join((spec.cron or '').upper().split())})", spec.timezone or UTC_ZONE)


def check_schedule(root: Node, spec: ScheduleSpec) -> Iterator[Diagnostic]:
    """E715: times that cannot be meant."""
    if (spec.cron is None) is (spec.rate is None):
        said = "says neither `cron` nor `rate`" if spec.cron is None else "says both `cron` and `rate`"
        hint = 'write one of them: {cron: "0 3 ? * SUN *", timezone: Europe/Berlin} or {rate: 6h}'
        yield Diagnostic("E715", f"the schedule {said}", locate_key(root, ("schedule",)), hint)
    if spec.cron is not None:
        try:
            read_cron(spec.cron)
        except CronWrong as wrong:
            yield Diagnostic("E715", wrong.message, locate(root, ("schedule", "cron")), wrong.hint)
    if spec.rate is not None and spec.rate % _MINUTE_S:
        span = locate(root, ("schedule", "rate"))
        yield Diagnostic("E715", "EventBridge's schedules count whole minutes", span, "for example 15m")
    yield from _check_zone(root, spec)


def _check_zone(root: Node, spec: ScheduleSpec) -> Iterator[Diagnostic]:
    if spec.timezone is None:
        return
    span = locate(root, ("schedule", "timezone"))
    if spec.rate is not None:
        yield Diagnostic("E715", "a rate is the same in every time zone", span, "leave `timezone` out")
    try:
        ZoneInfo(spec.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"there is no time zone {spec.timezone!r}"
        yield Diagnostic("E715", message, span, "for example Europe/Berlin")
