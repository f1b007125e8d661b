import json

import pytest
from rich.text import Text

from chalicelib.control.model import ExecutionStatus
from infra.cli.exits import Exit
from infra.cli.watching import watch
from infra.client import ApiRejected
from tests.unit.api.test_timelines import FakeTimelines
from tests.unit.control.test_timeline import RETRIED, write
from tests.unit.infra.connected import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


def end(stage: Stage, status: ExecutionStatus = ExecutionStatus.FAILED) -> str:
    dispatch: str = stage.api.start("host_reboot", {"host": "i-0a"})["id"]
    stage.core.timelines = FakeTimelines({dispatch: tuple(write(*RETRIED))})
    stage.core.end(dispatch, status, "NotFound" if status is ExecutionStatus.FAILED else "")
    return dispatch


def test_a_line_for_each_state_with_tries_and_error(stage: Stage) -> None:
    shown = stage.run("timeline", end(stage)[:8])
    assert ["drain", "succeeded", "01-01 00:00:02", "6.0 s", "2", "Throttled"] in shown.lines
    assert ["tell", "failed", "01-01 00:00:11", "2.0 s", "1", "States.Timeout"] in shown.lines
    assert len(json.loads(stage.run("timeline", "--json", shown_id(stage)).out)["states"]) == 3


def shown_id(stage: Stage) -> str:
    (row,) = stage.api.list_dispatches(1)
    return str(row["id"])


def test_the_journal_comes_first_who_did_what_and_why(stage: Stage) -> None:
    stage.core.store.changes = []
    dispatch = end(stage)
    assert "The journal does not lead to its state" in stage.run("timeline", dispatch).err
    stage.core.publish()
    shown = stage.run("timeline", dispatch)
    assert ["reserved → failed", "NotFound"] in [line[1:3] for line in shown.lines]
    assert shown.err == ""


def test_what_has_no_execution_says_so(stage: Stage) -> None:
    dispatch = stage.api.start("host_reboot", {"host": "i-0a"})["id"]
    assert "There is no execution to tell of" in stage.run("timeline", dispatch).err


@pytest.mark.parametrize(
    ("status", "code"), [(ExecutionStatus.FAILED, Exit.REFUSED), (ExecutionStatus.SUCCEEDED, Exit.DONE)]
)
def test_watching_ends_with_the_dispatch_and_its_exit_code_says_how(
    stage: Stage, status: ExecutionStatus, code: Exit
) -> None:
    shown = stage.run("timeline", "--watch", end(stage, status))
    assert shown.code == code
    assert "state " in shown.out
    assert "It is over: " in shown.err


def test_watching_off_a_terminal_prints_each_change_once(capsys: pytest.CaptureFixture[str]) -> None:
    looks = iter([["a"], ["a", "b"], ["a", "b", "c"]])
    waited: list[float] = []
    found = watch(lambda: next(looks), lambda _: Text(), lambda lines: lines, lambda lines: "c" in lines, waited.append)
    assert found == ["a", "b", "c"]
    assert len(waited) == 2
    assert capsys.readouterr().out.split() == ["a", "b", "c"]


def test_a_retry_says_what_it_does_again_and_needs_to_be_told_to(stage: Stage) -> None:
    failed = end(stage)
    with pytest.raises(ApiRejected, match="begins at the first step"):
        stage.run("retry", failed, "--reason", "again")
    shown = stage.run("retry", failed[:8], "--reason", "again", "--repeat")
    assert (shown.code, "It does again: drain." in shown.err) == (0, True)
    assert stage.api.read_dispatch(shown.out.strip())["requested"]["retries"] == failed
