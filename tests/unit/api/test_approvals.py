import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.catalog.model import ApprovalLine, Intent
from chalicelib.control.approvals.approve import Ask, ask, read_approval
from tests.unit.api.world import ANA, BEN, FakeCore, Gateway, Reply

EVE = "arn:aws:iam::111122223333:user/eve"
QUESTION = {
    "from": ["ana", "ben"],
    "need": 1,
    "reason": "Go on?",
    "expires_s": 3600,
    "on_expiry": "fail",
    "on_reject": "fail",
}


def ask_for(core: FakeCore, api: Gateway, **changes: Any) -> str:
    """Have ana start a workflow whose step asks; give the approval's id."""
    dispatch = api.start("host_reboot", host="i-0a").body["id"]
    ask(Ask(dispatch, "sign", "token-1", {**QUESTION, **changes}), core.ports)
    return f"{dispatch}.sign"


def reply(api: Gateway, approval: str, who: str, answer: str = "approve", **body: Any) -> Reply:
    sent = {"hash": api.get(f"/v1/approvals/{approval}").body.get("hash", "x"), "reason": "looks right", **body}
    headers = {"Content-Type": "application/json"}
    return api.send("POST", f"/v1/approvals/{approval}/{answer}", json.dumps(sent).encode(), headers, who)


def test_what_waits_is_listed_with_all_but_its_token(core: FakeCore, api: Gateway) -> None:
    approval = ask_for(core, api)
    listed = api.get("/v1/approvals").body["approvals"]
    assert [(one["id"], one["state"], one["requested_by"], one["step"]) for one in listed] == [
        (approval, "pending", ANA, "sign")
    ]
    assert "token-1" not in json.dumps([listed, api.get(f"/v1/approvals/{approval}").body])


def test_another_person_lets_it_go_on_and_the_record_says_who_and_why(core: FakeCore, api: Gateway) -> None:
    approval = ask_for(core, api)
    done = reply(api, approval, BEN)
    assert (done.status, done.body["approval"]["state"], done.body["changed"]) == (200, "approved", True)
    assert core.executions.told["token-1"]["by"] == [BEN]
    shown = api.get(f"/v1/approvals/{approval}").body
    assert [(one["who"], one["answer"], one["reason"]) for one in shown["answers"]] == [(BEN, "approve", "looks right")]
    assert api.get("/v1/approvals").body == {"approvals": []}
    of_dispatch = api.get(f"/v1/approvals?dispatch={shown['dispatch']}").body["approvals"]
    assert [one["state"] for one in of_dispatch] == ["approved"]
    again = reply(api, approval, BEN)
    assert (again.status, again.body["changed"]) == (200, False)


@pytest.mark.parametrize("answer", ["approve", "reject"])
@pytest.mark.parametrize(
    ("who", "body", "status", "slug"),
    [
        (ANA, {}, 403, "own-request"),
        (EVE, {}, 403, "not-an-approver"),
        (BEN, {"hash": "another"}, 409, "other-plan"),
        (BEN, {"hash": ""}, 422, "invalid-request"),
        (BEN, {"reason": ""}, 422, "invalid-request"),
        (BEN, {"token": "token-1"}, 422, "invalid-request"),
    ],
)
def test_an_answer_that_does_not_count_changes_nothing(
    core: FakeCore, api: Gateway, who: str, body: dict[str, Any], status: int, slug: str, answer: str
) -> None:
    approval = ask_for(core, api)
    before = dict(core.changed)
    refused = reply(api, approval, who, answer, **body)
    assert (refused.status, refused.body["type"]) == (status, f"urn:interlock:problem:{slug}")
    assert core.changed == before
    assert core.executions.told == {}


def test_one_that_is_over_is_closed(core: FakeCore, api: Gateway) -> None:
    approval = ask_for(core, api)
    core.clock.advance(3600)
    late = reply(api, approval, BEN)
    assert (late.status, late.body["type"], late.body["state"]) == (
        409,
        "urn:interlock:problem:approval-closed",
        "expired",
    )
    core.end(read_approval(approval, core.ports).subject.dispatch)
    over = reply(api, approval, BEN)
    assert (over.status, over.body["state"]) == (409, "void")


@pytest.mark.parametrize(
    "approval", ["nothing", "a.b", f"{'0' * 20}-{'0' * 20}", f"{'0' * 20}-{'0' * 20}.sign", "%2e%2e"]
)
def test_an_unknown_one_is_404(api: Gateway, approval: str) -> None:
    assert api.get(f"/v1/approvals/{approval}").status == 404
    refused = reply(api, approval, BEN)
    assert (refused.status, refused.body["type"]) == (404, "urn:interlock:problem:unknown-approval")


def test_a_start_that_needs_approval_is_202_and_starts_when_another_person_says_yes(
    core: FakeCore, api: Gateway
) -> None:
    line = ApprovalLine((), (Intent.DISRUPT,), ("request",), (), ("ana", "ben"), 1, 3600)
    core.bundle = replace(core.bundle, control=core.bundle.control._replace(approvals=(line,)))
    asked = api.start("host_reboot", "k1", host="i-0a")
    assert (asked.status, asked.body["verdict"], asked.body["state"]) == (202, "await_approval", "awaiting")
    assert api.start("host_reboot", "k1", host="i-0a").body["repeated"]
    dispatch = asked.body["id"]
    assert reply(api, dispatch, ANA).body["type"] == "urn:interlock:problem:own-request"
    assert core.executions.started == {}
    assert reply(api, dispatch, BEN).body["action"] == "its dispatch is started"
    assert list(core.executions.started) == [dispatch]
    shown = api.get(f"/v1/dispatches/{dispatch}").body
    assert (shown["state"], shown["approved_by"], shown["requested"]["principal"]) == ("reserved", [BEN], ANA)
