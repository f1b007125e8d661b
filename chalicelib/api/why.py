"""Why a dispatch started, waits or was refused: what its row recorded, and of a waiter what is read now."""

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Literal

from chalicelib.api.core import Core
from chalicelib.api.rows import list_blockers, list_spending, list_wanted, read_row, show_resumed
from chalicelib.api.schemas.base import Blocker, Spent
from chalicelib.api.schemas.control import Waiter, Why, WhyBlocker, WhyClaim, WhyFreed, WhyNow, WhyQueue
from chalicelib.catalog.model import Control, Intent, Verb
from chalicelib.control.claims.ancestors import SHARD_SK
from chalicelib.control.claims.claim import read_locks
from chalicelib.control.claims.conflicts import Party, choose_strictest, describe_conflict, find_conflict
from chalicelib.control.claims.rates import STARTS
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import Claim
from chalicelib.control.queue.lines import find_wake, read_stands
from chalicelib.control.queue.promote import list_queue, look_at
from chalicelib.control.records import OBJECT_SK, dispatch_key, read_time
from chalicelib.control.reservation import list_blocker
from chalicelib.control.transaction import Item, Key

SHOWN_AHEAD = 20
"""How many of those ahead in one queue are listed."""


def explain_dispatch(core: Core, dispatch: str) -> Why:
    """Give the arithmetic of a dispatch's verdict. Raises UnknownId."""
    row = read_row(core, dispatch)
    blockers = list_blockers(row)
    claims = look_at(row, core.ports, core.bundle) if row["state"] == DispatchState.QUEUED else ()
    blocking = [Blocker(**list_blocker(one)) for claim in claims for one in claim.blockers]
    holders = _read_holders(core, chain(blockers, blocking))
    control = core.bundle.control
    return Why(
        id=row["id"],
        state=row["state"],
        verdict=row["verdict"],
        reason=row["reason"],
        workflow=row.get("workflow"),
        resumes=show_resumed(row),
        wanted=list_wanted(row, core.home),
        spending=list_spending(row),
        blockers=_explain_all(blockers, blockers, row, holders, control),
        freed=_explain_freed(row),
        now=_explain_now(core, row, claims, blocking, holders) if row["state"] == DispatchState.QUEUED else None,
        bundle_version=row["bundle_version"],
    )


def _read_holders(core: Core, blockers: Iterable[Blocker]) -> dict[str, Item]:
    """Read the rows of those that stand in the way, as they are now."""
    keys = {dispatch_key(one.dispatch): one.dispatch for one in blockers if one.dispatch}
    rows: Mapping[Key, Item] = core.ports.store.read(sorted(keys)) if keys else {}
    return {keys[key]: item for key, item in rows.items()}


def _explain_all(
    blockers: Iterable[Blocker], among: Iterable[Blocker], row: Item, holders: Mapping[str, Item], control: Control
) -> list[WhyBlocker]:
    """Explain blockers; `among` are all those that are weighed against each other."""
    strictest = choose_strictest([Verb(one.verb) for one in among])
    return [
        WhyBlocker(
            **one.model_dump(),
            by=_find_line(one, row, holders.get(one.dispatch), control),
            decides=one.verb == strictest,
            state=holders[one.dispatch]["state"] if one.dispatch in holders else None,
            ended_at=holders[one.dispatch].get("ended_at") if one.dispatch in holders else None,
        )
        for one in blockers
    ]


def _find_line(blocker: Blocker, row: Item, holder: Item | None, control: Control) -> str | None:
    """Find the line that gives a holder's verb. On an ancestor, any of what is wanted below may be what meets it."""
    if holder is None:
        return None
    running = Party(Intent(blocker.intent), blocker.workflow, holder["rule"], holder["tier"])
    locks = read_locks(row)
    wanted = [intent for about, intent in locks if about.short == blocker.object] or [intent for _, intent in locks]
    for intent in wanted:
        incoming = Party(Intent(intent), row["workflow"], row["rule"], row["tier"])
        line = find_conflict(control, running, incoming)
        if line is not None and line.verb == blocker.verb:
            return describe_conflict(line)
    return None


def _explain_freed(row: Item) -> WhyFreed | None:
    at = row.get("promoted_at")
    if at is None:
        return None
    waited = (read_time(at) - read_time(row["queued_at"])).total_seconds()
    return WhyFreed(at=at, waited_s=waited, by=row.get("freed_by"))


def _explain_now(
    core: Core, row: Item, claims: tuple[Claim, ...], blocking: list[Blocker], holders: Mapping[str, Item]
) -> WhyNow:
    control = core.bundle.control
    shown = [
        WhyClaim(
            kind=_find_kind(claim.key),
            name=claim.name,
            spending=[Spent(**one._asdict()) for one in claim.spending],
            blockers=_explain_all(
                [Blocker(**list_blocker(one)) for one in claim.blockers], blocking, row, holders, control
            ),
        )
        for claim in claims
    ]
    names = {claim.queue: claim.name for claim in claims}
    queues = dict.fromkeys(stand.queue for stand in read_stands(row))
    return WhyNow(
        claims=shown,
        queues=[_show_queue(core, row, queue, names.get(queue, queue)) for queue in queues],
        expires_at=row["expires_at"],
        wakes_at=find_wake(claims) or None,
    )


def _find_kind(key: Key) -> Literal["lock", "ancestor", "budget", "rate"]:
    if key.sk == OBJECT_SK:
        return "lock"
    if key.sk == SHARD_SK:
        return "ancestor"
    return "rate" if key.sk.startswith(f"{STARTS}/") else "budget"


def _show_queue(core: Core, row: Item, queue: str, name: str) -> WhyQueue:
    waiters = list(list_queue(queue, core.ports))
    ahead = [one for one in waiters if _rank(one) < (row["rank"], row["queued_at"], row["id"])]
    shown = [_show_waiter(position, one) for position, one in enumerate(ahead[:SHOWN_AHEAD], 1)]
    return WhyQueue(name=name, position=len(ahead) + 1, length=len(waiters), ahead=shown)


def _rank(waiter: Item) -> tuple[int, str, str]:
    return waiter["rank"], waiter["queued_at"], waiter["dispatch"]


def _show_waiter(position: int, waiter: Item) -> Waiter:
    strongest = max((Intent(one) for _, one in waiter["locks"]), key=lambda one: one.rank, default=Intent.OBSERVE)
    return Waiter(
        position=position, dispatch=waiter["dispatch"], workflow=waiter["workflow"], intent=strongest,
        rank=waiter["rank"], since=waiter["queued_at"],
    )  # fmt: skip
