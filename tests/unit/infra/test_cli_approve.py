import json

import pytest

from chalicelib.control.approvals.approve import Ask, ask
from chalicelib.control.approvals.approvers import may_answer
from chalicelib.control.intake import admit
from infra.cli.exits import Exit
from infra.cli.failures import exit_for
from infra.client import ApiForbidden, ApiRejected
from tests.builders import make_decision
from tests.unit.api.world import ANA, BEN
from tests.unit.infra.connected import Stage

QUESTION = {
    "from": ["ana", "ben"],
    "need": 2,
    "reason": "Go on?",
    "expires_s": 3600,
    "on_expiry": "fail",
    "on_reject": "fail",
}


@pytest.fixture
def stage() -> Stage:
    return Stage()


def ask_for(stage: Stage, requester: str = BEN) -> str:
    request = {"principal": requester, "reason": "", "digest": ""}
    decision = make_decision("host_reboot", host="i-0a")._replace(request=request)
    dispatch = admit(decision, stage.core.bundle, stage.core.ports).dispatch
    ask(Ask(dispatch, "sign", "token-1", QUESTION), stage.core.ports)
    return f"{dispatch}.sign"


def test_what_waits_is_listed_and_shown(stage: Stage) -> None:
    assert stage.run("approvals").err == "Nothing waits for approval.\n"
    approval = ask_for(stage)
    assert stage.run("approvals").lines[1][:5] == [approval, "pending", "host_reboot", "host/i-0a", "0 of 2"]
    assert ["approvers", "ana, ben"] in stage.run("approvals", approval[:8]).lines
    assert json.loads(stage.run("approvals", "--json").out)["approvals"][0]["id"] == approval


def test_a_yes_by_the_beginning_of_the_id_says_what_was_asked_and_what_it_led_to(stage: Stage) -> None:
    approval = ask_for(stage)
    shown = stage.run("approve", approval[:6], "--reason", "looks right")
    assert shown.err.splitlines() == ["host_reboot asks: Go on?", f"{approval} is pending: 1 of 2 have approved."]


def test_a_no_is_enough(stage: Stage) -> None:
    approval = ask_for(stage)
    shown = stage.run("reject", approval, "--reason", "not today")
    assert shown.err.splitlines()[1] == f"{approval} is rejected: its step fails with ApprovalRejected."


def test_ones_own_request_and_another_hash_are_refused(stage: Stage) -> None:
    own = ask_for(stage, requester=ANA)
    with pytest.raises(ApiForbidden, match="nobody approves what they have asked for") as refused:
        stage.run("approve", own, "--reason", "x")
    assert "execute-api" not in str(refused.value)
    assert exit_for(refused.value) == Exit.SURROUNDINGS
    with pytest.raises(ApiRejected, match="another hash"):
        stage.run("approve", own, "--reason", "x", "--hash", "seen")


@pytest.mark.parametrize(
    ("pattern", "principal", "fits"),
    [
        ("ana", "arn:aws:iam::1:user/ana", True),
        ("ana", "arn:aws:iam::1:user/ops/ana", True),
        ("user/an?", "arn:aws:iam::1:user/ana", True),
        ("ana", "arn:aws:sts::1:assumed-role/dev/ana", False),
        ("role/sre-*", "arn:aws:sts::1:assumed-role/sre-lead/ana", True),
        ("role/ana", "arn:aws:iam::1:user/ana", False),
        ("role/sre-*", "arn:aws:sts::1:assumed-role/dev/sre-lead", False),
        ("arn:aws:iam::1:*", "arn:aws:iam::1:user/ana", True),
        ("arn:aws:iam::1:*", "arn:aws:iam::2:user/ana", False),
        ("*", "arn:aws:iam::1:user/ana", True),
        ("*", "link:ana", False),
        ("link:*@ops", "link:ana@ops", True),
        ("link:ana", "arn:aws:iam::1:user/link:ana", False),
    ],
)
def test_a_pattern_fits_the_people_it_names_and_no_session_name(pattern: str, principal: str, fits: bool) -> None:  # noqa: FBT001
    assert may_answer([pattern], principal) is fits
