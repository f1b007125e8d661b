import json
from dataclasses import replace

import pytest

from chalicelib.control.intake import handle_event
from chalicelib.control.model import ExecutionStatus
from infra.cli.dispatches import ManySuchDispatches, NoDispatchId, NoSuchDispatch
from infra.cli.listing import fits_short, shorten_ids
from infra.client import ApiRefused
from tests.builders import make_event, make_rule
from tests.unit.infra.connected import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_no_dispatches_is_said_beside_an_empty_output(stage: Stage) -> None:
    shown = stage.run("dispatches")
    assert (shown.code, shown.out, shown.err) == (0, "", "No dispatches.\n")


def test_a_list_shows_what_runs_on_what_and_why(stage: Stage) -> None:
    dispatch = stage.api.start("host_reboot", {"host": "i-0a"}, reason="kernel [bold]patch[/bold]")["id"]
    header, line = stage.run("dispatches").lines
    assert header == ["id", "state", "what", "object", "at (UTC)", "why"]
    assert line[:5] == [dispatch[:8], "reserved", "host_reboot", "host/i-0a", "01-01 00:00:00"]
    assert line[5].startswith("request: kernel [bold]patch[/bold] (asked for by arn:")


def test_a_stuck_dispatch_stands_out(stage: Stage) -> None:
    dispatch = stage.api.start("host_reboot", {"host": "i-0a"})["id"]
    row = next(row for row in stage.core.store.rows.values() if row.get("id") == dispatch)
    row["stuck"] = "Step Functions refuses to start it"
    assert "STUCK: Step Functions refuses to start it" in stage.run("dispatches").out


def test_filters_and_limit_narrow_the_list(stage: Stage) -> None:
    for host in ("i-0a", "i-0a", "i-0b"):
        stage.api.start("host_reboot", {"host": host})
    assert [line[1] for line in stage.run("dispatches", "--state", "queued").lines[1:]] == ["queued"]
    assert len(stage.run("dispatches", "--object", "host/i-0a").lines) == 3
    assert len(stage.run("dispatches", "--rule", "request", "--limit", "1").lines) == 2
    assert stage.run("dispatches", "--workflow", "host_tag").out == ""


def test_json_is_what_the_api_gave(stage: Stage) -> None:
    dispatch = stage.api.start("look", {})["id"]
    assert json.loads(stage.run("dispatches", "--json").out) == list(stage.api.list_dispatches(20))
    assert json.loads(stage.run("dispatches", dispatch, "--json").out) == stage.api.read_dispatch(dispatch)


def test_one_dispatch_shows_all_that_is_recorded_of_it(stage: Stage) -> None:
    dispatch = stage.api.start("host_reboot", {"host": "i-0a"}, reason="kernel")["id"]
    stage.core.end(dispatch, ExecutionStatus.FAILED, "Boom")
    shown = stage.run("dispatches", dispatch).lines
    for fact in (
        ["dispatch", dispatch],
        ["state", "holding"],
        ["outcome", "failed"],
        ["error", "Boom"],
        ["because", "kernel"],
        ["input", "host=i-0a"],
        ["locks", "host/i-0a (disrupt, fence 1)"],
    ):
        assert fact in shown


def test_a_decided_dispatch_shows_what_was_tried(stage: Stage) -> None:
    core = stage.core
    dispatch = handle_event(make_event("e7"), core.bundle, core.home, core.ports).verdicts[0].dispatch
    shown = stage.run("dispatches", dispatch).lines
    assert ["branch", "result", "reason"] in shown
    assert ["2", "yes", "the default"] in shown
    assert any(line[:2] == ["1", "no"] and "P0" in line[2] for line in shown if len(line) > 2)


def test_a_waiting_dispatch_shows_behind_whom(stage: Stage) -> None:
    holder = stage.api.start("host_reboot", {"host": "i-0a"})["id"]
    waiting = stage.api.start("host_reboot", {"host": "i-0a"})["id"]
    assert any(line[:3] == [holder, "host_reboot", "disrupt"] for line in stage.run("dispatches", waiting).lines)


def test_a_short_id_is_enough(stage: Stage) -> None:
    ids = [stage.api.start("look", {})["id"] for _ in range(5)]
    assert ["dispatch", ids[3]] in stage.run("dispatches", ids[3][:8]).lines


def test_a_short_id_that_fits_several_is_refused(stage: Stage) -> None:
    core = stage.core
    core.bundle = replace(core.bundle, rules=(make_rule(), make_rule(name="again")))
    first, second = (one.dispatch for one in handle_event(make_event(), core.bundle, core.home, core.ports).verdicts)
    assert first[:20] == second[:20]
    with pytest.raises(ManySuchDispatches, match=first[:8]):
        stage.run("dispatches", first[:8])
    assert ["dispatch", second] in stage.run("dispatches", f"{second[:8]}-{second[21:25]}").lines


def test_a_short_id_that_fits_none_is_refused(stage: Stage) -> None:
    stage.api.start("look", {})
    with pytest.raises(NoSuchDispatch, match="like 'ffff0000'"):
        stage.run("dispatches", "ffff0000")


@pytest.mark.parametrize("text", ["nope", "ab", "12345678-xyz", "0" * 20 + "-" + "0" * 21])
def test_what_cannot_be_an_id_is_refused_before_aws_is_asked(stage: Stage, text: str) -> None:
    with pytest.raises(NoDispatchId):
        stage.run("dispatches", text)
    assert stage.places == []


def test_a_state_that_does_not_exist_is_refused_with_those_that_do(stage: Stage) -> None:
    with pytest.raises(ApiRefused, match="'queued', 'reserved', 'running'"):
        stage.run("dispatches", "--state", "done")


def test_short_ids_are_as_short_as_they_can_be_and_never_the_same() -> None:
    one, two, other = "a" * 20 + "-" + "b" * 20, "a" * 20 + "-" + "b" * 19 + "c", "d" * 20 + "-" + "b" * 20
    assert shorten_ids([one, other]) == {one: "a" * 8, other: "d" * 8}
    assert len(set(shorten_ids([one, two, other]).values())) == 3
    assert all(fits_short(full, short) for full, short in shorten_ids([one, two, other]).items())
    near = "a" * 19 + "0-" + "b" * 20
    assert len(set(shorten_ids([one, near]).values())) == 2
