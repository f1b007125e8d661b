"""The timeline of a dispatch, and retries."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib.control.model import ExecutionStatus
from chalicelib.control.timeline import TimelineEvent
from tests.builders import make_bundle, make_workflow
from tests.unit.api.world import ANA, BEN, FakeCore, Gateway, Reply
from tests.unit.control.test_timeline import RETRIED, write


@dataclass
class FakeTimelines:
    """Timelines by the names of executions."""

    known: Mapping[str, tuple[TimelineEvent, ...]] = field(default_factory=dict)

    def read(self, workflow: str, name: str) -> tuple[TimelineEvent, ...] | None:
        assert workflow
        return self.known.get(name)


def fail(core: FakeCore, api: Gateway, *, history: bool = True) -> str:
    """Start one, and let it fail after its first step."""
    dispatch = str(api.start("host_reboot", host="i-0a").body["id"])
    if history:
        core.timelines = FakeTimelines({dispatch: tuple(write(*RETRIED))})
    core.end(dispatch, ExecutionStatus.FAILED, "NotFound")
    return dispatch


def retry(api: Gateway, dispatch: str, key: str = "r", **body: Any) -> Reply:
    raw = json.dumps({"reason": "again", **body}).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    return api.send("POST", f"/v1/dispatches/{dispatch}/retry", raw, headers)


def test_a_timeline_has_the_dispatchs_moments_and_every_state(core: FakeCore, api: Gateway) -> None:
    dispatch = fail(core, api)
    told = api.get(f"/v1/dispatches/{dispatch}/timeline").body
    assert [one["what"] for one in told["moments"]] == ["created", "ended"]
    assert not told["caught_up"], "nothing has published its transitions"
    assert [(one["state"], one["status"]) for one in told["states"]] == [
        ("drain", "succeeded"),
        ("tell.when", "succeeded"),
        ("tell", "failed"),
    ]
    assert (told["states"][0]["duration_s"], told["known"], told["next"]) == (6.0, True, None)


def test_the_moments_are_those_of_the_journal_once_it_has_them(core: FakeCore, api: Gateway) -> None:
    core.store.changes = []
    holder = str(api.start("host_reboot", host="i-0a").body["id"])
    waiter = str(api.start("host_reboot", host="i-0a").body["id"])
    core.end(holder)
    core.publish()
    told = api.get(f"/v1/dispatches/{waiter}/timeline").body
    names = ("what", "before", "after", "by", "freed_by", "fence")
    assert [tuple(one[name] for name in names) for one in told["moments"]] == [
        ("state", None, "queued", ANA, None, None),
        ("state", "queued", "reserved", None, holder, 2),
    ]
    assert told["caught_up"]
    core.end(waiter)
    behind = api.get(f"/v1/dispatches/{waiter}/timeline").body
    assert (behind["moments"], behind["caught_up"]) == (told["moments"], False)


def test_a_timeline_is_given_in_pages(core: FakeCore, api: Gateway) -> None:
    path = f"/v1/dispatches/{fail(core, api)}/timeline?limit=2"
    first = api.get(path).body
    rest = api.get(f"{path}&after={first['next']}").body
    assert [one["state"] for one in (*first["states"], *rest["states"])] == ["drain", "tell.when", "tell"]
    assert rest["next"] is None


def test_without_an_execution_nothing_is_known(api: Gateway) -> None:
    holder, waiter = (api.start("host_reboot", host="i-0a").body["id"] for _ in range(2))
    for dispatch in (holder, waiter):
        told = api.get(f"/v1/dispatches/{dispatch}/timeline").body
        assert (told["states"], told["known"]) == ([], False)


def test_a_retry_is_a_new_dispatch_that_names_the_old_one(core: FakeCore, api: Gateway) -> None:
    failed = fail(core, api)
    again = retry(api, failed, repeat=True)
    assert (again.status, again.body["retries"], again.body["failed_step"]) == (201, failed, "tell")
    assert again.body["repeats"] == ["drain"]
    assert again.body["id"] != failed
    shown = api.get(f"/v1/dispatches/{again.body['id']}").body
    assert (shown["requested"]["retries"], shown["input"]) == (failed, {"host": "i-0a"})
    assert set(core.executions.started) == {failed, again.body["id"]}
    assert retry(api, failed, repeat=True).body["repeated"] is True


def test_steps_that_were_done_are_not_done_again_unless_that_is_said(core: FakeCore, api: Gateway) -> None:
    failed = fail(core, api)
    refused = retry(api, failed)
    assert (refused.status, refused.body["type"]) == (409, "urn:interlock:problem:would-repeat")
    assert refused.body["repeats"] == ["drain"]
    assert set(core.executions.started) == {failed}


def test_what_was_undone_may_be_done_again(core: FakeCore, api: Gateway) -> None:
    workflow = make_workflow("host_reboot", *((one.object, one.intent) for one in core.bundle.workflows["host_reboot"].touches), undoes=True)  # fmt: skip
    core.bundle = make_bundle(workflows={**core.bundle.workflows, "host_reboot": workflow})
    again = retry(api, fail(core, api))
    assert (again.status, again.body["repeats"]) == (201, [])


def test_a_retry_passes_the_same_reservation(core: FakeCore, api: Gateway) -> None:
    failed = fail(core, api, history=False)
    other = api.start("host_reboot", host="i-0a").body["id"]
    again = retry(api, failed)
    assert (again.status, again.body["blockers"][0]["dispatch"]) == (202, other)


@pytest.mark.parametrize("status", [ExecutionStatus.RUNNING, ExecutionStatus.SUCCEEDED])
def test_what_is_live_or_went_well_is_not_retried(core: FakeCore, api: Gateway, status: ExecutionStatus) -> None:
    dispatch = api.start("host_reboot", host="i-0a").body["id"]
    if status is not ExecutionStatus.RUNNING:
        core.end(dispatch, status)
    refused = retry(api, dispatch)
    assert (refused.status, refused.body["type"]) == (409, "urn:interlock:problem:nothing-to-do")


def test_a_refused_start_is_retried_by_somebody_else(core: FakeCore, api: Gateway) -> None:
    holder = api.start("host_reboot", host="i-0a").body["id"]
    refused = api.start("host_stop", host="i-0a").body["dispatch"]
    core.end(holder)
    raw, headers = b'{"reason": "now"}', {"Content-Type": "application/json", "Idempotency-Key": "r"}
    again = api.send("POST", f"/v1/dispatches/{refused}/retry", raw, headers, BEN)
    assert (again.status, again.body["workflow"]) == (201, "host_stop")
    assert core.audit[-1]["action"] == "POST /v1/dispatches/{id}/retry"


def test_an_unknown_dispatch_has_neither(api: Gateway) -> None:
    assert retry(api, "0" * 20 + "-" + "0" * 20).status == 404
    assert api.get("/v1/dispatches/x/timeline").status == 404
