from collections.abc import Mapping
from typing import Any

from chalicelib.api.lanes import MAX_LIVE, read_live
from chalicelib.control.ports import Page
from tests.fakes import MemoryStore


class Endless(MemoryStore):
    """A table in which one shard of live dispatches never ends."""

    asked = 0

    def list_lane(
        self, lane: str, *, until: str | None = None, descending: bool = False, limit: int = 100,
        after: Mapping[str, Any] | None = None,
    ) -> Page:  # fmt: skip
        self.asked += 1
        rows = tuple({"id": f"{self.asked}-{number}", "created_at": "2026"} for number in range(limit))
        return Page(rows, after={"pk": "more"})


def test_reading_what_is_live_stops_at_a_bound_and_says_so() -> None:
    store = Endless()
    rows, complete = read_live(store)
    assert (len(rows), complete) == (MAX_LIVE, False)


def test_an_empty_table_is_read_whole() -> None:
    assert read_live(MemoryStore()) == ([], True)
