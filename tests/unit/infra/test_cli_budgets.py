import json
from dataclasses import replace

import pytest

from tests.behaviour_claims import make_budget, make_covering, make_rate
from tests.builders import HOST
from tests.unit.infra.connected import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_no_budget_is_said_beside_an_empty_output(stage: Stage) -> None:
    shown = stage.run("budgets")
    assert (shown.code, shown.out, shown.err) == (0, "", "No budget has a group yet.\n")


def test_a_budget_is_shown_by_group_and_a_dispatch_says_what_it_takes(stage: Stage) -> None:
    bundle = make_covering(make_budget(at_most=50, percent=True), make_rate("rule", 3))
    stage.core.bundle = replace(bundle, services=stage.core.bundle.services[:1])
    stage.core.label(HOST, service="checkout")
    dispatch = stage.api.start("host_reboot", {"host": "i-0a"})["id"]
    _, few, hourly = stage.run("budgets").lines
    assert few == ["few", "service checkout", "hosts, disrupt and stronger", "0", "1 (50%)", "1", "0"]
    assert hourly == ["hourly", "rule request", "starts within 1h", "3", "1", "0"]
    shown = stage.run("dispatches", dispatch)
    assert "at most 1 hosts disrupted in service checkout" in shown.out
    assert json.loads(stage.run("budgets", "--json").out) == stage.api.list_budgets()
    assert "counts" in stage.run("locks").out
