"""Freezing and thawing: each one transaction over all shards, and in force for every reservation after it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.catalog.model import Intent
from chalicelib.control.freezes import MOST, freezes_key, read_freezes, write_freezes
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import Freeze, Freezes
from chalicelib.control.ports import Ports
from chalicelib.control.records import list_live_lanes, read_time, render_time
from chalicelib.control.settlement import postpone
from chalicelib.control.transaction import Committed
from chalicelib.errors import Contended, InterlockError
from chalicelib.identity import digest

ATTEMPTS = 8
_KEPT = frozenset({DispatchState.FROZEN, DispatchState.RESERVED})
"""What a freeze keeps: plans, and reservations that had not started when it was made."""


class FreezeEnded(InterlockError):
    """A freeze must end in the future, and {until} is not."""


class TooManyFreezes(InterlockError):
    """There are {count} freezes already: thaw one, or freeze a wider scope."""


class UnknownFreeze(InterlockError):
    """There is no freeze {freeze!r}."""


def list_freezes(ports: Ports) -> tuple[Freeze, ...]:
    """Give the freezes that are in force."""
    now = ports.clock.now()
    return tuple(one for one in _read(ports).all if read_time(one.until) > now)


def freeze(
    scope: dict[str, str], reason: str, owner: str, until: datetime, exempt_tiers: tuple[str, ...], ports: Ports,
    key: str = "", exempt_intents: tuple[Intent, ...] = (), held: str = "drop",
) -> Freeze:  # fmt: skip
    """Freeze a scope. An empty one is everything: the global stop. Raises FreezeEnded and TooManyFreezes.

    The same freeze asked for twice within one moment is one, and so are those that their owner gives the same `key`.
    """
    now = ports.clock.now()
    if until <= now:
        raise FreezeEnded(until=render_time(until))
    since = render_time(now)
    same = [key] if key else [*sorted(f"{kind}={value}" for kind, value in scope.items()), reason, since]
    name = digest([owner, *same], 8)
    made = Freeze(name, scope, reason, owner, since, render_time(until), exempt_tiers, exempt_intents, held)
    for _ in range(ATTEMPTS):
        seen = _read(ports)
        if len(seen.all) >= MOST:
            raise TooManyFreezes(count=len(seen.all))
        others = [one for one in seen.all if one.id != name]
        if isinstance(ports.store.commit(write_freezes(seen, [*others, made], now, owner)), Committed):
            return made
    raise Contended(what="the list of freezes", attempts=ATTEMPTS)


def amend(was: Freeze, wanted: Freeze, ports: Ports, who: str = "") -> bool:
    """Change a freeze if it is still what it was; say whether it is."""
    for _ in range(ATTEMPTS):
        seen = _read(ports)
        if was not in seen.all:
            return False
        others = [one for one in seen.all if one.id != was.id]
        if isinstance(ports.store.commit(write_freezes(seen, [*others, wanted], ports.clock.now(), who)), Committed):
            _wake(was, ports)
            return True
    raise Contended(what="the list of freezes", attempts=ATTEMPTS)


def unfreeze(name: str, ports: Ports, who: str = "") -> Freeze:
    """End a freeze now; give what it was. Raises UnknownFreeze."""
    for _ in range(ATTEMPTS):
        seen = _read(ports)
        ended = next((one for one in seen.all if one.id == name), None)
        if ended is None:
            raise UnknownFreeze(freeze=name)
        others = [one for one in seen.all if one.id != name]
        if isinstance(ports.store.commit(write_freezes(seen, others, ports.clock.now(), who)), Committed):
            _wake(ended, ports)
            return ended
    raise Contended(what="the list of freezes", attempts=ATTEMPTS)


def _wake(was: Freeze, ports: Ports) -> None:
    """Have reconcile look now at what a freeze has kept. One that is not reached is looked at when the freeze was to end."""
    if was.held != "queue":
        return
    for lane in list_live_lanes():
        after: Mapping[str, Any] | None = None
        while True:
            page = ports.store.list_lane(lane, after=after)
            for row in page.items:
                if row["state"] in _KEPT and row.get("frozen_by") == was.id:
                    now = ports.clock.now()
                    ports.store.commit(postpone(row, now, 0, held_until=render_time(now)))
            after = page.after
            if after is None:
                break


def _read(ports: Ports) -> Freezes:
    key = freezes_key(0)
    return read_freezes(key, ports.store.read([key]).get(key))
