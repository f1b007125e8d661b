"""`schedule` of a rule: what its occurrences are, as events like any other, and when they come."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.catalog.model import Schedule
from dsl.cron import read_cron, walk_cron

SOURCE, TYPE = "interlock.schedule", "Schedule Due"
INVENTORY, INVENTORY_DUE = "interlock.inventory", "Inventory Due"
"""What the inventory's schedules send: source and detail type."""
UTC_ZONE = "UTC"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"day": 86_400, "hour": 3_600, "minute": 60}


def match_due(rule: str) -> dict[str, Any]:
    """Give the event pattern that exactly the occurrences of a rule's schedule match."""
    return {"source": [SOURCE], "detail-type": [TYPE], "detail": {"rule": [rule]}}


def write_due(rule: str, at: str) -> dict[str, Any]:
    """Write an occurrence as the event it is, without account and region: those are the stack's own.

    Its id is the rule and the time that was due: delivered twice, or triggered twice for one time, it is one event.
    """
    return {
        "version": "0", "id": f"{rule}@{at}", "source": SOURCE, "detail-type": TYPE, "time": at, "resources": [],
        "detail": {"rule": rule},
    }  # fmt: skip


def render_due(at: datetime) -> str:
    """Write the time of an occurrence as EventBridge does."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def write_rate(seconds: int) -> str:
    """Give EventBridge's expression of a rate in whole minutes, in the largest unit that fits."""
    unit, size = next((unit, size) for unit, size in _UNITS.items() if seconds % size == 0)
    count = seconds // size
    return f"rate({count} {unit}{'s' if count > 1 else ''})"


def walk_occurrences(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """Give every time after an aware one at which a compiled schedule comes due, in UTC.

    A rate is counted from the epoch here; AWS counts it from when it was deployed.
    """
    kind, _, inner = schedule.expression.rstrip(")").partition("(")
    if kind == "cron":
        yield from walk_cron(read_cron(inner), after, ZoneInfo(schedule.timezone))
        return
    count, unit = inner.split()
    step = int(count) * _UNITS[unit.removesuffix("s")]
    number = (after - _EPOCH) // timedelta(seconds=step)
    while True:
        number += 1
        yield _EPOCH + timedelta(seconds=step * number)
