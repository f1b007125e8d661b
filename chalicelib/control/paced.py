"""What a worker of the queue of starts does: start what has its turn, under its own name."""

from chalicelib.catalog.model import Bundle
from chalicelib.control.brake import find_brake
from chalicelib.control.freezes import freezes_key, read_freezes
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.pace import start
from chalicelib.control.ports import Ports
from chalicelib.control.reconcile import hold_back, retire
from chalicelib.control.records import dispatch_key, find_shard, is_dispatch_id
from chalicelib.control.resumption import find_machine
from chalicelib.control.settle import UnknownDispatch
from chalicelib.control.undo.aftermath import SUFFIX
from chalicelib.control.undo.undoing import start_undo


def take_turn(name: str, tries: int, ports: Ports, bundle: Bundle) -> str:
    """Start an execution that AWS had throttled, and say what was done. A repeat, or one that is too late, starts nothing.

    `name` is that of a dispatch, or of its undo. Raises UnknownDispatch.
    """
    dispatch = name.removesuffix(SUFFIX)
    if not is_dispatch_id(dispatch):
        raise UnknownDispatch(dispatch=dispatch)
    key, frozen_at = dispatch_key(dispatch), freezes_key(find_shard(dispatch))
    rows = ports.store.read([key, frozen_at])
    row = rows.get(key)
    if row is None:
        raise UnknownDispatch(dispatch=dispatch)
    state = row["state"]
    if name != dispatch:
        return str(start_undo(row, ports, tries)) if state == DispatchState.UNDOING else f"nothing: it is {state}"
    if state == DispatchState.RETIRING:
        return retire(row, ports, bundle, tries)
    if state != DispatchState.RESERVED:
        return f"nothing: it is {state}"
    freezes = read_freezes(frozen_at, rows.get(frozen_at))
    if freeze := find_brake(row, freezes, ports, bundle):
        return hold_back(row, freeze, freezes, ports, bundle)
    return str(start(find_machine(row), name, row["execution_input"], ports, tries))
