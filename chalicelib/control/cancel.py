"""Taking a dispatch back: a waiter leaves its queues, a reservation is retired, a running execution is stopped."""

from typing import NamedTuple

from chalicelib.catalog.model import Bundle
from chalicelib.control.approve import finish, read_approval
from chalicelib.control.awaiting import take_back
from chalicelib.control.campaigns import stop_campaign
from chalicelib.control.lifecycle import DispatchState, Happening
from chalicelib.control.ports import Ports
from chalicelib.control.reconcile import cancel_queued, retire
from chalicelib.control.settle import read_dispatch
from chalicelib.control.settlement import mark_breaking, mark_retiring
from chalicelib.control.transaction import Committed
from chalicelib.control.undoing import stop_undo

ATTEMPTS = 4


class Cancellation(NamedTuple):
    """What was done about a request to take a dispatch back."""

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
        if state is DispatchState.QUEUED:
            if cancel_queued(row, said, ports, bundle):
                return Cancellation(dispatch, state, "left the queue")
        elif state is DispatchState.AWAITING:
            approval = read_approval(dispatch, ports)
            if isinstance(ports.store.commit(take_back(row, approval, said, ports.clock.now())), Committed):
                finish(read_approval(dispatch, ports), ports, bundle)
                return Cancellation(dispatch, state, "it waits for no approval any more")
        elif state is DispatchState.RESERVED:
            if isinstance(ports.store.commit(mark_retiring(row, said, ports.clock.now(), taken_back=who)), Committed):
                return Cancellation(dispatch, state, retire(read_dispatch(dispatch, ports), ports, bundle))
        elif state is DispatchState.ROLLING:
            if stop_campaign(row, Happening.CANCELLED, said, ports, bundle):
                return Cancellation(dispatch, state, "no further batch begins; what runs goes on to its end")
        else:
            break
    return Cancellation(dispatch, state, "nothing: it is not waiting to start")


def break_dispatch(dispatch: str, who: str, reason: str, ports: Ports, bundle: Bundle) -> Cancellation:
    """Stop the execution of a running dispatch. Its locks are freed as after any other bad end, and not before.

    One that has not started is retired, as `cancel` does. Raises UnknownDispatch. Who did it and why stays in the
    dispatch's row.
    """
    said = f"broken by {who}: {reason}"
    state = DispatchState.RUNNING
    for _ in range(ATTEMPTS):
        row = read_dispatch(dispatch, ports)
        state = DispatchState(row["state"])
        if state is DispatchState.UNDOING:
            stop_undo(row, said, ports)
            return Cancellation(dispatch, state, "stopped its undo: what it had not taken back stays")
        if state not in {DispatchState.RESERVED, DispatchState.RUNNING, DispatchState.RETIRING}:
            return Cancellation(dispatch, state, "nothing: it does not run")
        if not isinstance(ports.store.commit(mark_breaking(row, said, ports.clock.now())), Committed):
            continue
        if ports.executions.stop(row["workflow"], dispatch, said):
            return Cancellation(dispatch, state, "stopped its execution")
        if state is DispatchState.RESERVED:
            ports.store.commit(mark_retiring(row, said, ports.clock.now()))
        done = retire(read_dispatch(dispatch, ports), ports, bundle)
        if not done.endswith("running"):
            return Cancellation(dispatch, state, done)
    return Cancellation(dispatch, state, "nothing: it has just changed")
