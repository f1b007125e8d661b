"""What was reserved before a freeze and has not started: the freeze holds that back, too."""

from chalicelib.catalog.model import Bundle
from chalicelib.control.claims.claim import read_locks
from chalicelib.control.model import Freeze, Freezes
from chalicelib.control.plan import find_frozen, find_target
from chalicelib.control.ports import Ports
from chalicelib.control.queue.promotion import read_wanted
from chalicelib.control.records import object_key, read_object
from chalicelib.control.transaction import Item


def find_brake(row: Item, freezes: Freezes, ports: Ports, bundle: Bundle) -> Freeze | None:
    """Give the freeze that holds back what a reservation is to start, None if none does. Reads only if anything is frozen."""
    if not freezes.all and not bundle.control.freezes:
        return None
    wanted = [one for one, _ in read_locks(row)]
    rows = ports.store.read([object_key(one) for one in wanted]) if wanted else {}
    records = {one: read_object(one, rows.get(object_key(one))) for one in wanted}
    target = find_target(row["workflow"], row["tier"], read_wanted(row, records), records, bundle)
    return find_frozen(target, bundle, freezes, ports.clock.now())
