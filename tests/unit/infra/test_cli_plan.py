import json

from tests.unit.infra.connected import Stage


def test_a_plan_is_shown_and_starts_nothing() -> None:
    stage = Stage()
    shown = stage.run("plan", "host_reboot", "--input", "host=i-0a")
    assert ["verdict", "start"] in shown.lines
    assert ["locks", "host/i-0a (disrupt)"] in shown.lines
    assert stage.core.executions.calls == []
    holder = stage.api.start("host_reboot", {"host": "i-0a"})["id"]
    assert holder in stage.run("plan", "host_reboot", "--input", "host=i-0a").out
    assert json.loads(stage.run("plan", "host_reboot", "--input", "host=i-0a", "--json").out)["verdict"] == "queue"
