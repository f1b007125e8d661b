import json

import pytest

from infra.cli.exits import Exit
from infra.cli.failures import exit_for
from infra.client import ApiRefused, ApiRejected
from tests.unit.infra.connected import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_nothing_frozen_is_said_beside_an_empty_output(stage: Stage) -> None:
    shown = stage.run("freezes")
    assert (shown.code, shown.out, shown.err) == (0, "", "Nothing is frozen.\n")


def test_the_global_stop_is_one_command_and_shows_who_why_and_until_when(stage: Stage) -> None:
    made = stage.run("freeze", "--for", "2h", "--reason", "black friday", "--exempt-tier", "P0")
    assert made.code == 0
    assert made.err == "everything is frozen until 01-01 02:00:00 UTC.\n"
    (frozen,) = json.loads(stage.run("freezes", "--json").out)["freezes"]
    assert (frozen["id"], frozen["reason"], frozen["exempt_tiers"]) == (made.out.strip(), "black friday", ["P0"])
    assert "black friday" in stage.run("freezes").out
    with pytest.raises(ApiRejected, match="everything is frozen until") as refused:
        stage.run("start", "host_reboot", "-i", "host=i-0a")
    assert exit_for(refused.value) == Exit.REFUSED


def test_a_scope_is_frozen_and_ended_by_its_id(stage: Stage) -> None:
    name = stage.run("freeze", "--for", "90m", "--reason", "x", "--service", "checkout", "--zone", "a").out.strip()
    ended = stage.run("unfreeze", name)
    assert (ended.code, ended.err) == (0, "service checkout, zone a is not frozen any more.\n")
    with pytest.raises(ApiRefused, match="There is no freeze"):
        stage.run("unfreeze", name)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--for", "2h", "--reason", "x", "--service", "chekout"), "there is no service 'chekout'"),
        (("--for", "40d", "--reason", "x"), "seconds"),
    ],
)
def test_a_freeze_that_would_hold_nothing_or_never_end_is_refused(
    stage: Stage, arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(ApiRefused, match=said):
        stage.run("freeze", *arguments)
    assert stage.api.list_freezes() == []


@pytest.mark.parametrize("arguments", [("--reason", "x"), ("--for", "soon", "--reason", "x")])
def test_a_freeze_without_a_duration_is_a_usage_error(stage: Stage, arguments: tuple[str, ...]) -> None:
    shown = stage.run("freeze", *arguments)
    assert shown.code == Exit.USAGE
    assert "--for" in shown.err
