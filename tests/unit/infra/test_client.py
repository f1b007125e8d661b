from typing import Any

import pytest

from infra.api import Answer
from infra.cli.exits import Exit
from infra.cli.failures import exit_for
from infra.client import ApiClient, ApiFailed, ApiForbidden, ApiRefused, ApiRejected, describe_refusal
from tests.unit.infra.connected import OUTPUTS, Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_start_gives_what_control_said(stage: Stage) -> None:
    admitted = stage.api.start("host_reboot", {"host": "i-0a"}, key="k", reason="kernel")
    assert (admitted["verdict"], admitted["object"]) == ("start", "host/i-0a")
    assert stage.api.start("host_reboot", {"host": "i-0a"}, key="k", reason="kernel")["repeated"] is True


def test_starts_without_a_key_are_different_starts(stage: Stage) -> None:
    assert stage.api.start("look", {})["id"] != stage.api.start("look", {})["id"]


def test_a_refusal_by_control_is_one_line_with_the_holder(stage: Stage) -> None:
    holder = stage.api.start("host_reboot", {"host": "i-0a"})["id"]
    with pytest.raises(ApiRejected) as raised:
        stage.api.start("host_stop", {"host": "i-0a"})
    assert str(raised.value) == (
        "Control refused to start host_stop: host_reboot holds host/i-0a (disrupt, since 2026-01-01T00:00:00.000Z)."
    )
    assert raised.value.status == 409
    assert raised.value.problem["blockers"][0]["dispatch"] == holder


def test_several_faults_are_still_one_line(stage: Stage) -> None:
    with pytest.raises(ApiRefused) as raised:
        stage.api.start("host_reboot", {"hst": 1})
    assert str(raised.value) == "The request is not valid: input.host is required; input.hst is not known."
    assert raised.value.problem["faults"] == ["input.host is required", "input.hst is not known"]


def test_a_list_goes_on_from_page_to_page_until_it_has_enough(stage: Stage) -> None:
    ids = {stage.api.start("host_tag", {"host": f"i-{number}"})["id"] for number in range(250)}
    assert {row["id"] for row in stage.api.list_dispatches(1000)} == ids
    assert len(list(stage.api.list_dispatches(220))) == 220


def test_filters_reach_the_api_whatever_characters_they_hold(stage: Stage) -> None:
    stage.api.start("host_tag", {"host": "a b&c=ü+%"})
    found = list(stage.api.list_dispatches(5, object="host/a b&c=ü+%", state=None))
    assert [row["object"] for row in found] == ["host/a b&c=ü+%"]
    assert stage.api.list_locks("host/a b&c=ü+%")["locks"][0]["object"] == "host/a b&c=ü+%"


def test_names_and_ids_are_one_part_of_the_path() -> None:
    asked: list[str] = []

    def send(_cloud: Any, url: str, *_rest: Any, **_more: Any) -> Answer:
        asked.append(url.rpartition("_user_request_")[2])
        return Answer(200, {})

    api = ApiClient(Stage().api.cloud, OUTPUTS, send)
    api.read_entry("a/../b?c")
    api.read_dispatch("x#y")
    assert asked == ["/v1/catalog/a%2F..%2Fb%3Fc", "/v1/dispatches/x%23y"]


@pytest.mark.parametrize(
    ("answer", "kind", "line", "code"),
    [
        (Answer(404, {"detail": "There is none."}), ApiRefused, "There is none.", Exit.WRONG),
        (Answer(409, {"detail": "Held."}), ApiRejected, "Held.", Exit.REFUSED),
        (
            Answer(403, {"message": "Missing Authentication Token"}),
            ApiForbidden,
            "The API does not let you in (Missing Authentication Token): your IAM identity needs execute-api:Invoke on it.",
            Exit.SURROUNDINGS,
        ),
        (Answer(500, {"detail": "Broken."}), ApiFailed, "The API failed with status 500: Broken.", Exit.REFUSED),
        (Answer(502, "<html>\n bad"), ApiFailed, "The API failed with status 502: <html> bad.", Exit.REFUSED),
        (Answer(504, ""), ApiFailed, "The API failed with status 504: an empty answer.", Exit.REFUSED),
        (Answer(200, "not JSON"), ApiFailed, "The API failed with status 200: not JSON.", Exit.REFUSED),
    ],
)
def test_every_refusal_is_one_line_with_its_exit_code(
    answer: Answer, kind: type[ApiRefused], line: str, code: Exit
) -> None:
    refusal = describe_refusal(answer)
    assert (type(refusal), str(refusal), exit_for(refusal)) == (kind, line, code)


def test_what_is_not_there_is_refused_with_the_command_that_lists_what_is() -> None:
    problem = {"type": "urn:interlock:problem:unknown-name", "detail": "The catalog has no workflow called 'x'."}
    refused = describe_refusal(Answer(404, problem))
    assert str(refused) == "The catalog has no workflow called 'x': `interlock catalog` shows what there is."
    assert "interlock" not in str(describe_refusal(Answer(404, {"type": "about:blank", "detail": "Gone."})))
