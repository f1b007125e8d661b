"""Retries from the step that failed."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.catalog.model import Resumption
from chalicelib.control.model import ExecutionStatus, HistoryEvent
from chalicelib.control.timeline import TimelineEvent
from tests.unit.api.test_timelines import FakeTimelines
from tests.unit.api.world import FakeCore, Gateway, Reply

GOES_ON = Resumption("hash-resume", ("drain", "boot", "back"), ("drain", "boot", "back"), {"drain": (0, 3)}, (), ())
AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def resumable(core: FakeCore) -> FakeCore:
    workflows = dict(core.bundle.workflows)
    workflows["host_reboot"] = workflows["host_reboot"]._replace(resumption=GOES_ON, effect_timeout_s=0)
    core.bundle = replace(core.bundle, workflows=workflows)
    core.timelines = FakeTimelines({})
    return core


def tell(core: FakeCore, dispatch: str, *steps: str) -> None:
    """Have its history say that these steps were done, and that the last one failed."""
    events, told = [], []
    for at, step in enumerate(steps):
        events += [HistoryEvent(2 * at + 1, 2 * at, "entered", step)]
        told += [TimelineEvent(2 * at + 1, 2 * at, "TaskStateEntered", AT + timedelta(seconds=at), step)]
        if step != steps[-1]:
            events += [HistoryEvent(2 * at + 2, 2 * at + 1, "exited", step, {step: {"of": step}})]
            told += [TimelineEvent(2 * at + 2, 2 * at + 1, "TaskStateExited", AT + timedelta(seconds=at), step)]
    told += [TimelineEvent(99, 2 * len(steps) - 1, "ExecutionFailed", AT, error="Odd")]
    core.executions.histories[dispatch] = events
    assert isinstance(core.timelines, FakeTimelines)
    core.timelines = FakeTimelines({**core.timelines.known, dispatch: tuple(told)})


def fail(core: FakeCore, api: Gateway, *steps: str) -> str:
    dispatch = str(api.start("host_reboot", host="i-0a").body["id"])
    tell(core, dispatch, *steps)
    core.end(dispatch, ExecutionStatus.FAILED, "Odd")
    return dispatch


def retry(api: Gateway, dispatch: str, key: str = "r", begin: str = "failed", **body: Any) -> Reply:
    raw = json.dumps({"reason": "mended", "from": begin, **body}).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    return api.send("POST", f"/v1/dispatches/{dispatch}/retry", raw, headers)


def test_it_goes_on_from_the_failed_step_and_says_so_everywhere(resumable: FakeCore, api: Gateway) -> None:
    failed = fail(resumable, api, "drain", "boot")
    again = retry(api, failed)
    resumed = {"dispatch": failed, "step": "boot", "done": ["drain"]}
    assert (again.status, again.body["resumes"], again.body["repeats"]) == (201, resumed, [])
    dispatch = again.body["id"]
    machine, given = resumable.executions.started[dispatch]
    assert (machine, given["from"], given["variables"]) == ("host_reboot.resume", "boot", {"drain": {"of": "drain"}})
    shown = api.get(f"/v1/dispatches/{dispatch}").body
    assert (shown["workflow"], shown["resumes"], shown["requested"]["retries"]) == ("host_reboot", resumed, failed)
    assert f"goes on from boot, where {failed} failed" in shown["reason"]
    assert api.get(f"/v1/dispatches/{dispatch}/timeline").body["resumes"] == resumed
    assert api.get(f"/v1/dispatches/{dispatch}/why").body["resumes"] == resumed


def test_the_same_key_again_gives_the_same_and_another_wish_under_it_is_refused(
    resumable: FakeCore, api: Gateway
) -> None:
    failed = fail(resumable, api, "drain", "boot")
    first, second = retry(api, failed), retry(api, failed)
    assert (second.status, second.body["repeated"]) == (200, True)
    assert (second.body["id"], second.body["resumes"]) == (first.body["id"], first.body["resumes"])
    other = retry(api, failed, begin="start", repeat=True)
    assert (other.status, other.body["type"]) == (422, "urn:interlock:problem:idempotency-key-reused")


def test_who_has_held_the_object_since_is_named(resumable: FakeCore, api: Gateway) -> None:
    failed = fail(resumable, api, "drain", "boot")
    holder = api.start("host_tag", host="i-0a").body["id"]
    refused = retry(api, failed)
    assert (refused.status, refused.body["type"]) == (409, "urn:interlock:problem:cannot-resume")
    (taken,) = refused.body["taken"]
    assert (taken["object"], taken["workflow"], taken["dispatch"]) == ("host/i-0a", "host_tag", holder)
    resumable.end(holder)
    refused = retry(api, failed)
    assert "host/i-0a has been held by host_tag since" in refused.body["detail"]
    assert '"from": "start"' in refused.body["detail"]
    assert refused.body["taken"][0]["dispatch"] == ""
    assert retry(api, failed, begin="start", repeat=True).status == 201


def test_at_the_first_step_there_is_nothing_to_go_on_from(resumable: FakeCore, api: Gateway) -> None:
    again = retry(api, fail(resumable, api, "drain"))
    assert (again.status, again.body["resumes"]) == (201, None)
    assert resumable.executions.started[again.body["id"]][0] == "host_reboot"


def test_from_the_start_the_way_on_is_offered(resumable: FakeCore, api: Gateway) -> None:
    failed = fail(resumable, api, "drain", "boot")
    refused = retry(api, failed, begin="start")
    assert (refused.status, refused.body["repeats"]) == (409, ["drain"])
    assert '"from": "failed"' in refused.body["detail"]


def test_what_a_resumed_run_had_taken_over_is_repeated_from_the_start_too(resumable: FakeCore, api: Gateway) -> None:
    again = retry(api, fail(resumable, api, "drain", "boot")).body["id"]
    tell(resumable, again, "boot", "back")
    resumable.end(again, ExecutionStatus.FAILED, "Odd")
    assert retry(api, again, "s", begin="start").body["repeats"] == ["drain", "boot"]
    third = retry(api, again, "t")
    assert (third.body["resumes"]["step"], third.body["resumes"]["done"]) == ("back", ["drain", "boot"])
    assert resumable.executions.started[third.body["id"]][1]["variables"] == {"drain": {"of": "drain"}}


@pytest.mark.parametrize("why", ["undoes", "one step", "changed", "no history", "never ran"])
def test_where_it_cannot_be_that_is_said_and_nothing_is_recorded(resumable: FakeCore, api: Gateway, why: str) -> None:
    failed = fail(resumable, api, "drain", "boot")
    workflow = resumable.bundle.workflows["host_reboot"]
    if why == "no history":
        resumable.timelines = FakeTimelines({})
    if why == "never ran":
        holder = api.start("host_tag", host="i-0a").body["id"]
        failed = api.start("host_stop", host="i-0a").body["dispatch"]
        resumable.end(holder)
    changes: dict[str, dict[str, Any]] = {
        "undoes": {"undoes": True, "resumption": None},
        "one step": {"resumption": None},
        "changed": {"hash": "another"},
    }
    changed = workflow._replace(**changes.get(why, {}))
    resumable.bundle = replace(resumable.bundle, workflows={**resumable.bundle.workflows, "host_reboot": changed})
    before = dict(resumable.changed)
    refused = retry(api, failed)
    assert (refused.status, refused.body["type"]) == (409, "urn:interlock:problem:cannot-resume")
    said = {
        "undoes": "was taken back",
        "one step": "can only begin at its first step",
        "changed": "has changed since",
        "no history": "its history is gone",
        "never ran": "it is rejected, so no step of it has run",
    }
    assert said[why] in refused.body["detail"]
    assert resumable.changed == before
