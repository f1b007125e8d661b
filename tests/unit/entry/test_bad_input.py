"""Whatever arrives at the decision function: nothing but a dead letter, or data that is never evaluated."""

import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.catalog.model import Branch, RuleMode, Tier
from chalicelib.entry.decide import take_payload
from chalicelib.wiring.core import Core
from tests.builders import HOME, make_bundle, make_event, make_ports, make_rule
from tests.fakes import FakeExecutions, FakePublisher, MemoryStore


def make_core(**changes: Any) -> Core:
    return Core(make_ports(), make_bundle(**changes), HOME, "test")


def read(core: Core) -> list[dict[str, Any]]:
    assert isinstance(core.ports.store, MemoryStore)
    return list(core.ports.store.rows.values())


def list_started(core: Core) -> dict[str, Any]:
    assert isinstance(core.ports.executions, FakeExecutions)
    return {name: given["input"] for name, (_, given) in core.ports.executions.started.items()}


def list_pages(core: Core) -> list[dict[str, Any]]:
    assert isinstance(core.ports.publisher, FakePublisher)
    return [dict(detail) for kind, detail in core.ports.publisher.published if kind == "Page Requested"]


def nest(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


BAD: dict[str, Any] = {
    "text that is not JSON": "{not json",
    "a number": 7,
    "nothing": None,
    "a list": [make_event()],
    "an object without any field": {},
    "1 MB": {**make_event(), "detail": {"instance-id": "i-0a", "state": "stopped", "x": "y" * 1_048_576}},
    "nested 1,000 deep": {**make_event(), "detail": nest(1000)},
    "a detail that is text": {**make_event(), "detail": "stopped"},
    "a time that is none": {**make_event(), "time": "$(date)"},
    "an id that is an object": {**make_event(), "id": {"$eval": "1"}},
    "half a surrogate pair": {**make_event(), "detail": {"instance-id": "i-0a", "state": "\ud800"}},
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_event_changes_nothing_but_a_dead_letter(name: str) -> None:
    core = make_core()
    answer = take_payload(BAD[name], core)
    assert answer["outcome"] == "dead letter"
    assert answer["cause"]
    (row,) = read(core)
    assert (row["outcome"], row["cause"]) == ("dead letter", answer["cause"])
    assert list_started(core) == {}
    assert list_pages(core) == []


@pytest.mark.parametrize("name", [name for name in BAD if name not in {"half a surrogate pair", "nested 1,000 deep"}])
def test_a_queues_message_that_is_no_event_is_a_message_and_hinders_no_other(name: str) -> None:
    check_message(BAD[name] if isinstance(BAD[name], str) else json.dumps(BAD[name]))


def test_so_is_one_that_nests_deep() -> None:
    check_message('{"a": ' * 1000 + "1" + "}" * 1000)


def check_message(body: str) -> None:
    core = make_core()
    records = [
        {
            "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:111122223333:jobs", "messageId": f"m{n}",
            "body": text, "attributes": {"SentTimestamp": "1767225600000"},
        }
        for n, text in enumerate([body, json.dumps(make_event())])
    ]  # fmt: skip
    answer = take_payload({"Records": records}, core)
    assert answer["batchItemFailures"] == []
    assert [one["outcome"] for one in answer["events"]][-1] == "verdicts"
    assert len(list_started(core)) == 1


HOSTILE = (
    "{% $eval('1') %}",
    "$(touch /tmp/owned)",
    "`id`",
    "'; DROP TABLE x; --",
    "${jndi:ldap://x}",
    "[red]x[/red]",
    "\x1b[31m",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_an_event_is_data_wherever_it_goes(text: str) -> None:
    core = make_core()
    answer = take_payload(make_event(host=text), core)
    if "/" in text:
        # No object can be called so.
        assert (answer["outcome"], list_started(core)) == ("dead letter", {})
    else:
        assert list(list_started(core).values()) == [{"host": text}]


BROKEN = make_rule(
    name="broken", branches=(Branch(when="$event.detail.nothing > 1", page="sre"), Branch(None, page="sre"))
)
TIERS = (Tier("P0", 0, "boss"), Tier("P1", 1, "sre"), Tier("P2", 2, "owner"))


def test_a_rule_that_fails_hinders_no_other_is_recorded_and_pages_once_for_a_bundle() -> None:
    core = make_core(rules=(BROKEN, make_rule()), tiers=TIERS)
    for n in range(4):
        answer = take_payload(make_event(f"e{n}", host=f"i-{n}"), core)
        assert [one["state"] for one in answer["verdicts"]] == ["undecided", "reserved"]
    take_payload(make_event("e0", host="i-0"), core)
    assert len(list_started(core)) == 4
    (page,) = list_pages(core)
    assert (page["page"], page["rule"]) == ("owner", "broken")
    assert page["reason"].startswith("rule broken could not be decided: branch 1: ")
    newer = core._replace(bundle=replace(core.bundle, version="bundle-2"))
    take_payload(make_event("e9", host="i-9"), newer)
    assert len(list_pages(core)) == 2


def test_a_page_about_a_broken_rule_that_was_cut_off_is_sent_by_the_second_delivery() -> None:
    class Silent(FakePublisher):
        def publish(self, detail_type: str, detail: Any) -> None:
            raise ConnectionError(detail_type, detail)

    core = make_core(rules=(BROKEN,), tiers=TIERS)
    cut_off = core._replace(ports=core.ports._replace(publisher=Silent()))
    with pytest.raises(ConnectionError):
        take_payload(make_event(), cut_off)
    take_payload(make_event(), core)
    take_payload(make_event(), core)
    assert len(list_pages(core)) == 1


def test_a_chain_that_is_too_long_is_held_and_pages_once_for_its_root() -> None:
    core = make_core(tiers=TIERS, rules=(make_rule(match={"source": ["interlock"]}, object="host/i-0a"),))
    detail = {
        "object": "host/i-0a",
        "state": "stopped",
        "at": "2026-01-01T00:00:00Z",
        "labels": {},
        "root_id": "r",
        "hops": 9,
    }
    for n in range(3):
        raw = make_event(f"e{n}") | {"source": "interlock", "detail-type": "Object State Changed", "detail": detail}
        answer = take_payload(raw, core)
        assert [one["state"] for one in answer["verdicts"]] == ["held"]
    (page,) = list_pages(core)
    assert page["reason"].startswith("rule host_stopped was held: 9 dispatches lie between")


def test_nobody_is_paged_where_nobody_is_named_and_a_shadow_rule_pages_nobody() -> None:
    for core in (make_core(rules=(BROKEN,)), make_core(rules=(BROKEN._replace(mode=RuleMode.SHADOW),), tiers=TIERS)):
        take_payload(make_event(), core)
        assert list_pages(core) == []
