from dataclasses import replace
from typing import Any

import pytest

from chalicelib.api import locks as locks_module
from chalicelib.catalog.model import Intent
from tests.builders import HOST, make_workflow
from tests.unit.api.world import FakeCore, Gateway


def test_nothing_is_held_at_first(api: Gateway) -> None:
    assert api.get("/v1/locks").body == {"locks": [], "complete": True}


@pytest.mark.parametrize("path", ["/v1/locks", "/v1/locks?object=host/i-0a"])
def test_an_object_shows_its_holder_and_who_waits_in_order(core: FakeCore, api: Gateway, path: str) -> None:
    holder = api.start("host_reboot", host="i-0a").body["id"]
    core.clock.advance(1)
    later = api.start("host_reboot", host="i-0a").body["id"]
    core.label_tier = None if False else None  # type: ignore[attr-defined]
    core.clock.advance(1)
    last = api.start("host_tag", host="i-0a").body["id"]
    reply = api.get(path)
    assert reply.body["complete"] is True
    assert reply.body["locks"] == [
        {
            "object": "host/i-0a",
            "state": None,
            "fence": 1,
            "holders": [
                {
                    "dispatch": holder,
                    "workflow": "host_reboot",
                    "intent": "disrupt",
                    "fence": 1,
                    "since": "2026-01-01T00:00:00.000Z",
                }
            ],
            "waiting": [
                waiter(1, later, "host_reboot", "disrupt", "2026-01-01T00:00:01.000Z"),
                waiter(2, last, "host_tag", "configure", "2026-01-01T00:00:02.000Z"),
            ],
        }
    ]


def waiter(position: int, dispatch: str, workflow: str, intent: str, since: str) -> dict[str, Any]:
    return {
        "position": position, "dispatch": dispatch, "workflow": workflow, "intent": intent, "rank": 2, "since": since,
    }  # fmt: skip
