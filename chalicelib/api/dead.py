"""Dead letters: events that could not be understood, and giving them another chance."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from chalicelib.api.core import Core
from chalicelib.api.problems import Problem
from chalicelib.api.schemas.base import Schema
from chalicelib.control.intake import handle_event
from chalicelib.control.records import SHARDS, event_key, render_time
from chalicelib.control.transaction import Item, Key, Present, Transaction, Update

_PREFIX = "dead#"
_PAGE = 100


class UnknownDeadLetter(Problem):
    """There is no dead letter of an event {event!r}."""

    status, slug, title = 404, "unknown-dead-letter", "Unknown dead letter"


class DeadQuery(Schema):
    """Which dead letters to list."""

    days: Annotated[int, Field(ge=1, le=100)] = 7
    """How many days back, today included."""
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class RedeliverRequest(Schema):
    """Deliver the dead letters of one event again."""

    model_config = ConfigDict(strict=True)

    event: Annotated[str, Field(min_length=1, max_length=2048)]


class DeadLetter(Schema):
    """One of them; `at` is when it was recorded."""

    event: str
    cause: str
    at: str


class DeadLetters(Schema):
    """The latest first; `complete` says whether these are all of the days asked for."""

    dead_letters: list[DeadLetter]
    complete: bool


class Redelivery(Schema):
    """What became of one dead letter: `verdicts`, `no rule`, or a `dead letter` again with its cause."""

    event: str
    outcome: str
    cause: str
    dispatches: list[str]


class Redeliveries(Schema):
    """One for each different text that came under the event's id."""

    redeliveries: list[Redelivery]


def list_dead(core: Core, query: DeadQuery) -> DeadLetters:
    """List dead letters that were not redelivered with success."""
    today = core.ports.clock.now().date()
    found: list[Item] = []
    for back in range(query.days):
        day = (today - timedelta(days=back)).isoformat()
        rows = [row for shard in range(SHARDS) for row in _read_lane(core, f"dead#{day}#{shard}", query.limit + 1)]
        found += sorted(rows, key=lambda row: str(row["at"]), reverse=True)
        if len(found) > query.limit:
            break
    shown = [DeadLetter(event=row["event_id"], cause=row["cause"], at=row["at"]) for row in found[: query.limit]]
    return DeadLetters(dead_letters=shown, complete=len(found) <= query.limit)


def redeliver(core: Core, event: str) -> Redeliveries:
    """Take the dead letters of an event the way of every event, as if they came now. Raises UnknownDeadLetter.

    One that is understood this time leaves the list; it stays in the record, with the time.
    """
    rows = list(_read_letters(core, event_key(event).pk))
    if not rows:
        raise UnknownDeadLetter(event=event)
    return Redeliveries(redeliveries=[_redeliver(core, row) for row in rows])


def _redeliver(core: Core, row: Item) -> Redelivery:
    outcome = handle_event(_read_raw(str(row["raw"])), core.bundle, core.home, core.ports)
    if outcome.kind != "dead letter":
        done = {"redelivered_at": render_time(core.ports.clock.now())}
        left = Update(Key(row["pk"], row["sk"]), set=done, remove=("lane", "lane_at"), conditions=(Present("cause"),))
        core.ports.store.commit(Transaction((left,)))
    return Redelivery(
        event=outcome.event_id,
        outcome=outcome.kind,
        cause=outcome.cause,
        dispatches=[verdict.dispatch for verdict in outcome.verdicts],
    )


def _read_raw(text: str) -> Any:
    """Read what was kept; what was no JSON, or was too long to be kept whole, is a dead letter once more."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _read_letters(core: Core, pk: str) -> Iterator[Item]:
    after: Mapping[str, Any] | None = None
    while True:
        page = core.ports.store.query(pk, _PREFIX, _PAGE, after)
        yield from page.items
        after = page.after
        if after is None:
            return


def _read_lane(core: Core, lane: str, limit: int) -> list[Item]:
    rows: list[Item] = []
    after: Mapping[str, Any] | None = None
    while len(rows) < limit:
        page = core.ports.store.list_lane(lane, descending=True, limit=_PAGE, after=after)
        rows += page.items
        after = page.after
        if after is None:
            break
    return rows
