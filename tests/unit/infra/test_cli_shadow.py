import json

import pytest

from chalicelib.catalog.model import Accumulate, Branch, Correlate, RuleMode, Storm
from chalicelib.control.intake import handle_event
from chalicelib.control.model import ExecutionStatus
from tests.builders import make_bundle, make_event, make_rule
from tests.unit.api.world import FakeCore
from tests.unit.infra.connected import Stage

SHADOW = make_rule(name="careful", mode=RuleMode.SHADOW)
ACTIVE = make_rule(branches=(Branch(when=None, run="host_tag", with_={"host": "{% $object.name %}"}),), goal=None)


@pytest.fixture
def stage() -> Stage:
    return Stage(core=FakeCore(bundle=make_bundle(rules=(ACTIVE, SHADOW))))


def deliver(stage: Stage, event: str, host: str) -> None:
    handle_event(make_event(event, host), stage.core.bundle, stage.core.home, stage.core.ports)


def test_what_it_would_have_done_stands_beside_what_was_done(stage: Stage) -> None:
    deliver(stage, "e1", "i-0a")
    stage.core.clock.advance(60)
    reboot = stage.api.start("host_reboot", {"host": "i-0a"})["id"]
    tag = next(one["id"] for one in stage.api.list_dispatches(9, rule="host_stopped"))
    stage.core.end(tag, ExecutionStatus.SUCCEEDED)
    stage.core.clock.advance(7200)
    deliver(stage, "e2", "i-0b")

    shown = stage.run("shadow", "careful")
    found = json.loads(stage.run("shadow", "careful", "--json").out)

    assert sorted(shown.out.splitlines()[:2]) == [
        "1 x would run host_reboot, and something else was done",
        "1 x would run host_reboot, and the same was done",
    ]
    by_object = {one["object"]: one for one in found}
    assert sorted(by_object["host/i-0a"]["done"]) == [
        f"host_reboot by request: {stage.api.read_dispatch(reboot)['state']}",
        "host_tag by host_stopped: succeeded",
    ]
    assert by_object["host/i-0b"]["done"] == ["host_tag by host_stopped: reserved"]


def test_the_window_can_be_narrowed(stage: Stage) -> None:
    deliver(stage, "e1", "i-0a")
    stage.core.clock.advance(60)
    stage.api.start("host_reboot", {"host": "i-0a"})

    found = json.loads(stage.run("shadow", "careful", "--within", "30s", "--json").out)

    assert [one["finding"] for one in found] == ["something else was done"]


def test_what_its_windows_would_have_stopped_is_shown_as_that(stage: Stage) -> None:
    windows = Correlate(storm=Storm("all", 2, 900, "sre"), accumulate=Accumulate(2, 900))
    stage.core.bundle = make_bundle(rules=(ACTIVE, SHADOW._replace(correlate=windows)))
    for number, host in enumerate(["i-0a", "i-0a", "i-0b", "i-0c"]):
        deliver(stage, f"e{number}", host)

    shown = stage.run("shadow", "careful")
    found = json.loads(stage.run("shadow", "careful", "--json").out)

    assert sorted(shown.out.splitlines()[:3]) == [
        "1 x would be held in a storm, and something else was done",
        "1 x would run host_reboot, and something else was done",
        "2 x would wait for more events, and something else was done",
    ]
    assert len(found) == 4
    assert len(json.loads(stage.run("shadow", "careful", "--limit", "2", "--json").out)) == 2


def test_what_it_did_before_it_was_put_into_shadow_is_no_decision_in_shadow(stage: Stage) -> None:
    stage.core.bundle = make_bundle(rules=(SHADOW._replace(mode=RuleMode.ACTIVE),))
    deliver(stage, "e1", "i-0a")
    stage.core.bundle = make_bundle(rules=(SHADOW,))
    deliver(stage, "e2", "i-0b")

    assert [one["object"] for one in json.loads(stage.run("shadow", "careful", "--json").out)] == ["host/i-0b"]


def test_a_rule_without_decisions_is_said_to_have_none(stage: Stage) -> None:
    assert stage.run("shadow", "careful").err == "The rule careful has decided nothing in shadow.\n"
