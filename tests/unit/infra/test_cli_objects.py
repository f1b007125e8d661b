import json

from chalicelib.control.intake import handle_event
from tests.builders import make_event
from tests.unit.infra.connected import Stage


def test_known_objects_are_listed_and_one_is_shown_with_its_history() -> None:
    stage = Stage()
    assert (stage.run("objects").out, stage.run("objects").err) == ("", "No host is known.\n")
    for name in ("i-0a", "i-0b"):
        handle_event(make_event(f"e-{name}", host=name), stage.core.bundle, stage.core.home, stage.core.ports)
    head, *rows = stage.run("objects").lines
    assert (head[:3], [row[:2] for row in rows]) == (
        ["object", "state", "seen (UTC)"],
        [["host/i-0a", "stopped"], ["host/i-0b", "stopped"]],
    )
    assert len(json.loads(stage.run("objects", "--limit", "1", "--json").out)) == 1
    shown = stage.run("objects", "host/i-0a").out
    assert "held by  host_reboot (disrupt" in shown
    assert 'goal     $object.state = "running": pursuing (rule host_stopped)' in shown
