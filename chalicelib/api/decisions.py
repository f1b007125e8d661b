"""Everything that is known of one event: what was decided and why, and why other rules were not."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.api.core import Core
from chalicelib.api.problems import Problem
from chalicelib.api.rows import describe_dispatch
from chalicelib.api.schemas.base import Schema
from chalicelib.api.schemas.dispatches import DispatchDetail
from chalicelib.control.records import dispatch_key, event_key, is_dispatch_id
from chalicelib.control.transaction import Item
from chalicelib.decision.misses import list_misses

PAGE = 100
_PREFIXES = ("dispatch#", "event", "dead#")
"""What a partition of an event holds; DynamoDB takes no empty prefix."""


class UnknownEvent(Problem):
    """Nothing is recorded of an event {event!r}."""

    status, slug, title = 404, "unknown-event", "Unknown event"


class Missed(Schema):
    """A rule that was not decided, with the first reason: a false field of its pattern, or another rule of its group."""

    rule: str
    reason: str


class Explanation(Schema):
    """What became of an event."""

    event_id: str
    outcome: str
    """`verdicts`, `no rule` or `dead letter`."""
    causes: list[str]
    """Why it could not be understood, once for each different text that came under this id."""
    decisions: list[DispatchDetail]
    missed: list[Missed] | None
    """By the rules as they are now; None where the event itself is not kept."""
    bundle_version: str
    """Of the rules that `missed` speaks of; a decision names its own."""


def explain_event(core: Core, event: str, raw: Mapping[str, Any] | None = None) -> Explanation:
    """Explain an event by its id, or by the id of one of its dispatches. Raises UnknownEvent.

    `raw` is the event itself, for whom has it; else it is taken from the record, if that keeps it.
    """
    pk = (dispatch_key(event) if is_dispatch_id(event) else event_key(event)).pk
    rows = tuple(_read_partition(core, pk))
    decisions = [describe_dispatch(row, core.home) for row in rows if "verdict" in row and "campaign" not in row]
    dead = [row["cause"] for row in rows if row.get("outcome") == "dead letter"]
    unmatched = [row for row in rows if row.get("outcome") == "no rule"]
    if not (decisions or dead or unmatched):
        raise UnknownEvent(event=event)
    known = raw if raw is not None else _find_raw(rows)
    return Explanation(
        event_id=next((str(row["event_id"]) for row in rows if row.get("event_id")), event),
        outcome="verdicts" if decisions else "no rule" if unmatched else "dead letter",
        causes=dead,
        decisions=decisions,
        missed=None if known is None else list_missed(core, known),
        bundle_version=core.bundle.version,
    )


def list_missed(core: Core, raw: Mapping[str, Any]) -> list[Missed]:
    """Say why the rules that an event does not concern are not decided for it."""
    return [Missed(rule=miss.rule, reason=miss.reason) for miss in list_misses(raw, core.bundle.rules)]


def _read_partition(core: Core, pk: str) -> Iterator[Item]:
    for prefix in _PREFIXES:
        after: Mapping[str, Any] | None = None
        while True:
            page = core.ports.store.query(pk, prefix, PAGE, after)
            yield from page.items
            after = page.after
            if after is None:
                break


def _find_raw(rows: tuple[Item, ...]) -> Mapping[str, Any] | None:
    """Read the event as it was received, where a row keeps its text."""
    for row in rows:
        try:
            raw = json.loads(row.get("raw", "null"))
        except ValueError:
            continue
        if isinstance(raw, dict):
            return raw
    return None
