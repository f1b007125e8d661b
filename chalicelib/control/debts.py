"""What a dispatch owes, and noting that it is paid."""

from collections.abc import Iterable

from chalicelib.control.lifecycle import LIVE
from chalicelib.control.ports import Ports
from chalicelib.control.records import dispatch_key
from chalicelib.control.settlement import pay
from chalicelib.control.transaction import Committed, Item
from chalicelib.errors import Contended

ATTEMPTS = 8


def pay_debt(row: Item, debt: str, ports: Ports) -> None:
    """Note that one thing is done that a dispatch owed; one that is already noted is no error. Raises Contended."""
    key = dispatch_key(row["id"])
    current: Item | None = row
    for _ in range(ATTEMPTS):
        if current is None or not current.get(debt):
            return
        if isinstance(ports.store.commit(pay(current, debt, ports.clock.now())), Committed):
            return
        current = ports.store.read([key]).get(key)
    raise Contended(what=f"the row of {row['id']}", attempts=ATTEMPTS)


def pay_goals(dispatches: Iterable[str], ports: Ports) -> None:
    """Let go of dispatches whose goals have just been met: those that are over have nothing more to wait for."""
    for dispatch in dispatches:
        row = ports.store.read([dispatch_key(dispatch)]).get(dispatch_key(dispatch))
        if row is not None and row["state"] not in LIVE:
            pay_debt(row, "goal_owed", ports)
