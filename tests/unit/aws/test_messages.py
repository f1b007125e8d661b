"""The hold queue and the bus as control uses them."""

import json
from typing import Any

import pytest

from chalicelib.aws.publisher import BusPublisher
from chalicelib.aws.queues import OwnQueues, read_message, read_start
from chalicelib.errors import StoreUnavailable


class RecordingClient:
    def __init__(self, failed: int = 0) -> None:
        self.failed = failed
        self.requests: list[dict[str, Any]] = []

    def get(self, _service: str) -> "RecordingClient":
        return self

    def send_message(self, **request: Any) -> None:
        self.requests.append(request)

    def put_events(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        return {"FailedEntryCount": self.failed, "Entries": [{"ErrorCode": "InternalFailure"}]}


@pytest.mark.parametrize(("seconds", "delay", "left"), [(0, 0, 0), (120, 120, 0), (900, 900, 0), (2000, 900, 1100)])
def test_a_delay_longer_than_the_queues_is_chained(seconds: int, delay: int, left: int) -> None:
    client = RecordingClient()
    OwnQueues(client, "url", "starts").send("d-1", seconds)
    (request,) = client.requests
    assert request["DelaySeconds"] == delay
    assert read_message(request["MessageBody"]) == ("d-1", left)


def test_a_throttled_start_goes_to_the_queue_of_starts() -> None:
    client = RecordingClient()
    OwnQueues(client, "url", "starts").pace("d-1", 3, 8)
    (request,) = client.requests
    assert (request["QueueUrl"], request["DelaySeconds"]) == ("starts", 8)
    assert read_start(request["MessageBody"]) == ("d-1", 3)


def test_an_event_is_put_on_interlocks_own_bus() -> None:
    client = RecordingClient()
    BusPublisher(client, "interlock-dev").publish("Page Requested", {"page": "sre"})
    (entry,) = client.requests[0]["Entries"]
    assert (entry["EventBusName"], entry["Source"], entry["DetailType"]) == (
        "interlock-dev",
        "interlock",
        "Page Requested",
    )
    assert json.loads(entry["Detail"]) == {"page": "sre"}


def test_an_event_that_the_bus_did_not_take_is_an_error() -> None:
    with pytest.raises(StoreUnavailable, match="InternalFailure"):
        BusPublisher(RecordingClient(failed=1), "b").publish("x", {})
