"""The API: AWS calls of each route, pages over 10,000 dispatches, and the CPU of a request without network.

Calls are counted on moto (`bench.calls`). Pages are read from the in-memory store, which counts what it is asked and what it
gives: those do not depend on whose store it is. CPU is that of a request through Chalice over the in-memory store, against
two bare botocore calls whose network answers at once (`bench.warm`); all sides take turns in one run.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from statistics import median
from typing import Any

from botocore.session import Session

from bench.calls import deployed
from bench.warm import EACH, HOME, OBJECT, ROUNDS, Network, take_cpu
from chalicelib.control.ports import Page
from chalicelib.control.records import dispatch_key, ended_lane
from chalicelib.control.transaction import Key
from tests.builders import make_bundle
from tests.unit.api.world import FakeCore, Gateway, make_gateway

DISPATCHES = 10_000
PAGE = 200
JSON = {"Content-Type": "application/json"}


def count_calls() -> dict[str, Any]:
    """Ask each route once, and list the AWS calls that it made."""
    with deployed() as (ports, bundle, counter):
        api = make_gateway(FakeCore(ports=ports, bundle=bundle))
        counts: dict[str, list[str]] = {}

        def ask(name: str, run: Callable[[], Any]) -> Any:
            counter.take()
            reply = run()
            if reply.status >= 500:
                raise RuntimeError(name, reply)
            counts[name] = counter.take()["calls"]
            return reply.body

        started = ask("POST /v1/dispatches", lambda: api.start("host_reboot", host="i-0a"))["id"]
        waiter = ask("the same, queued", lambda: api.start("host_reboot", host="i-0a"))["id"]
        ask("the same, refused", lambda: api.start("host_stop", host="i-0a"))
        api.start("host_reboot", "k", host="i-0b")
        ask("the same key again, before it is seen to run", lambda: api.start("host_reboot", "k", host="i-0b"))
        for path in ("me", "version", "catalog", "catalog/host_reboot", "rules", "openapi.json", "freezes"):
            ask(f"GET /v1/{path}", lambda path=path: api.get(f"/v1/{path}"))  # type: ignore[misc]
        ask("GET /v1/dispatches/{id}", lambda: api.get(f"/v1/dispatches/{started}"))
        ask("GET /v1/dispatches?state=running", lambda: api.get("/v1/dispatches?state=running"))
        ask("GET /v1/decisions/{event}", lambda: api.get(f"/v1/decisions/{started}"))
        ask("GET /v1/locks", lambda: api.get("/v1/locks"))
        ask("GET /v1/locks?object=", lambda: api.get("/v1/locks?object=host/i-0a"))
        reason = b'{"reason": "bench"}'
        ask("POST …/cancel", lambda: api.send("POST", f"/v1/dispatches/{waiter}/cancel", reason, JSON))
        frozen = json.dumps({"reason": "bench", "seconds": 60}).encode()
        made = ask(
            "POST /v1/freezes", lambda: api.send("POST", "/v1/freezes", frozen, {**JSON, "Idempotency-Key": "f"})
        )
        ask("DELETE /v1/freezes/{id}", lambda: api.send("DELETE", f"/v1/freezes/{made['id']}"))
        stranger = "arn:aws:iam::999999999999:user/x"
        ask("refused for want of a role", lambda: api.send("GET", "/v1/locks", principal=stranger))
    return {name: {"count": len(calls), "calls": _shorten(calls)} for name, calls in counts.items()}


def _shorten(calls: list[str]) -> str:
    return ", ".join(f"{calls.count(name)} {name}" for name in dict.fromkeys(calls)) or "none"


@dataclass
class Asked:
    """A store that counts what lists ask of it and what they are given."""

    inner: Any
    queries: int = 0
    rows: int = 0

    def list_lane(self, lane: str, **options: Any) -> Page:
        """Pass it on."""
        found: Page = self.inner.list_lane(lane, **options)
        self.queries += 1
        self.rows += len(found.items)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def read_pages() -> dict[str, Any]:
    """Read 10,000 ended dispatches of one day, page by page."""
    core = FakeCore()
    api = make_gateway(core)
    first = api.start("host_reboot", host="i-0a").body["id"]
    core.end(first)
    row = core.store.rows.pop(dispatch_key(first))
    at = core.clock.now()
    for number in range(DISPATCHES):
        name = f"{number:020x}-{number:020x}"
        key = dispatch_key(name)
        stamp = f"2026-01-01T{number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}.000Z"
        fields = {"pk": key.pk, "sk": key.sk, "id": name, "lane": ended_lane(name, at), "lane_at": stamp}
        core.store.rows[Key(*key)] = {**row, **fields, "ended_at": stamp}
    store = Asked(core.store)
    core.ports = core.ports._replace(store=store)
    core.clock.advance(12 * 3600)
    seen: list[str] = []
    worst: Mapping[str, int] = {"queries": 0, "rows": 0}
    pages, cursor = 0, ""
    while cursor is not None and len(seen) < DISPATCHES:
        before = (store.queries, store.rows)
        page = api.get(f"/v1/dispatches?limit={PAGE}{cursor and f'&cursor={cursor}'}").body
        seen += [one["id"] for one in page["dispatches"]]
        pages, cursor = pages + 1, page["next"]
        spent = {"queries": store.queries - before[0], "rows": store.rows - before[1]}
        worst = max(worst, spent, key=lambda one: one["rows"])
    return {
        "dispatches": len(set(seen)),
        "shown twice": len(seen) - len(set(seen)),
        "pages of 200": pages,
        "queries a page": round(store.queries / pages, 1),
        "rows read for each shown": round(store.rows / len(seen), 2),
        "the worst page": worst,
    }


def compare_cpu() -> dict[str, Any]:
    """Take turns, and give the ratios of the medians to two bare calls."""
    os.environ |= {"AWS_REGION": HOME.region, "AWS_DEFAULT_REGION": HOME.region}
    os.environ |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    network = Network()
    bare: Any = Session().create_client("dynamodb")
    network.watch(bare)
    key = {"pk": {"S": "x"}, "sk": {"S": "object"}}
    core = FakeCore(bundle=make_bundle())
    api: Gateway = make_gateway(core)
    started = api.start("host_reboot", host="i-0a").body["id"]
    numbers = count()

    def call_twice() -> None:
        bare.batch_get_item(RequestItems={"bench": {"Keys": [key], "ConsistentRead": True}})
        bare.transact_write_items(TransactItems=[{"Put": {"TableName": "bench", "Item": OBJECT}}])

    sides: dict[str, Callable[[], object]] = {
        "two bare calls": call_twice,
        "GET /v1/me": lambda: api.get("/v1/me"),
        "GET /v1/catalog/{name}": lambda: api.get("/v1/catalog/host_reboot"),
        "GET /v1/dispatches/{id}": lambda: api.get(f"/v1/dispatches/{started}"),
        "POST /v1/dispatches": lambda: api.start("host_reboot", host=f"i-{next(numbers):x}"),
    }
    took: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, run in sides.items():
            took[name].append(take_cpu(run))
    floor = median(took.pop("two bare calls"))
    return {
        "requests of each": ROUNDS * EACH,
        "against two bare calls": {name: round(median(times) / floor, 2) for name, times in took.items()},
    }


if __name__ == "__main__":
    print(
        json.dumps({"calls": count_calls(), "pages": read_pages(), "cpu": compare_cpu()}, indent=1, ensure_ascii=False)
    )
