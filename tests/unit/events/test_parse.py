"""Parsing: the corpus of raw payloads, and every way in which an event can be malformed."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.errors import MalformedEvent
from chalicelib.events.model import Observation
from chalicelib.events.parse import MAX_BYTES, MAX_DEPTH, parse
from chalicelib.identity import Home, ObjectId

CORPUS = Path(__file__).parents[2] / "corpus" / "events"
HOME = Home("123456789012", "us-east-1")


def read_corpus(name: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads((CORPUS / f"{name}.json").read_text())
    return payload


def change(path: str, value: Any, name: str = "ec2_stopped") -> dict[str, Any]:
    raw = copy.deepcopy(read_corpus(name))
    *outer, key = path.split(".")
    target = raw
    for part in outer:
        target = target[part]
    target[key] = value
    return raw


def remove(path: str, name: str = "ec2_stopped") -> dict[str, Any]:
    raw = change(path, None, name)
    *outer, key = path.split(".")
    target = raw
    for part in outer:
        target = target[part]
    del target[key]
    return raw


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.json")), ids=lambda path: path.stem)
def test_every_payload_of_the_corpus_is_understood(path: Path) -> None:
    raw = json.loads(path.read_text())
    event = parse(raw, HOME)
    assert (event.id, event.source, event.type) == (raw["id"], raw["source"], raw["detail-type"])
    assert event.raw == raw
    assert event.detail == raw["detail"]
    assert event.time.tzinfo is UTC


def test_a_stopped_instance_is_observed_as_a_host_in_its_own_account_and_region() -> None:
    event = parse(read_corpus("ec2_running_other_account"), HOME)
    assert event.home == Home("210987654321", "eu-central-1")
    assert event.observations == (
        Observation(
            ObjectId("210987654321", "eu-central-1", "host", "i-0abcd2222"),
            "running",
            datetime(2026, 3, 11, 21, 31, 7, tzinfo=UTC),
        ),
    )


def test_an_event_from_outside_is_its_own_root() -> None:
    event = parse(read_corpus("ec2_stopped"), HOME)
    assert (event.root_id, event.hops) == (event.id, 0)


def test_an_event_from_outside_cannot_claim_a_root_or_hops() -> None:
    raw = change("detail.hops", 7)
    raw["detail"]["root_id"] = "someone-else"
    event = parse(raw, HOME)
    assert (event.root_id, event.hops) == (event.id, 0)


def test_interlocks_own_event_carries_root_hops_labels_and_when_the_atom_looked() -> None:
    event = parse(read_corpus("interlock_state_changed"), HOME)
    assert (event.root_id, event.hops) == ("7bf73129-1428-4cd3-a780-95db273d1602", 1)
    (seen,) = event.observations
    assert str(seen.object) == "123456789012/us-east-1/host/i-0abcd1111"
    assert seen.state == "running"
    assert seen.at == datetime(2026, 3, 11, 21, 33, 8, 412000, tzinfo=UTC)
    assert seen.labels == {"service": "checkout", "zone": "us-east-1a"}


def test_interlocks_own_event_may_name_an_object_of_another_account_and_have_no_labels() -> None:
    raw = change("detail.object", "999999999999/eu-west-1/service/ledger", "interlock_state_changed")
    del raw["detail"]["labels"]
    (seen,) = parse(raw, HOME).observations
    assert str(seen.object) == "999999999999/eu-west-1/service/ledger"
    assert seen.labels == {}


def test_another_event_of_interlock_carries_its_root_and_no_observation() -> None:
    raw = change("detail-type", "Dispatch Settled", "interlock_state_changed")
    event = parse(raw, HOME)
    assert event.observations == ()
    assert event.hops == 1


def test_an_envelope_without_account_and_region_belongs_to_the_home() -> None:
    raw = remove("account")
    del raw["region"]
    assert parse(raw, HOME).home == HOME


def test_a_time_with_an_offset_is_read_to_utc() -> None:
    assert parse(read_corpus("hostile_strings"), HOME).time == datetime(2026, 3, 11, 19, 29, 54, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        (None, "it is not a JSON object"),
        ([], "it is not a JSON object"),
        ("{}", "it is not a JSON object"),
        ({}, "source is missing"),
        (remove("id"), "id is missing"),
        (change("id", ""), "id is empty"),
        (change("id", 7), "id must be a string, not a number"),
        (change("source", None), "source must be a string, not null"),
        (change("detail-type", True), "detail-type must be a string, not a boolean"),
        (change("detail", []), "detail must be an object, not a list"),
        (change("time", "yesterday"), "time is not an ISO 8601 time: 'yesterday'"),
        (change("time", "2026-03-11T21:29:54"), "time has no offset from UTC: '2026-03-11T21:29:54'"),
        (change("time", "0001-01-01T00:00:00+10:00"), "time is not an ISO 8601 time: '0001-01-01T00:00:00+10:00'"),
        (change("account", "1/2"), "account must not hold a slash: '1/2'"),
        (change("region", {}), "region must be a string, not an object"),
        (remove("detail.instance-id"), "detail.instance-id is missing"),
        (
            change("detail.instance-id", "a/b"),
            "detail.instance-id: 'a/b' is no instance: it holds a slash",
        ),
        (change("detail.state", 3.5), "detail.state must be a string, not a number"),
        (remove("detail.hops", "interlock_state_changed"), "detail.hops is missing"),
        (remove("detail.root_id", "interlock_state_changed"), "detail.root_id is missing"),
        (change("detail.hops", True, "interlock_state_changed"), "detail.hops must be a whole number, not a boolean"),
        (change("detail.hops", -1, "interlock_state_changed"), "detail.hops is negative"),
        (
            change("detail.labels", {"zone": 1}, "interlock_state_changed"),
            "detail.labels.zone must be a string, not a number",
        ),
        (
            change("detail.object", "host", "interlock_state_changed"),
            "detail.object: 'host' is not an object id: write kind/name or account/region/kind/name",
        ),
        (change("detail.x", float("nan")), "a number is not finite"),
        (change("detail.x", {1: 2}), "a key is not a string"),
        (change("detail.x", b"bytes"), "a value of type bytes is not JSON"),
        (change("detail.x", 10**5000), "a number has too many digits"),
        (change("detail.x", "\ud800"), "a string is not Unicode text: it holds half of a surrogate pair"),
        (change("detail.x", "x" * MAX_BYTES), f"it is longer than {MAX_BYTES} bytes"),
        (change("detail.x", [0] * MAX_BYTES), f"it is longer than {MAX_BYTES} bytes"),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "raw",
)
def test_a_malformed_event_is_refused_with_its_cause(raw: Any, cause: str) -> None:
    with pytest.raises(MalformedEvent) as refused:
        parse(raw, HOME)
    assert str(refused.value) == f"The event cannot be understood: {cause}."


def nest(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


def test_an_event_may_nest_up_to_the_limit_and_not_beyond() -> None:
    inside = MAX_DEPTH - 3
    assert parse(change("detail.x", nest(inside)), HOME).detail["x"] == nest(inside)
    with pytest.raises(MalformedEvent, match="deeper than 100 levels"):
        parse(change("detail.x", nest(inside + 1)), HOME)
    with pytest.raises(MalformedEvent, match="deeper than 100 levels"):
        parse(change("detail.x", nest(100_000)), HOME)


def test_an_event_that_holds_itself_is_refused_in_bounded_time() -> None:
    loop: list[Any] = []
    loop += [loop, loop]
    with pytest.raises(MalformedEvent):
        parse(change("detail.x", loop), HOME)


def test_an_event_of_exactly_the_largest_size_is_accepted() -> None:
    raw = change("detail.x", "")
    room = MAX_BYTES - len(json.dumps(raw, separators=(",", ":"), ensure_ascii=False).encode())
    assert parse(change("detail.x", "x" * room), HOME)
    with pytest.raises(MalformedEvent, match="longer than"):
        parse(change("detail.x", "x" * (room + 1)), HOME)
