"""Every change and every refusal is written down with its principal."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from chalicelib.control.ports import Store
from chalicelib.control.transaction import Put, Result, Transaction
from chalicelib.errors import StoreUnavailable
from tests.builders import HOST
from tests.unit.api.world import ANA, BEN, FakeCore, Gateway, Reply, make_gateway

FREEZE = {"scope": {"service": "checkout"}, "reason": "peak sale", "seconds": 60}


def freeze(api: Gateway, key: str = "f", body: Mapping[str, Any] = FREEZE, principal: str = ANA) -> Reply:
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    return api.send("POST", "/v1/freezes", json.dumps(body).encode(), headers, principal)


def list_entries(api: Gateway, query: str = "") -> list[dict[str, Any]]:
    reply = api.get(f"/v1/audit{query}")
    assert reply.status == 200
    entries: list[dict[str, Any]] = reply.body["entries"]
    return entries


def test_a_change_says_who_what_and_how_it_ended(api: Gateway) -> None:
    made = freeze(api).body
    api.send("DELETE", f"/v1/freezes/{made['id']}", principal=BEN)
    ended, begun = sorted(list_entries(api), key=lambda one: one["action"])
    assert (begun["principal"], begun["role"], begun["action"]) == (ANA, "admin", "POST /v1/freezes")
    assert (begun["status"], begun["problem"], begun["about"]) == (201, None, made["id"])
    assert json.loads(begun["request"])["reason"] == "peak sale"
    assert (ended["principal"], ended["path"]) == (BEN, f"/v1/freezes/{made['id']}")
    assert (ended["status"], ended["about"]) == (200, made["id"])


def test_a_start_and_its_refusal_name_their_dispatch(core: FakeCore, api: Gateway) -> None:
    started = api.start("host_reboot", host="i-0a").body["id"]
    core.clock.advance(1)
    refused = api.start("host_stop", host="i-0a").body["dispatch"]
    assert [(one["status"], one["problem"], one["about"]) for one in list_entries(api)] == [
        (409, "rejected", refused),
        (201, None, started),
    ]


def test_no_row_of_the_audit_is_written_twice(core: FakeCore, api: Gateway) -> None:
    core.store.changes = []
    made = freeze(api).body
    freeze(api, key="bad", body={**FREEZE, "scope": {"service": "nope"}})
    api.send("DELETE", f"/v1/freezes/{made['id']}", principal=BEN)
    api.start("host_reboot", host="i-0a")
    written = [one for one in core.store.changes if one.new["pk"].startswith("audit#")]
    assert len(written) > 4
    assert [one for one in written if one.old is not None] == []


def test_what_touches_the_audit_updates_and_deletes_nothing_in_the_same_transaction(
    core: FakeCore, api: Gateway
) -> None:
    """IAM denies the API both on the audit's keys, and nobody says that it looks at one key of a transaction at a time."""
    freeze(api)
    freeze(api)
    freeze(api, key="bad", body={**FREEZE, "scope": {"service": "nope"}})
    api.start("host_reboot", host="i-0a")
    touching = [one for one in core.store.log if any(each.key.pk.startswith("audit#") for each in one.operations)]
    assert touching
    assert all(isinstance(each, Put) for one in touching for each in one.operations)


def test_reading_leaves_no_trace(core: FakeCore, api: Gateway) -> None:
    for path in ("catalog", "dispatches", "locks", "freezes", "audit", "me"):
        assert api.get(f"/v1/{path}").status == 200
    assert core.store.rows == {}


def test_entries_are_filtered_and_paged(core: FakeCore, api: Gateway) -> None:
    for number in range(7):
        core.clock.advance(1)
        freeze(api, key=f"k{number}", principal=BEN if number % 2 else ANA)
    core.clock.advance(1)
    freeze(api, key="bad", body={**FREEZE, "scope": {"service": "nope"}})
    assert len(list_entries(api, f"?principal={BEN}")) == 3
    assert [one["problem"] for one in list_entries(api, "?refused=true")] == ["invalid-request"]
    assert len(list_entries(api, "?refused=false&action=POST%20/v1/freezes")) == 7
    seen, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/v1/audit?limit=3{cursor and f'&cursor={cursor}'}").body
        seen += page["entries"]
        cursor = page["next"]
    assert len({one["id"] for one in seen}) == len(seen) == 8
    assert [one["at"] for one in seen] == sorted((one["at"] for one in seen), reverse=True)


def test_a_cursor_of_another_list_is_refused(api: Gateway) -> None:
    for number in range(3):
        freeze(api, key=f"k{number}")
    cursor = api.get("/v1/audit?limit=1").body["next"]
    assert api.get(f"/v1/audit?cursor={cursor}&refused=true").body["type"].endswith("bad-cursor")
    assert api.get(f"/v1/dispatches?cursor={cursor}").body["type"].endswith("bad-cursor")


class Failing:
    """A store whose writes fail from the n-th on."""

    def __init__(self, inner: Store, good: int) -> None:
        self._inner = inner
        self._good = good

    def commit(self, transaction: Transaction) -> Result:
        self._good -= 1
        if self._good < 0:
            raise StoreUnavailable(cause="it is down")
        return self._inner.commit(transaction)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def test_nothing_is_changed_that_could_not_be_written_down(core: FakeCore) -> None:
    store = core.store
    core.ports = core.ports._replace(store=Failing(store, 0))
    assert freeze(make_gateway(core)).status == 503
    assert store.rows == {}


def test_a_change_that_was_cut_off_shows_without_an_end_and_its_repeat_makes_it_once(core: FakeCore) -> None:
    ports = core.ports
    core.ports = ports._replace(store=Failing(core.store, 1))
    assert freeze(make_gateway(core)).status == 503
    core.ports = ports
    (cut,) = list_entries(make_gateway(core))
    assert (cut["status"], cut["principal"]) == (None, ANA)
    core.clock.advance(1)
    gateway = make_gateway(core)
    gateway.get("/v1/me")  # request ids of one gateway differ
    assert freeze(gateway).status == 201
    assert len(gateway.get("/v1/freezes").body["freezes"]) == 1


def test_an_answer_is_given_although_its_end_could_not_be_written(
    core: FakeCore, caplog: pytest.LogCaptureFixture
) -> None:
    core.ports = core.ports._replace(store=Failing(core.store, 2))
    assert freeze(make_gateway(core)).status == 201
    assert "not written to the audit" in caplog.text


def test_a_key_makes_one_freeze_and_gives_it_again(api: Gateway) -> None:
    first, again = freeze(api), freeze(api)
    assert (first.status, again.status) == (201, 200)
    assert again.body == first.body
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(api.get("/v1/freezes").body["freezes"]) == 1
    api.send("DELETE", f"/v1/freezes/{first.body['id']}")
    assert freeze(api).body == first.body
    assert api.get("/v1/freezes").body["freezes"] == [], "a late repeat does not freeze again"


def test_a_key_is_its_owners_and_belongs_to_one_request(api: Gateway) -> None:
    first = freeze(api)
    other = freeze(api, body={**FREEZE, "seconds": 61})
    assert (other.status, other.body["type"]) == (422, "urn:interlock:problem:idempotency-key-reused")
    assert freeze(api, principal=BEN).body["id"] != first.body["id"]


def test_a_refused_request_gives_its_key_back(api: Gateway) -> None:
    assert freeze(api, body={**FREEZE, "scope": {"service": "nope"}}).status == 422
    assert freeze(api).status == 201


def test_a_repeat_of_a_start_is_written_down_too(core: FakeCore, api: Gateway) -> None:
    core.label(HOST, service="checkout")
    for _ in range(2):
        api.start("host_reboot", "one-key", host="i-0a")
        core.clock.advance(1)
    assert [row["status"] for row in core.audit] == [201, 200]
