"""Lists dispatches in pages: live ones first, newest first, then ended ones, latest end first.

A dispatch that ends between two pages may be shown in both; none that was there from the first page on is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.api.core import Core
from chalicelib.api.cursors import read_cursor, write_cursor
from chalicelib.api.lanes import LIVE, Place, read_live, walk_ended
from chalicelib.api.rows import summarize_dispatch
from chalicelib.api.schemas.dispatches import DispatchPage, DispatchQuery
from chalicelib.api.validation import read_object_filter
from chalicelib.control.lifecycle import LIVE as LIVE_STATES
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.transaction import Item
from chalicelib.identity import digest

_FILTERED_PAGE = 100
_LEAST_PAGE = 10


@dataclass(frozen=True, slots=True)
class Filter:
    """What a row must be; None fits anything. `object` is a full id."""

    state: DispatchState | None
    object: str | None
    rule: str | None
    workflow: str | None

    @property
    def identity(self) -> str:
        """Tells the cursors of one list from another's."""
        return digest([self.state or "", self.object or "", self.rule or "", self.workflow or ""], 8)

    @property
    def open(self) -> bool:
        """Whether everything fits."""
        return not (self.state or self.object or self.rule or self.workflow)

    def fits(self, row: Item) -> bool:
        """Whether a row is to be listed."""
        return (
            (self.state is None or row["state"] == self.state)
            and (self.object is None or row["object"] == self.object)
            and (self.rule is None or row["rule"] == self.rule)
            and (self.workflow is None or row.get("workflow") == self.workflow)
        )


def list_dispatches(core: Core, query: DispatchQuery) -> DispatchPage:
    """Give one page. Raises InvalidQuery for what is no object id, and BadCursor.

    The store is asked a bounded number of times, so a page may be short and still have a next one.
    """
    wanted = _read_filter(core, query)
    start = read_cursor(query.cursor, wanted.identity) if query.cursor else Place(LIVE)
    found: list[Item] = []
    complete = True
    if start.lane == LIVE:
        live, complete = read_live(core.ports.store)
        for row in live:
            if start.at and (row["created_at"], row["id"]) >= (start.at, start.dispatch):
                continue
            if wanted.fits(row):
                found.append(row)
            if len(found) == query.limit:
                return _make_page(core, found, Place(LIVE, row["created_at"], row["id"]), wanted, complete=complete)
        start = Place(core.ports.clock.now().date().isoformat())
    last: Place | None = start
    for place, ended in _walk(core, start, wanted, query.limit):
        last = place
        if ended is not None and wanted.fits(ended):
            found.append(ended)
        if len(found) == query.limit:
            break
    return _make_page(core, found, last, wanted, complete=complete)


def _read_filter(core: Core, query: DispatchQuery) -> Filter:
    about = read_object_filter(query.object, core.home)
    return Filter(query.state, str(about) if about else None, query.rule, query.workflow)


def _walk(core: Core, start: Place, wanted: Filter, limit: int) -> Iterator[tuple[Place | None, Item | None]]:
    if wanted.state in LIVE_STATES:
        yield None, None
        return
    page = max(_LEAST_PAGE, limit // 4) if wanted.open else _FILTERED_PAGE
    yield from walk_ended(core.ports.store, start, core.ports.clock.now().date(), page)


def _make_page(core: Core, found: list[Item], last: Place | None, wanted: Filter, *, complete: bool) -> DispatchPage:
    return DispatchPage(
        dispatches=[summarize_dispatch(row, core.home) for row in found],
        next=write_cursor(last, wanted.identity) if last else None,
        complete=complete,
    )
