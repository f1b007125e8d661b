"""The objects that are known, by kind: read from the list that the first observation of each puts it on."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.catalog.model import Bundle
from chalicelib.control.goals.goal import view_record
from chalicelib.control.model import ObjectRecord
from chalicelib.control.ports import Ports, Store
from chalicelib.control.records import MEMBER, SHARDS, find_registry, object_key, read_object
from chalicelib.decision.model import ObjectView
from chalicelib.identity import Home, ObjectId, parse_object_id

PAGE = 100
_NOWHERE = Home("", "")


def list_members(kind: str, store: Store) -> Iterator[ObjectId]:
    """Give the ids of every known object of a kind, shard by shard; strongly consistent, one query for each hundred."""
    for shard in range(SHARDS):
        after: Mapping[str, Any] | None = None
        while True:
            page = store.query(find_registry(kind, shard), MEMBER, PAGE, after)
            yield from (parse_object_id(row["object"], _NOWHERE) for row in page.items)
            after = page.after
            if after is None:
                break


def read_kind(kind: str, ports: Ports) -> dict[ObjectId, ObjectRecord]:
    """Read every known object of a kind, one batch of reads for each hundred."""
    members = sorted(list_members(kind, ports.store))
    rows: Mapping[Any, Any] = ports.store.read([object_key(one) for one in members]) if members else {}
    return {one: read_object(one, rows.get(object_key(one))) for one in members}


def view_kind(records: Mapping[ObjectId, ObjectRecord], bundle: Bundle) -> tuple[ObjectView, ...]:
    """Show what was read as decisions see it, in order of the ids."""
    return tuple(view_record(records[one], bundle) for one in sorted(records))
