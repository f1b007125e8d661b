import pytest

from infra.cli.exits import Exit
from infra.cli.failures import exit_for
from infra.client import ApiRejected
from tests.unit.infra.connected import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_waiter_is_cancelled_by_the_beginning_of_its_id(stage: Stage) -> None:
    stage.api.start("host_reboot", {"host": "i-0a"})
    waiter = stage.api.start("host_reboot", {"host": "i-0a"})["id"]
    shown = stage.run("cancel", waiter[:8], "--reason", "wrong host")
    assert (shown.code, shown.err) == (0, f"{waiter} was queued: left the queue.\n")
    assert stage.api.read_dispatch(waiter)["state"] == "cancelled"


def test_a_running_dispatch_is_broken(stage: Stage) -> None:
    running = stage.api.start("host_reboot", {"host": "i-0a"})["id"]
    shown = stage.run("break", running, "--reason", "it hangs")
    assert (shown.code, shown.err) == (0, f"{running} was reserved: stopped its execution.\n")


@pytest.mark.parametrize("verb", ["cancel", "break"])
def test_what_is_over_is_refused_with_its_state(stage: Stage, verb: str) -> None:
    ended = stage.api.start("host_reboot", {"host": "i-0a"})["id"]
    stage.core.end(ended)
    with pytest.raises(ApiRejected, match="is succeeded") as refused:
        stage.run(verb, ended, "--reason", "x")
    assert exit_for(refused.value) == Exit.REFUSED


def test_a_reason_is_compulsory(stage: Stage) -> None:
    running = stage.api.start("host_reboot", {"host": "i-0a"})["id"]
    assert stage.run("break", running).code == Exit.USAGE
