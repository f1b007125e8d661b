"""What watches a soak must see what is wrong, or it proves nothing."""

import random

from chalicelib.control.model import ExecutionStatus
from chalicelib.control.records import Group, object_key
from tests.behaviour import World
from tests.behaviour_claims import observe
from tests.builders import HOST, make_ports
from tests.fakes import MemoryStore
from tests.soak_watch import find_live_clashes
from tests.soak_work import Work, make_policy

CHECKOUT = Group("service", "checkout", "host").key


def make_watched() -> tuple[World, MemoryStore]:
    store = MemoryStore()
    world = World(make_ports(store), make_policy())
    observe(world, "i-0", "i-1")
    return world, store


def watch(world: World, store: MemoryStore) -> list[str]:
    return list(find_live_clashes(world.executions, store, world.bundle))


def test_two_executions_on_one_host_are_seen_whatever_the_table_says() -> None:
    world, store = make_watched()
    first = world.ask("host_stop", "e1", host="i-0").dispatch
    assert watch(world, store) == []
    store.rows.pop(object_key(HOST._replace(name="i-0")))
    second = world.ask("host_tag", "e2", host="i-0").dispatch
    (found,) = watch(world, store)
    assert first in found
    assert second in found
    world.executions.end(first, ExecutionStatus.SUCCEEDED)
    assert watch(world, store) == []


def test_a_service_that_is_drained_while_one_of_its_hosts_is_disrupted_is_seen() -> None:
    world, store = make_watched()
    world.ask("host_stop", "e1", host="i-0")
    world.executions.start(
        "drain", "by-hand", world.executions.started[world.ask("host_tag", "e2", host="i-1").dispatch][1]
    )
    given = {"dispatch": {"fences": {str(HOST._replace(kind="service", name="checkout")): 1}}, "retired": False}
    world.executions.started["by-hand"] = ("drain", given)
    assert any("service/checkout" in found for found in watch(world, store))


def test_a_budget_that_is_passed_and_a_second_holder_are_seen() -> None:
    world, store = make_watched()
    held = world.ask("host_stop", "e1", host="i-0").dispatch
    key = object_key(HOST._replace(name="i-0"))
    store.rows[key]["holder#other"] = {**store.rows[key][f"holder#{held}"], "fence": 9}
    store.rows[CHECKOUT]["used#few"] = 58
    found = watch(world, store)
    assert any("holding" in one and "other" in one for one in found)
    assert "58 of 57 disrupted in checkout" in found


def test_all_that_is_promised_to_be_made_up_is() -> None:
    world, store = make_watched()
    observe(world, *(f"i-{number}" for number in range(190, 200)), service="ledger")
    work = Work(random.Random(3), world, world)
    for _ in range(400):
        work.ask()()
    rows = [row for key, row in store.rows.items() if key.sk.startswith("dispatch#")]
    assert {"settling", "rolling", "awaiting", "queued", "coalesced", "rejected"} <= {row["state"] for row in rows}
    work.freeze()()
    assert work.answer() is not None
