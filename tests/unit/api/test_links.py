"""Signed links: one person, one approval, one answer, until it expires."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.control.approvals.approve import Ask, ask
from tests.unit.api.world import ANA, BEN, FakeCore, Reply, make_gateway

QUESTION = {
    "from": ["ben", "eve", "link:*@ops"],
    "need": 1,
    "reason": "<b>Go</b> on?",
    "expires_s": 3600,
    "on_expiry": "fail",
    "on_reject": "fail",
}
JSON = {"Content-Type": "application/json"}


@dataclass
class OneSecret:
    """A secret for links."""

    text: str | None = "correct horse"

    def read(self, source: str) -> str | None:
        return self.text if source == "approval-links" else None


@pytest.fixture
def core() -> FakeCore:
    return FakeCore(secrets=OneSecret())


def ask_for(core: FakeCore, **changes: Any) -> str:
    """Have ana start a workflow whose step asks."""
    core.clock.advance(1)
    host = f"i-{len(core.executions.started):02x}"
    dispatch = make_gateway(core).start("host_reboot", f"k{host}", host=host).body["id"]
    ask(Ask(dispatch, "sign", "token-1", {**QUESTION, **changes}), core.ports)
    return f"{dispatch}.sign"


def link(core: FakeCore, approval: str, approver: str = "ana@ops", issuer: str = BEN, **changes: Any) -> Reply:
    raw = json.dumps({"approver": approver, **changes}).encode()
    core.clock.advance(1)
    return make_gateway(core, issuer).send("POST", f"/v1/approvals/{approval}/links", raw, JSON)


def open_link(core: FakeCore, path: str) -> Reply:
    return make_gateway(core, None).send("GET", path)


def answer(core: FakeCore, path: str, reply: str = "approve") -> Reply:
    raw = json.dumps({"answer": reply, "reason": "on the phone"}).encode()
    return make_gateway(core, None).send("POST", path, raw, JSON)


def test_a_link_shows_what_is_asked_and_only_a_post_answers(core: FakeCore) -> None:
    approval = ask_for(core)
    path = link(core, approval).body["path"]
    for _ in range(2):
        shown = open_link(core, path)
        assert (shown.status, shown.body["approver"], shown.body["approval"]["asks"]) == (
            200,
            "ana@ops",
            "<b>Go</b> on?",
        )
    assert core.executions.told == {}
    done = answer(core, path)
    assert (done.status, done.body["approval"]["state"]) == (200, "approved")
    assert core.executions.told["token-1"]["by"] == ["link:ana@ops"]
    (said,) = make_gateway(core).get(f"/v1/approvals/{approval}").body["answers"]
    assert (said["who"], said["issued_by"], said["reason"]) == ("link:ana@ops", BEN, "on the phone")
    again = answer(core, path, "reject")
    assert (again.status, again.body["changed"]) == (200, False)


def test_a_browser_gets_a_page_in_which_nothing_of_the_question_is_markup(core: FakeCore) -> None:
    from chalicelib.api.links import show_link, write_page  # noqa: PLC0415

    path = link(core, ask_for(core)).body["path"]
    page = write_page(show_link(core, path.rpartition("/")[2]))
    assert "&lt;b&gt;Go&lt;/b&gt; on?" in page
    assert "<b>" not in page
    assert '<form method="post">' in page


def test_a_form_answers_too(core: FakeCore) -> None:
    path = link(core, ask_for(core)).body["path"]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    done = make_gateway(core, None).send("POST", path, b"answer=reject&reason=not+now", form)
    assert (done.status, done.body["approval"]["state"]) == (200, "rejected")
    bad = make_gateway(core, None).send("POST", path, b"answer=perhaps&reason=x", form)
    assert (bad.status, bad.body["type"]) == (422, "urn:interlock:problem:invalid-request")


def test_what_is_not_a_link_made_here_is_one_and_the_same_problem(core: FakeCore) -> None:
    path = link(core, ask_for(core)).body["path"]
    text, _, signature = path.rpartition("/")[2].partition(".")
    other = link(core, ask_for(core), approver="eve@ops").body["path"].rpartition("/")[2]
    for token in (
        "x",
        f"{text}.",
        f"{text}.00",
        f".{signature}",
        f"{text}x.{signature}",
        f"{other.partition('.')[0]}.{signature}",
        "a.ü",
    ):
        refused = answer(core, f"/v1/approval-links/{token}")
        assert (refused.status, refused.body["type"]) == (401, "urn:interlock:problem:bad-link"), token
    core.secrets = OneSecret("another")
    assert open_link(core, path).status == 401
    assert core.executions.told == {}


def test_a_link_ends_with_its_time(core: FakeCore) -> None:
    path = link(core, ask_for(core, expires_s=7200), seconds=60).body["path"]
    core.clock.advance(60)
    assert (open_link(core, path).status, answer(core, path).status) == (401, 401)


@pytest.mark.parametrize(
    ("approver", "issuer", "status", "slug"),
    [
        ("ana@ops", ANA, 403, "own-request"),
        ("ana@shop", BEN, 403, "not-an-approver"),
        ("ben", BEN, 403, "not-an-approver"),
        ("a b", BEN, 422, "invalid-request"),
    ],
)
def test_a_link_that_nobody_may_have_is_not_made(
    core: FakeCore, approver: str, issuer: str, status: int, slug: str
) -> None:
    refused = link(core, ask_for(core), approver, issuer)
    assert (refused.status, refused.body["type"]) == (status, f"urn:interlock:problem:{slug}")


def test_without_a_secret_there_are_no_links(core: FakeCore) -> None:
    core.secrets = OneSecret(None)
    approval = ask_for(core)
    assert link(core, approval).body["type"] == "urn:interlock:problem:no-links"
    assert open_link(core, "/v1/approval-links/a.b").status == 404


def test_whoever_made_a_link_has_one_voice_with_it(core: FakeCore) -> None:
    approval = ask_for(core, need=2)
    path = link(core, approval).body["path"]
    second = link(core, approval, "eve@ops").body["path"]
    assert answer(core, path).body["approval"]["given"] == 1
    api = make_gateway(core, BEN)
    asked = api.get(f"/v1/approvals/{approval}").body["hash"]
    own = api.send(
        "POST", f"/v1/approvals/{approval}/approve", json.dumps({"hash": asked, "reason": "x"}).encode(), JSON
    )
    assert (own.status, own.body["type"]) == (403, "urn:interlock:problem:one-voice")
    assert answer(core, second).body["type"] == "urn:interlock:problem:one-voice"
    assert core.executions.told == {}
