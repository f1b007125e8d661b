# ruff: noqa: N803 - the arguments are botocore's
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from chalicelib.atoms.contract import Change
from chalicelib.atoms.errors import Unavailable
from chalicelib.aws.bus import Bus, Outbox
from tests.unit.atoms.fakes import DISPATCH, client_error

NOW = datetime(2026, 3, 1, 14, 5, 6, 789000, tzinfo=timezone(timedelta(hours=2)))


class FakeEvents:
    def __init__(self, error: Exception | None = None, failed: Sequence[str | None] = ()) -> None:
        self.requests: list[list[dict[str, Any]]] = []
        self._error, self._failed = error, failed

    def get(self, service: str) -> "FakeEvents":
        assert service == "events"
        return self

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        self.requests.append(Entries)
        if self._error:
            raise self._error
        return {
            "FailedEntryCount": len([code for code in self._failed if code]),
            "Entries": [{"ErrorCode": code} if code else {"EventId": "e"} for code in self._failed],
        }


def send(events: FakeEvents, *changes: Change) -> Outbox:
    outbox = Outbox(Bus(events, "interlock-dev"), DISPATCH, lambda: NOW)
    for change in changes:
        outbox.emit(change)
    outbox.publish()
    return outbox


def test_a_change_is_published_with_its_time_in_utc_and_one_hop_more() -> None:
    events = FakeEvents()
    send(events, Change("host/i-1", "running", {"zone": "a"}))
    [[entry]] = events.requests
    detail = json.loads(entry.pop("Detail"))
    assert entry == {
        "EventBusName": "interlock-dev",
        "Source": "interlock",
        "DetailType": "Object State Changed",
        "Time": NOW.astimezone(UTC),
    }
    assert detail == {
        "object": "host/i-1",
        "state": "running",
        "at": "2026-03-01T12:05:06.789000+00:00",
        "labels": {"zone": "a"},
        "dispatch": "d1",
        "fence": 7,
        "root_id": "e1",
        "hops": 3,
    }


def test_changes_go_in_order_ten_to_a_request() -> None:
    events = FakeEvents()
    send(events, *[Change(f"host/i-{number}", "running") for number in range(23)])
    assert [len(entries) for entries in events.requests] == [10, 10, 3]
    sent = [json.loads(entry["Detail"])["object"] for entries in events.requests for entry in entries]
    assert sent == [f"host/i-{number}" for number in range(23)]


def test_nothing_observed_makes_no_request() -> None:
    events = FakeEvents()
    send(events)
    assert events.requests == []


def test_what_was_published_is_not_published_again() -> None:
    events = FakeEvents()
    send(events, Change("host/i-1", "running")).publish()
    assert len(events.requests) == 1


@pytest.mark.parametrize(
    "events",
    [
        FakeEvents(failed=[None, "ThrottlingException"]),
        FakeEvents(error=client_error("ThrottlingException", "PutEvents")),
        FakeEvents(error=client_error("AccessDeniedException", "PutEvents")),
        FakeEvents(error=ReadTimeoutError(endpoint_url="https://events.example")),
    ],
)
def test_an_entry_that_was_not_taken_makes_the_run_fail_without_claiming_that_nothing_was_done(
    events: FakeEvents,
) -> None:
    with pytest.raises(Unavailable, match="could not be published") as raised:
        send(events, Change("host/i-1", "running"), Change("host/i-2", "running"))
    assert not raised.value.nothing_done
