import json

import pytest

from tests.unit.infra.connected import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


def begin(stage: Stage, workflow: str = "host_reboot") -> str:
    stage.core.clock.advance(1)
    return str(stage.api.start(workflow, {"host": "i-0a"})["id"])


def test_a_waiter_reads_what_blocks_it_by_which_line_and_where_it_stands(stage: Stage) -> None:
    holder, ahead, waiter = begin(stage), begin(stage), begin(stage)
    shown = stage.run("why", waiter)
    assert ["wanted", "host/i-0a (disrupt)"] in shown.lines
    assert ["host/i-0a", "lock", "blocked"] in shown.lines
    assert ["host/i-0a", "2 of 2", f"{ahead} (host_reboot)"] in shown.lines
    assert any(line[:4] == ["decides", "queue", holder, "reserved"] and ": queue" in line[4] for line in shown.lines)
    assert shown.out.rstrip().splitlines()[-1].startswith("expires 01-01 ")


def test_what_waited_reads_what_freed_it(stage: Stage) -> None:
    holder, waiter = begin(stage), begin(stage)
    stage.core.end(holder)
    shown = stage.run("why", waiter)
    assert ["freed", f"01-01 00:00:02, having waited 0 s, after {holder} had ended"] in shown.lines


def test_json_is_what_the_api_gave(stage: Stage) -> None:
    dispatch = begin(stage)
    assert json.loads(stage.run("why", dispatch, "--json").out) == stage.api.read_why(dispatch)
