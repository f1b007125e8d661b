"""The life of a dispatch as a literal table: state and happening to state. What is not in the table does not happen."""

from enum import StrEnum


class DispatchState(StrEnum):
    """Where a dispatch stands."""

    SETTLING = "settling"
    """It acts if what its event observed is still so after a while."""
    AWAITING = "awaiting"
    """It waits for people's approval: holds no lock and stands in no queue."""
    FROZEN = "frozen"
    """It waits for the end of a freeze that keeps what it holds: holds no lock and stands in no queue."""
    QUEUED = "queued"
    RESERVED = "reserved"
    RUNNING = "running"
    RETIRING = "retiring"
    HOLDING = "holding"
    UNDOING = "undoing"
    """Its execution was stopped, and a second one takes back what it had done, under the same locks."""
    ROLLING = "rolling"
    """A campaign: it acts on many targets, batch after batch, through a dispatch for each."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    ABORTED = "aborted"
    RETIRED = "retired"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    REJECTED = "rejected"
    IGNORED = "ignored"
    PAGED = "paged"
    HELD = "held"
    SHADOWED = "shadowed"
    UNDECIDED = "undecided"
    COALESCED = "coalesced"
    """What it wanted is being done: it has joined the dispatch that does it."""
    DEDUPLICATED = "deduplicated"
    """Another event has acted for this one."""
    ACCUMULATED = "accumulated"
    """It counts, and there are not enough of them yet."""
    DROPPED = "dropped"
    """What its event observed did not stay so."""


class Happening(StrEnum):
    """What can happen to a dispatch that is not over."""

    APPROVED = "approved"
    MADE_TO_WAIT = "made_to_wait"
    """Approved, and somebody is in the way."""
    REFUSED = "refused"
    PARKED = "parked"
    """A freeze holds it until that ends."""
    ASKED = "asked"
    PROMOTED = "promoted"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    FROZEN = "frozen"
    SETTLED = "settled"
    """What its event observed has stayed so; from then on it is admitted, refused or recorded like any other."""
    UNSETTLED = "unsettled"
    SEEN_RUNNING = "seen_running"
    RETIREMENT = "retirement"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    ABORTED = "aborted"
    GUARD_FAILED = "guard_failed"
    EFFECT_UNKNOWN = "effect_unknown"
    """It ended badly and something it started may still be going on."""
    UNDO = "undo"
    """It was stopped after it had done what its workflow takes back."""
    ROLLED_OUT = "rolled_out"
    STOPPED = "stopped"


S, H = DispatchState, Happening

_ENDS = {
    H.SUCCEEDED: S.SUCCEEDED,
    H.FAILED: S.FAILED,
    H.TIMED_OUT: S.TIMED_OUT,
    H.ABORTED: S.ABORTED,
    H.GUARD_FAILED: S.RETIRED,
}

TRANSITIONS: dict[DispatchState, dict[Happening, DispatchState]] = {
    S.SETTLING: {H.SETTLED: S.RESERVED, H.UNSETTLED: S.DROPPED, H.CANCELLED: S.CANCELLED},
    S.AWAITING: {
        H.APPROVED: S.RESERVED,
        H.MADE_TO_WAIT: S.QUEUED,
        H.REFUSED: S.REJECTED,
        H.CANCELLED: S.CANCELLED,
        H.EXPIRED: S.EXPIRED,
        H.SUPERSEDED: S.SUPERSEDED,
        H.FROZEN: S.HELD,
        H.PARKED: S.FROZEN,
    },
    S.FROZEN: {
        H.PROMOTED: S.RESERVED,
        H.MADE_TO_WAIT: S.QUEUED,
        H.ASKED: S.AWAITING,
        H.REFUSED: S.REJECTED,
        H.CANCELLED: S.CANCELLED,
        H.EXPIRED: S.EXPIRED,
        H.SUPERSEDED: S.SUPERSEDED,
        H.FROZEN: S.HELD,
    },
    S.QUEUED: {
        H.PROMOTED: S.RESERVED,
        H.REFUSED: S.REJECTED,
        H.PARKED: S.FROZEN,
        H.CANCELLED: S.CANCELLED,
        H.EXPIRED: S.EXPIRED,
        H.SUPERSEDED: S.SUPERSEDED,
        H.FROZEN: S.HELD,
    },
    S.RESERVED: {
        **_ENDS,
        H.SEEN_RUNNING: S.RUNNING,
        H.RETIREMENT: S.RETIRING,
        H.EFFECT_UNKNOWN: S.HOLDING,
        H.UNDO: S.UNDOING,
    },
    S.RUNNING: {**_ENDS, H.EFFECT_UNKNOWN: S.HOLDING, H.UNDO: S.UNDOING},
    S.RETIRING: {**_ENDS, H.SEEN_RUNNING: S.RUNNING, H.EFFECT_UNKNOWN: S.HOLDING, H.UNDO: S.UNDOING},
    S.ROLLING: {H.ROLLED_OUT: S.SUCCEEDED, H.STOPPED: S.FAILED, H.CANCELLED: S.CANCELLED},
    S.HOLDING: {H.FAILED: S.FAILED, H.TIMED_OUT: S.TIMED_OUT, H.ABORTED: S.ABORTED, H.UNDO: S.UNDOING},
    S.UNDOING: {H.TIMED_OUT: S.TIMED_OUT, H.ABORTED: S.ABORTED, H.EFFECT_UNKNOWN: S.HOLDING},
}

LIVE = frozenset(TRANSITIONS)
"""States that something can still happen to."""
HOLDING_LOCKS = frozenset({S.RESERVED, S.RUNNING, S.RETIRING, S.HOLDING, S.UNDOING})
OVER_BUT_HOLDING = frozenset({S.HOLDING, S.UNDOING})
"""Its own execution has ended, and what it did has not."""
TERMINAL = frozenset(S) - LIVE


def advance(state: DispatchState, happening: Happening) -> DispatchState | None:
    """Give the next state, None where the happening changes nothing (late, doubled or out of order)."""
    return TRANSITIONS.get(state, {}).get(happening)


def sources(happening: Happening) -> tuple[DispatchState, ...]:
    """Give the states that a happening can move a dispatch out of: the condition of its transaction."""
    return tuple(state for state, table in TRANSITIONS.items() if happening in table)
