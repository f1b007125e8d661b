import random
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.api.lanes import HORIZON_DAYS, MAX_QUERIES
from chalicelib.control.model import ExecutionStatus
from chalicelib.control.ports import Page
from chalicelib.control.records import LIVE_SHARDS, SHARDS
from tests.unit.api.world import FakeCore, Gateway

DAY = 86_400


def walk(api: Gateway, query: str = "limit=7") -> Iterator[dict[str, Any]]:
    """Every page of a list."""
    cursor = ""
    while cursor is not None:
        reply = api.get(f"/v1/dispatches?{query}" + (f"&cursor={cursor}" if cursor else ""))
        assert reply.status == 200
        yield reply.body
        cursor = reply.body["next"]


def list_ids(api: Gateway, query: str = "limit=7") -> list[str]:
    return [row["id"] for page in walk(api, query) for row in page["dispatches"]]


def start(api: Gateway, host: str, workflow: str = "host_tag") -> str:
    dispatch: str = api.start(workflow, host=host).body["id"]
    return dispatch


def test_an_empty_list_has_no_next_page_when_all_days_were_seen(api: Gateway) -> None:
    pages = list(walk(api))
    assert all(page["dispatches"] == [] and page["complete"] for page in pages)
    assert pages[-1]["next"] is None
    assert len(pages) == -(-(HORIZON_DAYS + 1) * 8 // MAX_QUERIES)


def test_live_ones_come_first_newest_first_then_ended_ones_latest_end_first(core: FakeCore, api: Gateway) -> None:
    ids = []
    for number in range(6):
        ids.append(start(api, f"i-{number}"))
        core.clock.advance(60)
    core.end(ids[4])
    core.clock.advance(60)
    core.end(ids[1])
    assert list_ids(api) == [ids[5], ids[3], ids[2], ids[0], ids[1], ids[4]]


@pytest.mark.parametrize("limit", [1, 3, 7, 200])
def test_pages_of_any_size_give_every_dispatch_once_in_one_order(core: FakeCore, api: Gateway, limit: int) -> None:
    """Many at the same millisecond, over several days, some live."""
    draw = random.Random(7)
    ids = set()
    for number in range(60):
        ids.add(start(api, f"i-{number}"))
        core.clock.advance(draw.choice([0, 0, 0, 3600, DAY]))
    for dispatch in draw.sample(sorted(ids), 40):
        core.end(dispatch)
        core.clock.advance(draw.choice([0, 0, DAY]))
    found = list_ids(api, f"limit={limit}")
    assert len(found) == len(ids)
    assert set(found) == ids
    assert found == list_ids(api, "limit=200")


def test_a_dispatch_that_ends_between_two_pages_is_not_lost(core: FakeCore, api: Gateway) -> None:
    ids = []
    for number in range(4):
        ids.append(start(api, f"i-{number}"))
        core.clock.advance(1)
    first = api.get("/v1/dispatches?limit=2").body
    core.end(ids[0])
    core.end(ids[3])
    rest = api.get(f"/v1/dispatches?limit=50&cursor={first['next']}").body
    assert {row["id"] for row in [*first["dispatches"], *rest["dispatches"]]} == set(ids)


def test_a_quiet_month_is_walked_in_bounded_steps(core: FakeCore, api: Gateway) -> None:
    dispatch = start(api, "i-1")
    core.end(dispatch)
    core.clock.advance(90 * DAY)
    asked = count_queries(core)
    pages = list(walk(api, "limit=50"))
    assert [row["id"] for page in pages for row in page["dispatches"]] == [dispatch]
    assert len(asked) <= len(pages) * (MAX_QUERIES + LIVE_SHARDS + SHARDS)


def test_a_filter_that_fits_little_is_walked_in_bounded_steps(core: FakeCore, api: Gateway) -> None:
    wanted = start(api, "i-wanted", "host_reboot")
    core.end(wanted)
    for number in range(300):
        core.clock.advance(1)
        core.end(start(api, f"i-{number}"))
    asked = count_queries(core)
    page = api.get("/v1/dispatches?workflow=host_reboot").body
    assert [row["id"] for row in page["dispatches"]] == [wanted]
    assert len(asked) <= MAX_QUERIES + LIVE_SHARDS + SHARDS


def count_queries(core: FakeCore) -> list[str]:
    asked: list[str] = []
    inner = core.store.list_lane

    def count(lane: str, **options: Any) -> Page:
        asked.append(lane)
        return inner(lane, **options)

    core.store.list_lane = count  # type: ignore[method-assign]
    return asked


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=reserved", {"live"}),
        ("state=queued", {"waiting"}),
        ("state=succeeded", {"done"}),
        ("state=rejected", {"refused"}),
        ("object=host/i-0a", {"live", "waiting", "refused"}),
        ("object=111122223333/eu-west-1/host/i-0a", {"live", "waiting", "refused"}),
        ("object=444455556666/eu-west-1/host/i-0a", set()),
        ("workflow=host_tag", {"done"}),
        ("rule=request", {"live", "waiting", "done", "refused"}),
        ("rule=host_stopped", set()),
        ("workflow=host_reboot&state=queued", {"waiting"}),
    ],
)
def test_filters_keep_what_fits_all_of_them(core: FakeCore, api: Gateway, query: str, expected: set[str]) -> None:
    names = {start(api, "i-0b"): "done"}
    core.end(next(iter(names)))
    names[start(api, "i-0a", "host_reboot")] = "live"
    names[start(api, "i-0a", "host_reboot")] = "waiting"
    names[api.start("host_stop", host="i-0a").body["dispatch"]] = "refused"
    assert {names[dispatch] for dispatch in list_ids(api, query)} == expected


def test_live_states_are_found_without_looking_at_ended_days(core: FakeCore, api: Gateway) -> None:
    dispatch = start(api, "i-1")
    asked = count_queries(core)
    page = api.get("/v1/dispatches?state=reserved").body
    assert ([row["id"] for row in page["dispatches"]], page["next"]) == ([dispatch], None)
    assert all(lane.startswith("live#") for lane in asked)


def test_a_row_shows_what_a_person_looks_for(core: FakeCore, api: Gateway) -> None:
    dispatch = start(api, "i-0a")
    core.clock.advance(5)
    core.end(dispatch)
    (row,) = api.get("/v1/dispatches?state=succeeded").body["dispatches"]
    assert row == {
        "id": dispatch,
        "state": "succeeded",
        "workflow": "host_tag",
        "object": "host/i-0a",
        "rule": "request",
        "tier": "P2",
        "service": None,
        "reason": row["reason"],
        "stuck": None,
        "broken": None,
        "into": None,
        "shadow": None,
        "undo": None,
        "created_at": "2026-01-01T00:00:00.000Z",
        "updated_at": "2026-01-01T00:00:05.000Z",
        "started_at": None,
        "ended_at": "2026-01-01T00:00:05.000Z",
    }


def test_a_bad_end_is_listed_while_its_locks_are_held(core: FakeCore, api: Gateway) -> None:
    dispatch = start(api, "i-0a")
    core.end(dispatch, ExecutionStatus.FAILED, "Boom")
    assert list_ids(api, "state=holding") == [dispatch]


def test_a_cursor_belongs_to_its_filter(api: Gateway) -> None:
    for number in range(3):
        start(api, f"i-{number}")
    cursor = api.get("/v1/dispatches?limit=1").body["next"]
    reply = api.get(f"/v1/dispatches?limit=1&state=queued&cursor={cursor}")
    assert (reply.status, reply.body["type"]) == (400, "urn:interlock:problem:bad-cursor")


@pytest.mark.parametrize(
    ("query", "slug", "detail"),
    [
        ("cursor=nonsense", "bad-cursor", "not one that this list gave"),
        ("limit=0", "invalid-query", "limit: input should be greater than or equal to 1"),
        ("limit=201", "invalid-query", "less than or equal to 200"),
        ("limit=many", "invalid-query", "limit: input should be a valid integer"),
        ("state=done", "invalid-query", "state: input should be 'settling', 'awaiting', 'frozen'"),
        ("object=a/b/c", "invalid-query", "write kind/name or account/region/kind/name"),
        ("stat=queued&lmit=1", "invalid-query", "stat is not known; lmit is not known"),
        ("limit=1&limit=2", "invalid-query", "limit is given 2 times"),
    ],
)
def test_a_bad_query_is_400_and_says_what_is_wrong(api: Gateway, query: str, slug: str, detail: str) -> None:
    reply = api.get(f"/v1/dispatches?{query}")
    assert (reply.status, reply.body["type"]) == (400, f"urn:interlock:problem:{slug}")
    assert detail in reply.body["detail"]
