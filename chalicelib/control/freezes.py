"""Freezes: nothing that changes a scope may start until the freeze ends. A freeze of everything is the global stop.

They live in one row for each shard, all with the same content, written in one transaction. A reservation reads the row
of its own shard with its objects, and relies on its version: no start passes a freeze that was committed before it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.catalog.model import Calendar, Intent
from chalicelib.control.model import Freeze, Freezes
from chalicelib.control.records import ROW_VERSION, SHARDS, find_shard, read_time, render_time
from chalicelib.control.transaction import Check, Equals, Item, Key, Transaction, Update

FREEZES_SK = "freezes"
SCOPES = ("service", "zone", "tier", "object", "workflow")
CALENDAR = "calendar:"
"""How the ids of freezes begin that a calendar of the policy makes: nobody ends them by hand."""
MOST = 100
"""Freezes at a time: they share one row."""


class Target(NamedTuple):
    """What a start would touch, as far as a freeze can name it."""

    workflow: str
    tier: str
    services: frozenset[str]
    zones: frozenset[str]
    objects: frozenset[str]
    """Full ids."""
    strongest: Intent


def freezes_key(shard: int) -> Key:
    """Where a shard's freezes are."""
    return Key(f"control#{shard}", FREEZES_SK)


def find_freezes_key(event_id: str) -> Key:
    """Where the freezes are that a decision about an event relies on."""
    return freezes_key(find_shard(event_id))


def read_freezes(key: Key, item: Item | None) -> Freezes:
    """Read a shard's row."""
    if item is None:
        return Freezes(key)
    return Freezes(key, item["version"], tuple(_read_freeze(one) for one in item["freezes"]))


def find_freeze(freezes: Iterable[Freeze], target: Target, now: datetime) -> Freeze | None:
    """Give the first freeze that holds a start up. One that only observes changes nothing, and is never held up."""
    if target.strongest is Intent.OBSERVE:
        return None
    return next((one for one in freezes if _applies(one, target, now)), None)


def list_calendar(calendars: Sequence[Calendar], now: datetime) -> Iterator[Freeze]:
    """Give what the calendars freeze now."""
    if not calendars:
        return
    at = render_time(now)
    for one in calendars:
        past = bisect_right(one.windows, at)
        if past % 2:
            since, until = one.windows[past - 1], one.windows[past]
            yield Freeze(
                f"{CALENDAR}{one.name}", one.scope, one.reason, one.owner, since, until, one.exempt_tiers,
                one.exempt_intents, one.held,
            )  # fmt: skip


def explain_freeze(freeze: Freeze) -> str:
    """Say what is frozen, by whom, why and until when."""
    what = ", ".join(f"{kind} {value}" for kind, value in freeze.scope.items()) or "everything"
    return f"{what} is frozen until {freeze.until} by {freeze.owner}: {freeze.reason} (freeze {freeze.id})"


def require_version(freezes: Freezes) -> Check:
    """Rely on nothing having been frozen or thawed since it was read."""
    return Check(freezes.key, (Equals("version", freezes.version or None),))


def write_freezes(seen: Freezes, wanted: Iterable[Freeze], now: datetime, by: str) -> Transaction:
    """Write the freezes to every shard at once, unless they have changed since they were read; drop those long over.

    `by` is the person who changes them.
    """
    kept = [_write_freeze(one) for one in wanted if read_time(one.until) > now]
    fields = {"v": ROW_VERSION, "version": seen.version + 1, "freezes": kept, "by": by, "updated_at": render_time(now)}
    unchanged = (Equals("version", seen.version or None),)
    return Transaction(tuple(Update(freezes_key(shard), set=fields, conditions=unchanged) for shard in range(SHARDS)))


def _applies(freeze: Freeze, target: Target, now: datetime) -> bool:
    if (
        target.tier in freeze.exempt_tiers
        or target.strongest in freeze.exempt_intents
        or read_time(freeze.until) <= now
    ):
        return False
    named: Mapping[str, frozenset[str]] = {
        "service": target.services,
        "zone": target.zones,
        "object": target.objects,
        "tier": frozenset({target.tier}),
        "workflow": frozenset({target.workflow}),
    }
    return all(value in named[kind] for kind, value in freeze.scope.items())


def _read_freeze(value: Mapping[str, Any]) -> Freeze:
    return Freeze(
        id=value["id"],
        scope=value["scope"],
        reason=value["reason"],
        owner=value["owner"],
        since=value["since"],
        until=value["until"],
        exempt_tiers=tuple(value["exempt_tiers"]),
        exempt_intents=tuple(map(Intent, value.get("exempt_intents", ()))),
        held=value.get("held", "drop"),
    )


def _write_freeze(freeze: Freeze) -> dict[str, Any]:
    return {
        **freeze._asdict(),
        "scope": dict(freeze.scope),
        "exempt_tiers": list(freeze.exempt_tiers),
        "exempt_intents": [str(one) for one in freeze.exempt_intents],
    }
