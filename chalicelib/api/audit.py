"""Who changed what over the API, and who was refused: rows that are written once and never again.

    audit#<day>#<shard> / <time>#<request>        who asked for what; how it ended, if that was known
    audit#<day>#<shard> / <time>#<request>#end    how it ended

A change is written down before it is made, and its end in a row of its own afterwards, so there is no change without a
record; one without a status was cut off, and what became of it is in what it was about. A dispatch that somebody asks
for is its own record, written in the same transaction, so its entry here only follows.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any, NamedTuple

from chalicelib.api.core import Core
from chalicelib.api.cursors import read_cursor, write_cursor
from chalicelib.api.lanes import Place, walk_ended
from chalicelib.api.problems import Problem
from chalicelib.api.route import Answer, AnyRoute, Asked, Call
from chalicelib.api.schemas.people import AuditEntry, AuditPage, AuditQuery
from chalicelib.catalog.model import Role
from chalicelib.control.ports import Store
from chalicelib.control.records import ROW_VERSION, find_shard, render_time
from chalicelib.control.transaction import Absent, Committed, Item, Key, Operation, Put, Transaction
from chalicelib.errors import Contended, StoreUnavailable
from chalicelib.identity import canonical_json, digest

LANES = "audit"
KEPT = timedelta(days=400)
MOST_TEXT = 2000
"""Characters of a body that are kept."""
_PAGE = 50
_LOG = logging.getLogger(__name__)


Step = tuple[Place | None, Item | None]
"""Of a walk over the index: see `walk_ended`."""


class Entry(NamedTuple):
    """A row of the record, before it is known how the request ended."""

    key: Key
    row: Item


def make_entry(core: Core, route: AnyRoute, call: Call, role: Role | None, asked: Asked[Any, Any] | None) -> Entry:
    """Describe a request. Without `asked` it was refused before it was read."""
    now = core.ports.clock.now()
    name, at = digest([call.instance, call.principal or ""]), render_time(now)
    lane = f"{LANES}#{now.date().isoformat()}#{find_shard(name)}"
    body = asked.body.model_dump(mode="json", exclude_unset=True) if asked is not None else {}
    row: dict[str, Any] = {
        "v": ROW_VERSION,
        "id": name,
        "at": at,
        "principal": call.principal or "",
        "role": str(role or ""),
        "action": route.name,
        "path": route.path.format_map(call.path),
        "request": canonical_json(body)[:MOST_TEXT] if body else "",
        "lane": lane,
        "lane_at": at,
        "ttl": int((now + KEPT).timestamp()),
    }
    return Entry(Key(lane, f"{at}#{name}"), row)


def begin(entry: Entry) -> Operation:
    """Write it down before the change."""
    return Put(entry.key, entry.row, (Absent(),))


def complete(entry: Entry, status: int, problem: str = "", about: str = "") -> Operation:
    """Say how it ended, once."""
    kept = {name: entry.row[name] for name in ("v", "id", "at", "ttl")}
    return Put(_end_key(entry.key), {**kept, **_end(status, problem, about)}, (Absent(),))


def append(core: Core, entry: Entry, status: int, problem: str = "", about: str = "") -> None:
    """Write down what is over. A store that does not answer keeps nobody from being told; the log then has it."""
    put = Put(entry.key, {**entry.row, **_end(status, problem, about)}, (Absent(),))
    commit(core, (put,), entry)


def commit(core: Core, operations: tuple[Operation, ...], entry: Entry) -> None:
    """Write what ends an entry, into the log if need be."""
    try:
        if isinstance(core.ports.store.commit(Transaction(operations)), Committed):
            return
    except (Contended, StoreUnavailable):
        _LOG.exception("the audit's entry could not be written")
    _LOG.error("not written to the audit: %s", canonical_json({"key": entry.key, "row": entry.row}))


def find_about(given: Answer | Problem) -> str:
    """Name what a request made, changed or met: a dispatch, a freeze."""
    found: Any = given.extra.get("dispatch") if isinstance(given, Problem) else given.body.get("id")
    return found if isinstance(found, str) else ""


def list_audit(core: Core, query: AuditQuery) -> AuditPage:
    """Give one page, the latest first. Raises BadCursor.

    The store is asked a bounded number of times, so a page may be short and still have a next one.
    """
    identity = digest([LANES, query.principal or "", query.action or "", str(query.refused)], 8)
    today = core.ports.clock.now().date()
    start = read_cursor(query.cursor, identity) if query.cursor else Place(today.isoformat())
    found: list[Item] = []
    last: Place | None = start
    for place, row in _join_ends(
        core.ports.store, walk_ended(core.ports.store, start, today, _PAGE, LANES, KEPT.days + 3)
    ):
        last = place
        if row is not None and _fits(row, query):
            found.append(row)
        if len(found) == query.limit:
            break
    return AuditPage(
        entries=[_show(row) for row in found], next=write_cursor(last, identity) if last is not None else None
    )


def _join_ends(store: Store, walked: Iterator[Step]) -> Iterator[Step]:
    """Give each step with how the request ended, a page of reads for a page of the index."""
    while steps := tuple(islice(walked, _PAGE)):
        keys = [_end_key(Key(row["pk"], row["sk"])) for _, row in steps if row is not None and "status" not in row]
        ends = store.read(keys) if keys else {}
        for place, row in steps:
            end = ends.get(_end_key(Key(row["pk"], row["sk"])), {}) if row is not None else {}
            yield place, {**end, **row} if row is not None else None


def _end_key(key: Key) -> Key:
    return Key(key.pk, f"{key.sk}#end")


def _fits(row: Item, query: AuditQuery) -> bool:
    return (
        (query.principal is None or row["principal"] == query.principal)
        and (query.action is None or row["action"] == query.action)
        and (query.refused is None or bool(row.get("problem")) is query.refused)
    )


def _show(row: Item) -> AuditEntry:
    return AuditEntry(
        id=row["id"],
        at=row["at"],
        principal=row["principal"],
        role=row["role"] or None,
        action=row["action"],
        path=row["path"],
        request=row["request"] or None,
        status=row.get("status"),
        problem=row.get("problem") or None,
        about=row.get("about") or None,
    )


def _end(status: int, problem: str, about: str) -> dict[str, Any]:
    return {"status": status, "problem": problem, "about": about}
