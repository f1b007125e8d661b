import json

import pytest

from chalicelib.atoms.contract import HttpAnswer, refuse_http
from chalicelib.atoms.errors import HostNotAllowed, InputInvalid, NotFound, Throttled, Unavailable
from chalicelib.atoms.http import call
from chalicelib.atoms.http.answers import HttpRefused
from chalicelib.atoms.notify import webhook
from tests.unit.atoms.fakes import FakeAws

SECRET = "interlock/atoms/ops"
URL = "https://hooks.slack.com/services/T/B/secret"


@pytest.fixture
def aws() -> FakeAws:
    made = FakeAws()
    made.secrets.secrets[SECRET] = URL
    return made


def test_a_call_sends_json_with_the_secret_and_the_idempotency_key(aws: FakeAws) -> None:
    aws.secrets.secrets[SECRET] = "Bearer t"
    aws.web.answers = [HttpAnswer(201, '{"id": 3}')]
    given = {
        "method": "POST",
        "url": "https://api.example.com/x",
        "authorization_secret_name": SECRET,
        "data": {"a": 1},
    }
    assert aws.run(call.ATOM, **given) == {"status": 201, "data": {"id": 3}, "text": ""}
    [sent] = aws.web.sent
    assert sent["headers"]["Authorization"] == "Bearer t"
    assert len(sent["headers"]["Idempotency-Key"]) <= 64
    assert json.loads(sent["body"]) == {"a": 1}
    assert sent["also"] == frozenset()


def test_an_answer_that_is_no_json_is_kept_as_text(aws: FakeAws) -> None:
    aws.web.answers = [HttpAnswer(200, "hello" * 10_000)]
    answer = aws.run(call.ATOM, url="https://api.example.com/")
    assert (answer["data"], len(answer["text"])) == (None, 20_000)


@pytest.mark.parametrize(
    ("status", "error"),
    [(429, Throttled), (500, Unavailable), (503, Unavailable), (404, HttpRefused), (301, HttpRefused)],
)
def test_an_unexpected_status_is_a_named_error(aws: FakeAws, status: int, error: type[Exception]) -> None:
    aws.web.answers = [HttpAnswer(status, "secret body")]
    with pytest.raises(error, match=f"api.example.com answered {status}") as raised:
        aws.run(call.ATOM, url="https://api.example.com/path?token=x")
    assert "token" not in str(raised.value)


@pytest.mark.parametrize("url", ["http://a.example/", "https://a.example/ x", "ftp://a", "https://", "//a", ""])
def test_what_is_no_https_url_is_refused(aws: FakeAws, url: str) -> None:
    with pytest.raises(InputInvalid, match="url"):
        aws.run(call.ATOM, url=url)
    assert aws.web.sent == []


@pytest.mark.parametrize("name", ["Bad Header", "X\r\nY", ""])
def test_headers_cannot_be_smuggled(aws: FakeAws, name: str) -> None:
    with pytest.raises(InputInvalid, match="headers"):
        aws.run(call.ATOM, url="https://a.example/", headers={name: "v"})
    with pytest.raises(InputInvalid, match="headers"):
        aws.run(call.ATOM, url="https://a.example/", headers={"X-A": "a\r\nX-B: b"})


def test_slack_gets_its_text_at_the_secret_url_and_nobody_else_is_told_it(aws: FakeAws) -> None:
    answer = aws.run(webhook.ATOM, to="slack", secret_name=SECRET, text="Host down")
    assert answer == {"to": "slack", "status": 200}
    [sent] = aws.web.sent
    assert (sent["url"], json.loads(sent["body"])) == (URL, {"text": "Host down"})
    assert sent["also"] == {"hooks.slack.com", "hooks.slack-gov.com"}


def test_pagerduty_takes_every_attempt_of_a_step_for_one_alert(aws: FakeAws) -> None:
    aws.secrets.secrets[SECRET] = "R0UT1NG"
    aws.web.answers = [HttpAnswer(202, "{}"), HttpAnswer(202, "{}")]
    for _ in range(2):
        aws.run(webhook.ATOM, to="pagerduty", secret_name=SECRET, text="Host down")
    first, second = (json.loads(sent["body"]) for sent in aws.web.sent)
    assert first == second
    assert (first["routing_key"], first["event_action"]) == ("R0UT1NG", "trigger")
    assert first["payload"]["severity"] == "error"


def test_a_secret_of_another_owner_cannot_be_named(aws: FakeAws) -> None:
    with pytest.raises(InputInvalid, match="secret"):
        aws.run(webhook.ATOM, to="slack", secret_name="prod/database", text="x")


@pytest.mark.parametrize("text", ["", "  ", "two\nlines"])
def test_a_secret_that_is_not_one_line_is_refused_without_being_quoted(aws: FakeAws, text: str) -> None:
    aws.secrets.secrets[SECRET] = text
    with pytest.raises(InputInvalid, match="empty or not one line"):
        aws.run(webhook.ATOM, to="slack", secret_name=SECRET, text="x")


def test_a_secret_that_is_not_there_is_not_found(aws: FakeAws) -> None:
    with pytest.raises(NotFound):
        aws.run(webhook.ATOM, to="slack", secret_name="interlock/atoms/other", text="x")


def test_no_host_is_allowed_where_none_was_named() -> None:
    with pytest.raises(HostNotAllowed, match=r"GET https://a\.example/") as raised:
        refuse_http("GET", "https://a.example/?token=x", headers={}, body=None)
    assert "token" not in str(raised.value)
