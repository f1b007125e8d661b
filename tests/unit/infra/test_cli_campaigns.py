"""What people see of a campaign: one decision with its batches and arithmetic, and not a line for each target."""

import json

from chalicelib.control.intake import handle_event
from chalicelib.control.settle import release_held
from tests.behaviour_campaigns import make_campaign_bundle
from tests.builders import make_event
from tests.unit.api.world import FakeCore
from tests.unit.infra.connected import Stage

GO = make_event("go") | {"source": "ops", "detail-type": "Reboot", "detail": {"service": "checkout"}}


def begin() -> tuple[Stage, str]:
    stage = Stage(core=FakeCore(bundle=make_campaign_bundle(max_unavailable={"": "50%"})))
    core = stage.core
    for n in range(4):
        detail = {
            "object": f"host/i-{n}", "state": "running", "at": "2026-01-01T00:00:00Z", "root_id": "r", "hops": 1,
            "labels": {"service": "checkout"},
        }  # fmt: skip
        seen = make_event(f"see-{n}") | {"source": "interlock", "detail-type": "Object State Changed", "detail": detail}
        handle_event(seen, core.bundle, core.home, core.ports)
    (verdict,) = handle_event(GO, core.bundle, core.home, core.ports).verdicts
    release_held(verdict.dispatch, core.ports, core.bundle)
    return stage, verdict.dispatch


def test_a_dispatch_shows_its_batches_the_arithmetic_and_how_far_it_is() -> None:
    stage, campaign = begin()
    shown = stage.run("dispatches", campaign).out
    assert "4 targets in batches of 1, 2, 1" in shown
    assert "checkout may have 2 down (50% of 4), and 0 are" in shown
    assert "batch 1 of 3, 0 done, 0 failed" in shown
    found = stage.api.read_dispatch(campaign)
    assert (found["batches"]["sizes"], found["batches"]["open"], found["verdict"]) == ([1, 2, 1], 1, "batch")


def test_explain_tells_one_decision_with_its_batches() -> None:
    stage, campaign = begin()
    told = stage.run("explain", "go").out
    assert told.startswith("event go: 1 decision\n")
    assert "  batches: 4 targets in batches of 1, 2, 1\n" in told
    found = json.loads(stage.run("explain", "go", "--json").out)
    assert [one["id"] for one in found["decisions"]] == [campaign]


def test_a_member_names_its_campaign_and_batch() -> None:
    stage, campaign = begin()
    (member,) = (row for row in stage.api.list_dispatches(10) if row["id"] != campaign)
    assert f"{campaign}, batch 1" in stage.run("dispatches", member["id"]).out
