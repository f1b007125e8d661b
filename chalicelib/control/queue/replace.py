"""Stopping the holders that a waiter replaces. It starts when they are really over, as any waiter does: never both."""

from chalicelib.catalog.model import Bundle
from chalicelib.control.cancel import break_dispatch
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.ports import Ports
from chalicelib.control.settle import read_dispatch
from chalicelib.control.settlement import note_replacing
from chalicelib.control.transaction import Item

_STOPPABLE = frozenset({DispatchState.RESERVED, DispatchState.RUNNING, DispatchState.RETIRING})


def stop_replaced(row: Item, ports: Ports, bundle: Bundle) -> tuple[str, ...]:
    """Stop what a waiter replaces, and note that it was done; gives what was stopped. A repeat does no harm.

    What is held after a bad end, or being taken back, is on its way out and is left to that.
    """
    stopped = []
    for holder in row.get("replaces", ()):
        if read_dispatch(holder, ports)["state"] in _STOPPABLE:
            who = f"dispatch {row['id']}"
            break_dispatch(holder, who, f"it is replaced by {row['workflow']}", ports, bundle, undo=False)
            stopped.append(holder)
    ports.store.commit(note_replacing(row, ports.clock.now()))
    return tuple(stopped)
