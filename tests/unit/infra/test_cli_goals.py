import json

from chalicelib.control.intake import handle_event
from tests.builders import make_event
from tests.unit.infra.connected import Stage


def test_goals_are_listed_with_rung_and_deadline() -> None:
    stage = Stage()
    assert stage.run("goals").err == "No such goal.\n"
    handle_event(make_event(), stage.core.bundle, stage.core.home, stage.core.ports)
    head, row = stage.run("goals").lines
    assert head[:5] == ["object", "rule", "status", "rung", "attempt"]
    assert row[:7] == ["host/i-0a", "host_stopped", "pursuing", "-", "1", "01-01 00:00:00", "01-01 00:30:00"]
    (found,) = json.loads(stage.run("goals", "--status", "pursuing", "--json").out)
    assert found["until"] == '$object.state = "running"'
