"""The journal: what has ever changed about a dispatch or a freeze, each entry written once and never again.

    journal#<dispatch or freeze> / <sequence>#<kind>

Entries are derived from the table's own stream (`transitions`), so a committed change is never without one for longer
than the stream is behind, and writing them costs no transaction anything.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from chalicelib.control.journal.transitions import Change, Kind, Transition, find_transitions
from chalicelib.control.ports import Announcer, Journal, Store
from chalicelib.control.records import ROW_VERSION, read_time
from chalicelib.control.transaction import Item, Key

PARTITION = "journal#"
KEPT = timedelta(days=400)
"""As long as the audit, and longer than the dispatch: that goes 100 days after its end."""
MOST = 300
"""Entries of one dispatch that are read: a campaign has the most, one for each batch."""
_DIGITS = 40
"""Sequence numbers are padded to this, so that entries are in order; DynamoDB's have up to 40."""
DETAIL_TYPES = {
    Kind.STATE: "Dispatch State Changed",
    Kind.BATCH: "Dispatch Batch Opened",
    Kind.STUCK: "Dispatch Stuck",
    Kind.BROKEN: "Dispatch Broken",
    Kind.FREEZE: "Freeze Changed",
}
"""Of the events on Interlock's bus. `Approval Requested` and `Approval Closed` are sent by whoever asks and closes."""


class Outlets(NamedTuple):
    """Where transitions go."""

    journal: Journal
    announcer: Announcer


def publish_changes(changes: Iterable[Change], outlets: Outlets) -> tuple[Transition, ...]:
    """Tell and keep what the changes mean; give what had not been kept before.

    Events go first: what is in the journal was told, so changes that come again add nothing. A crash between the two
    tells some again, with the same `id`. Raises what the outlets raise.
    """
    found = {journal_key(one): one for change in changes for one in find_transitions(change)}
    known = outlets.journal.find(tuple(found)) if found else frozenset[Key]()
    fresh = {key: one for key, one in found.items() if key not in known}
    events = [(DETAIL_TYPES[one.kind], describe_transition(one)) for one in fresh.values() if one.told]
    if events:
        outlets.announcer.publish_all(events)
    for key, one in fresh.items():
        outlets.journal.append(key, write_entry(one))
    return tuple(fresh.values())


def journal_key(transition: Transition) -> Key:
    """Where a transition is kept: the same place however often it is derived."""
    return Key(f"{PARTITION}{transition.about}", f"{transition.sequence:0>{_DIGITS}}#{transition.kind}")


def write_entry(transition: Transition) -> dict[str, Any]:
    """Write an entry's row."""
    row: dict[str, Any] = {
        "v": ROW_VERSION,
        "id": transition.about,
        "kind": str(transition.kind),
        "from": transition.before,
        "to": transition.after,
        "at": transition.at,
        "reason": transition.reason,
        "by": transition.by,
        "facts": dict(transition.facts),
    }
    if transition.at:
        row["ttl"] = int((read_time(transition.at) + KEPT).timestamp())
    return row


def describe_transition(transition: Transition) -> dict[str, Any]:
    """Write the event's detail. What is not known is null, so that a pattern can ask for it."""
    known = dict(transition.facts)
    subject = "freeze" if transition.kind is Kind.FREEZE else "dispatch"
    return {
        "id": transition.id,
        subject: transition.about,
        "from": transition.before or None,
        "to": transition.after,
        "at": transition.at,
        "reason": transition.reason or None,
        "by": transition.by or None,
        **known,
        "root_id": transition.root_id,
        "hops": transition.hops,
    }


def read_journal(about: str, store: Store) -> tuple[Item, ...]:
    """Give the entries of a dispatch or freeze, oldest first."""
    return store.query(f"{PARTITION}{about}", "", MOST).items


def trace_state(entries: Sequence[Item]) -> str | None:
    """Give the state that the entries lead to; None if they do not join: one is missing, or still on its way."""
    state = ""
    for one in entries:
        if one["kind"] == Kind.STATE:
            if one["from"] != state:
                return None
            state = one["to"]
    return state
