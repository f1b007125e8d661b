import json

import pytest
from typer.testing import CliRunner

from infra import cli
from infra.cli.connection import Connection, Place
from infra.cli.exits import Exit
from infra.errors import RegionMissing
from tests.unit.infra.connected import Stage


def test_no_region_is_a_line_that_says_what_to_do_and_not_an_exception() -> None:
    def connect(_: Place) -> Connection:
        raise RegionMissing

    result = CliRunner().invoke(cli.app, ["doctor", "--json"], obj=connect)
    (found,) = json.loads(result.stdout)
    assert (result.exit_code, found["level"]) == (Exit.SURROUNDINGS, "fail")
    assert "--region" in found["found"]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_whoami_shows_role_and_grants(stage: Stage) -> None:
    shown = stage.run("whoami")
    assert (shown.code, "admin" in shown.out, "user/ana" in shown.out) == (0, True, True)
    assert json.loads(stage.run("whoami", "--json").out)["role"] == "admin"


def test_the_audit_lists_who_did_what(stage: Stage) -> None:
    assert stage.run("audit").err == "Nothing was changed or refused.\n"
    made = stage.api.freeze({}, "sale", 60, [])["id"]
    _, row = stage.run("audit").lines
    assert row == ["01-01 00:00:00", "user/ana", "201", "POST /v1/freezes", made]
    assert stage.run("audit", "--refused").lines == []
    assert json.loads(stage.run("audit", "--json").out)[0]["status"] == 201
