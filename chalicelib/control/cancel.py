"""What people do to a dispatch: a waiter leaves its queues, a reservation is retired, an execution is stopped, what was held goes on."""

from typing import NamedTuple

from chalicelib.catalog.model import Bundle
from chalicelib.control.approvals.approve import finish, read_approval
from chalicelib.control.approvals.awaiting import leave_awaiting, take_back
from chalicelib.control.campaigns.advance import stop_campaign
from chalicelib.control.lifecycle import DispatchState, Happening
from chalicelib.control.ports import Ports
from chalicelib.control.reconcile import cancel_queued, retire
from chalicelib.control.resume import release, stop_settling
from chalicelib.control.resumption import find_machine
from chalicelib.control.settle import read_dispatch
from chalicelib.control.settlement import mark_breaking, mark_retiring
from chalicelib.control.transaction import Committed, Item, Transaction
from chalicelib.control.undo.undoing import stop_undo

ATTEMPTS = 4


class Cancellation(NamedTuple):
    """What was done about a person's request."""

    dispatch: str
    state: DispatchState
    """Where it stood when that was done."""
    action: str


def cancel(dispatch: str, who: str, reason: str, ports: Ports, bundle: Bundle) -> Cancellation:
    """Take back a dispatch that has not started. One that runs is left alone: see `break_dispatch`.

    Raises UnknownDispatch. A reservation keeps its locks until its own name is used up, so that it can never start.
    """
    said = f"cancelled by {who}: {reason}"
    state = DispatchState.QUEUED
    for _ in range(ATTEMPTS):
        row = read_dispatch(dispatch, ports)
        state = DispatchState(row["state"])
        if state not in _WAITING:
            break
        if done := _stop_waiting(row, state, who, said, ports, bundle):
            return Cancellation(dispatch, state, done)
    return Cancellation(dispatch, state, "nothing: it is not waiting to start")


def _stop_waiting(row: Item, state: DispatchState, who: str, said: str, ports: Ports, bundle: Bundle) -> str:
    """Take one back wherever it waits, and say what was done; empty if it has moved on meanwhile."""
    now = ports.clock.now()
    match state:
        case DispatchState.QUEUED:
            return "left the queue" if cancel_queued(row, said, ports, bundle, who) else ""
        case DispatchState.FROZEN:
            left = ports.store.commit(
                Transaction((leave_awaiting(row, Happening.CANCELLED, said, now, taken_back=who),))
            )
            return "it waits for the end of the freeze no more" if isinstance(left, Committed) else ""
        case DispatchState.AWAITING:
            approval = read_approval(row["id"], ports)
            if not isinstance(ports.store.commit(take_back(row, approval, who, said, now)), Committed):
                return ""
            finish(read_approval(row["id"], ports), ports, bundle)
            return "it waits for no approval any more"
        case DispatchState.RESERVED:
            retiring = ports.store.commit(mark_retiring(row, said, now, taken_back=who))
            return retire(read_dispatch(row["id"], ports), ports, bundle) if isinstance(retiring, Committed) else ""
        case DispatchState.SETTLING:
            return "it waits no longer" if stop_settling(row, Happening.CANCELLED, said, ports, who) else ""
        case _:
            stopped = stop_campaign(row, Happening.CANCELLED, said, ports, bundle, who)
            return "no further batch begins; what runs goes on to its end" if stopped else ""


_WAITING = frozenset(
    {
        DispatchState.SETTLING,
        DispatchState.AWAITING,
        DispatchState.FROZEN,
        DispatchState.QUEUED,
        DispatchState.RESERVED,
        DispatchState.ROLLING,
    }
)


def release_dispatch(dispatch: str, who: str, reason: str, ports: Ports, bundle: Bundle) -> Cancellation:
    """Have what was held go on: see `resume.release`. Raises UnknownDispatch."""
    state = DispatchState(read_dispatch(dispatch, ports)["state"])
    return Cancellation(dispatch, state, release(dispatch, who, reason, ports, bundle))


def break_dispatch(
    dispatch: str, who: str, reason: str, ports: Ports, bundle: Bundle, *, undo: bool = True
) -> Cancellation:
    """Stop the execution of a running dispatch. Its locks are freed as after any other bad end, and not before.

    With `undo` also the one that takes back what an earlier one had done.

    One that has not started is retired, as `cancel` does. Raises UnknownDispatch. Who did it and why stays in the
    dispatch's row.
    """
    said = f"broken by {who}: {reason}"
    state = DispatchState.RUNNING
    for _ in range(ATTEMPTS):
        row = read_dispatch(dispatch, ports)
        state = DispatchState(row["state"])
        if state is DispatchState.UNDOING and undo:
            stop_undo(row, said, ports)
            return Cancellation(dispatch, state, "stopped its undo: what it had not taken back stays")
        if state not in {DispatchState.RESERVED, DispatchState.RUNNING, DispatchState.RETIRING}:
            return Cancellation(dispatch, state, "nothing: it does not run")
        if not isinstance(ports.store.commit(mark_breaking(row, who, said, ports.clock.now())), Committed):
            continue
        if ports.executions.stop(find_machine(row), dispatch, said):
            return Cancellation(dispatch, state, "stopped its execution")
        if state is DispatchState.RESERVED:
            ports.store.commit(mark_retiring(row, said, ports.clock.now()))
        done = retire(read_dispatch(dispatch, ports), ports, bundle)
        if not done.endswith("running"):
            return Cancellation(dispatch, state, done)
    return Cancellation(dispatch, state, "nothing: it has just changed")
