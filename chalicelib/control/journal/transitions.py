"""What a change of a row means, as transitions: of a dispatch, of what people are asked about it, of a freeze. Pure.

Every write of the table comes by in its stream as the row before and after it. What is derived here from the two is
kept in the journal and told on the bus; no transaction writes a word of it.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from chalicelib.control.approvals.records import ANSWER, REQUEST
from chalicelib.control.freezes import freezes_key
from chalicelib.control.lifecycle import HOLDING_LOCKS, DispatchState
from chalicelib.control.transaction import NOTHING, Item

DISPATCH = "dispatch#"
"""How the sort keys of dispatches begin."""
UNTOLD = frozenset(
    {DispatchState.IGNORED, DispatchState.SHADOWED, DispatchState.DEDUPLICATED, DispatchState.ACCUMULATED}
)
"""Decisions to do nothing: over from the start, so their row is all there is to tell. They may be as many as events."""
MOST_TEXT = 500
"""Characters of a reason that are kept and told, so that an entry takes one write unit; the row has the whole."""
_TOO_FAR = "held"
"""The action of a decision whose event was too many hops away: an event about it would only go one further."""


class Change(NamedTuple):
    """One write of one row. Of two changes of a row the later one has the greater sequence."""

    sequence: str
    """Digits, of any length."""
    old: Item | None
    """None: there was no row."""
    new: Item


class Kind(StrEnum):
    """What has changed."""

    STATE = "state"
    BATCH = "batch"
    """A campaign has begun its next batch."""
    STUCK = "stuck"
    """A dispatch does not go on by itself."""
    BROKEN = "broken"
    """A person has its execution stopped."""
    APPROVAL = "approval"
    """A request for approval was made, or is over."""
    ANSWER = "answer"
    """A person has answered one."""
    FREEZE = "freeze"


class Transition(NamedTuple):
    """One thing that has changed."""

    about: str
    """The dispatch, or the freeze."""
    sequence: str
    kind: Kind
    before: str
    """Empty: there was nothing of it before."""
    after: str
    at: str
    reason: str
    by: str
    """The person, or the people, who did it; empty if nobody did."""
    facts: Mapping[str, Any] = NOTHING
    """What else is known: `rule`, `workflow`, `object`, `tier`, `service`, `fence`, `freed_by`, `campaign`, `step`, …"""
    root_id: str = ""
    hops: int = 0
    """How many dispatches lie between the root event and an event about this."""
    told: bool = True
    """Whether it is an event on the bus. What people are asked about was told when it was asked and answered."""

    @property
    def id(self) -> str:
        """The same however often it is derived, and of no other transition."""
        return f"{self.about}#{self.sequence}#{self.kind}"


def find_transitions(change: Change) -> tuple[Transition, ...]:
    """Say what a change means; nothing if it moves nothing that is told of. Never raises, whatever the rows are."""
    pk, sk = str(change.new.get("pk")), str(change.new.get("sk"))
    if sk.startswith(DISPATCH):
        return tuple(_find_moves(change))
    if (pk, sk) == freezes_key(0):
        return tuple(_compare_freezes(change))
    about = pk.removeprefix("approval#")
    if about != pk and sk.startswith(REQUEST):
        return _compare_request(change, about)
    if about != pk and sk.startswith(ANSWER) and change.old is None:
        return (_read_answer(change, about, sk.removeprefix(ANSWER).rpartition("#")[0]),)
    return ()


def _find_moves(change: Change) -> Iterator[Transition]:
    old, new = change.old or {}, change.new
    before, after = _read_text(old, "state"), _read_text(new, "state")
    if before != after and (change.old is not None or after not in UNTOLD):
        yield _move(change, Kind.STATE, before, after, _explain(old, new), _find_person(old, new))
    opened = _read_count(new, "batch_open")
    if opened > _read_count(old, "batch_open"):
        yield _move(change, Kind.BATCH, "", f"batch {opened}", _read_text(new, "reason"), "")
    for kind, who in ((Kind.BROKEN, _read_text(new, "broken_by")), (Kind.STUCK, "")):
        said = _read_text(new, kind)
        if said and not old.get(kind):
            yield _move(change, kind, "", after, said, who)


def _move(change: Change, kind: Kind, before: str, after: str, reason: str, by: str) -> Transition:
    new = change.new
    names = ("rule", "workflow", "object", "tier", "service", "campaign", "batch", "page", "into")
    facts = {name: new[name] for name in names if new.get(name)}
    if kind is Kind.STATE:
        facts |= _find_fence(new, before, after) | _find_news(change, "freed_by") | _find_news(change, "outcome")
    return Transition(
        about=_read_text(new, "id"),
        sequence=change.sequence,
        kind=kind,
        before=before,
        after=after,
        at=_read_text(new, "updated_at"),
        reason=reason[:MOST_TEXT],
        by=by,
        facts=facts,
        root_id=_read_text(new, "root_id"),
        hops=_read_count(new, "hops") + 1,
        told=new.get("action") != _TOO_FAR,
    )


def _explain(old: Item, new: Item) -> str:
    """Say why: the error if it ended by one, the reason if it got another one."""
    end, known = ([_read_text(row, name) for name in ("error", "cause")] for row in (new, old))
    if any(end) and end != known:
        return ": ".join(filter(None, end))
    reason = _read_text(new, "reason")
    return reason if reason != _read_text(old, "reason") else ""


def _find_person(old: Item, new: Item) -> str:
    """Name who did it: who asked for it, approved it, released it or took it back, whichever is new in the row."""
    request = new.get("request")
    if not old and isinstance(request, Mapping):
        return _read_text(request, "principal")
    for name in ("taken_back", "released_by"):
        if new.get(name) and not old.get(name):
            return _read_text(new, name)
    approved = new.get("approved_by")
    return ", ".join(map(str, approved)) if isinstance(approved, list) and not old.get("approved_by") else ""


def _find_fence(new: Item, before: str, after: str) -> dict[str, Any]:
    """Give the fence of what it holds, or has just let go; who waits has none yet."""
    if not {before, after} & HOLDING_LOCKS:
        return {}
    given = new.get("undo_input" if after == DispatchState.UNDOING else "execution_input")
    granted = given.get("dispatch") if isinstance(given, Mapping) else None
    fence = granted.get("fence") if isinstance(granted, Mapping) else None
    return {"fence": fence} if isinstance(fence, int) and fence else {}


def _find_news(change: Change, name: str) -> dict[str, Any]:
    old, new = change.old or {}, change.new
    return {name: new[name]} if new.get(name) and new.get(name) != old.get(name) else {}


def _compare_request(change: Change, about: str) -> tuple[Transition, ...]:
    old, new = change.old or {}, change.new
    before, after = _read_text(old, "state"), _read_text(new, "state")
    if before == after:
        return ()
    facts = {name: new[name] for name in ("step", "workflow", "object", "hash", "need") if new.get(name)}
    at = _read_text(new, "closed_at") or _read_text(new, "asked_at")
    reason = _read_text(new, "reason") or _read_text(new, "asked")
    by = _read_text(new, "requester") if change.old is None else ""
    return (
        Transition(
            about,
            change.sequence,
            Kind.APPROVAL,
            before,
            after,
            at,
            reason[:MOST_TEXT],
            by,
            facts,
            about,
            1,
            told=False,
        ),
    )


def _read_answer(change: Change, about: str, step: str) -> Transition:
    new = change.new
    facts = {name: new[name] for name in ("hash", "issued_by") if new.get(name)} | ({"step": step} if step else {})
    reason, after = _read_text(new, "reason")[:MOST_TEXT], _read_text(new, "reply")
    at, by = _read_text(new, "at"), _read_text(new, "who")
    return Transition(about, change.sequence, Kind.ANSWER, "", after, at, reason, by, facts, about, 1, told=False)


def _compare_freezes(change: Change) -> Iterator[Transition]:
    """Every shard's row holds all that are in force, and the first one's is told of: those that are new in it, changed, or gone from it, each for itself."""
    old, new = _read_freezes(change.old or {}), _read_freezes(change.new)
    at = _read_text(change.new, "updated_at")
    for name, one in {**old, **new}.items():
        if old.get(name) == new.get(name):
            continue
        before, after = "in force" if name in old else "", "in force" if name in new else "ended"
        lapsed = name not in new and _read_text(one, "until") <= at
        facts = {key: one[key] for key in ("scope", "owner", "until", "exempt_tiers", "exempt_intents") if one.get(key)}
        yield Transition(
            about=name,
            sequence=change.sequence,
            kind=Kind.FREEZE,
            before=before,
            after="lapsed" if lapsed else after,
            at=at,
            reason=_read_text(one, "reason")[:MOST_TEXT],
            by="" if lapsed else _read_text(change.new, "by"),
            facts=facts,
            root_id=name,
            hops=1,
        )


def _read_freezes(row: Item) -> dict[str, Mapping[str, Any]]:
    listed = row.get("freezes")
    found = listed if isinstance(listed, list) else []
    return {str(one.get("id")): one for one in found if isinstance(one, Mapping)}


def _read_text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _read_count(row: Mapping[str, Any], name: str) -> int:
    value = row.get(name)
    return value if isinstance(value, int) else 0
