"""Webhooks: each sender's own way to sign, what becomes of the event, and that a refusal tells nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib.catalog.model import RuleMode
from chalicelib.control.records import event_key
from chalicelib.events.parse import MAX_BYTES
from chalicelib.events.webhooks.contract import sign
from tests.builders import make_bundle
from tests.unit.api.world import FakeCore, Gateway, Reply, make_gateway
from tests.unit.decision.examples import make_rule

SECRET = "correct horse battery staple"
ALERT = {
    "status": "firing", "labels": {"alertname": "DiskFull", "instance": "i-0a"}, "annotations": {"summary": "full"},
    "startsAt": "2026-03-11T21:00:00Z", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "http://prom/x", "fingerprint": "c6eadffa33fcdf37",
}  # fmt: skip
ALERTS = {"version": "4", "receiver": "interlock", "status": "firing", "groupKey": '{}:{alertname="DiskFull"}', "alerts": [ALERT, {**ALERT, "status": "resolved", "endsAt": "2026-03-11T21:05:00Z"}]}  # fmt: skip
INCIDENT = {"event": {"id": "01DEN4HPBQAAAG05V5QQYBRZMF", "event_type": "incident.triggered", "resource_type": "incident", "occurred_at": "2026-03-11T21:00:00.000Z", "data": {"id": "Q1", "type": "incident"}}}  # fmt: skip
DEPLOYMENT = {"action": "created", "deployment_status": {"state": "success"}, "repository": {"full_name": "o/r"}}
PLAIN = {"id": "42", "type": "Disk Full", "time": "2026-03-11T21:00:00Z", "host": "i-0a"}


@dataclass
class FakeSecrets:
    """By source."""

    texts: dict[str, str] = field(default_factory=dict)

    def read(self, source: str) -> str | None:
        return self.texts.get(source)


@dataclass(frozen=True)
class Sent:
    """What a sender sends."""

    source: str
    body: bytes
    headers: Mapping[str, str]


def send_as(source: str, now: float, secret: str = SECRET, body: Any = None) -> Sent:
    """Sign as the sender's documentation says."""
    key, stamp = secret.encode(), str(int(now))
    default = {"alertmanager": ALERTS, "grafana": ALERTS, "pagerduty": INCIDENT, "github": DEPLOYMENT, "json": PLAIN}
    raw = json.dumps(default[source] if body is None else body).encode()
    headers = {
        "alertmanager": {"Authorization": f"Bearer {secret}"},
        "grafana": {
            "X-Grafana-Alerting-Signature": sign(key, stamp.encode(), b":", raw),
            "X-Grafana-Alerting-Timestamp": stamp,
        },
        "pagerduty": {"X-PagerDuty-Signature": f"v1={'0' * 64},v1={sign(key, raw)}"},
        "github": {"X-Hub-Signature-256": f"sha256={sign(key, raw)}", "X-GitHub-Event": "deployment_status"},
        "json": {
            "Interlock-Timestamp": stamp,
            "Interlock-Signature": f"v1={sign(key, stamp.encode(), b'.', raw)}",
        },
    }
    return Sent(source, raw, headers[source])


SENDERS = ("alertmanager", "grafana", "pagerduty", "github", "json")
TIMED = ("grafana", "json")


@pytest.fixture
def core() -> FakeCore:
    return FakeCore(secrets=FakeSecrets(dict.fromkeys(SENDERS, SECRET)))


@pytest.fixture
def gateway(core: FakeCore) -> Gateway:
    return make_gateway(core, principal=None)


def post(gateway: Gateway, sent: Sent, **headers: str) -> Reply:
    return gateway.send("POST", f"/v1/events/{sent.source}", sent.body, {**sent.headers, **headers})


def now_of(core: FakeCore) -> float:
    return core.clock.now().timestamp()


@pytest.mark.parametrize("source", SENDERS)
def test_a_signed_request_is_taken_and_recorded(source: str, core: FakeCore, gateway: Gateway) -> None:
    reply = post(gateway, send_as(source, now_of(core)))
    assert reply.status == 202
    assert len(reply.body["events"]) == (2 if source in {"alertmanager", "grafana"} else 1)
    for event in reply.body["events"]:
        row = core.store.rows[event_key(event)]
        assert (row["outcome"], row["source"]) == ("no rule", f"webhook.{source}")


@pytest.mark.parametrize("source", SENDERS)
def test_the_same_event_keeps_its_id_however_often_it_is_sent(source: str, core: FakeCore, gateway: Gateway) -> None:
    first = post(gateway, send_as(source, now_of(core)))
    core.clock.advance(60)
    assert post(gateway, send_as(source, now_of(core))).body == first.body


@pytest.mark.parametrize("source", SENDERS)
def test_what_is_not_signed_rightly_is_refused_alike(source: str, core: FakeCore, gateway: Gateway) -> None:
    good = send_as(source, now_of(core))
    wrong = send_as(source, now_of(core), secret="another secret")
    refused = [
        post(gateway, wrong),
        gateway.send("POST", f"/v1/events/{source}", good.body),
        gateway.send("POST", "/v1/events/unknown", good.body, good.headers),
        gateway.send("POST", "/v1/events/Not%20A%20Source", good.body, good.headers),
        *[post(gateway, good, **{name: "x"}) for name in good.headers if "Event" not in name],
    ]
    if source != "alertmanager":
        refused.append(gateway.send("POST", f"/v1/events/{source}", good.body + b" ", good.headers))
    assert {reply.status for reply in refused} == {401}
    assert {json.dumps({**reply.body, "instance": ""}) for reply in refused} == {
        json.dumps(
            {
                "type": "urn:interlock:problem:not-proven",
                "title": "Not signed",
                "status": 401,
                "detail": "The request is not signed as this source must sign, or there is no such source.",
                "instance": "",
            }
        )
    }
    assert not core.store.rows


@pytest.mark.parametrize("source", TIMED)
@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_request_outside_the_window_is_refused(source: str, seconds: int, core: FakeCore, gateway: Gateway) -> None:
    assert post(gateway, send_as(source, now_of(core) + seconds)).status == 401
    assert post(gateway, send_as(source, now_of(core) + seconds / 302 * 299)).status == 202


def test_grafana_may_sign_without_a_time(core: FakeCore, gateway: Gateway) -> None:
    body = json.dumps(ALERTS).encode()
    headers = {"X-Grafana-Alerting-Signature": sign(SECRET.encode(), body)}
    assert gateway.send("POST", "/v1/events/grafana", body, headers).status == 202


def test_a_source_of_another_name_has_its_adapter_in_its_secret_and_several_secrets(core: FakeCore) -> None:
    text = json.dumps({"adapter": "github", "secrets": ["new", SECRET]})
    core.secrets = FakeSecrets({"our-ci": text})
    sent = send_as("github", 0)
    reply = make_gateway(core, principal=None).send("POST", "/v1/events/our-ci", sent.body, sent.headers)
    assert reply.status == 202


@pytest.mark.parametrize(
    "text",
    ["", "{}", '{"adapter": "github"}', '{"adapter": "x", "secrets": ["a"]}', '{"adapter": "github", "secrets": [""]}',
     '{"adapter": "github", "secrets": "a"}', '{"adapter": 1, "secrets": ["a"]}', "[]"],
)  # fmt: skip
def test_a_secret_that_is_none_lets_nobody_in(text: str, core: FakeCore) -> None:
    core.secrets = FakeSecrets({"our-ci": text})
    for secret in ("", "a", "{}", "[]"):
        sent = send_as("github", 0, secret)
        reply = make_gateway(core, principal=None).send("POST", "/v1/events/our-ci", sent.body, sent.headers)
        assert reply.status == 401


def test_a_copied_github_request_is_no_new_event_under_another_name(core: FakeCore, gateway: Gateway) -> None:
    sent = send_as("github", 0)
    first = post(gateway, sent)
    again = post(gateway, sent, **{"X-GitHub-Event": "push", "X-GitHub-Delivery": "other"})
    assert again.body == first.body


@pytest.mark.parametrize(
    ("source", "body"),
    [
        ("json", []),
        ("json", "x"),
        ("alertmanager", {"alerts": None}),
        ("alertmanager", {"alerts": [7]}),
        ("alertmanager", {"alerts": [{"status": "firing"}]}),
        ("grafana", {"alerts": [ALERT] * 51}),
        ("pagerduty", {"event": {"id": 7}}),
    ],
)
def test_a_proven_body_that_cannot_be_read_is_told_why(
    source: str, body: Any, core: FakeCore, gateway: Gateway
) -> None:
    reply = post(gateway, send_as(source, now_of(core), body=body))
    assert reply.status == 422
    assert reply.headers["Content-Type"] == "application/problem+json"


def test_a_body_that_is_too_long_is_refused_before_it_is_looked_at(gateway: Gateway) -> None:
    assert gateway.send("POST", "/v1/events/json", b"x" * (MAX_BYTES + 1)).status == 413


def test_a_rule_decides_about_an_alert(core: FakeCore) -> None:
    rule = make_rule(
        mode=RuleMode.ACTIVE,
        match={"source": ["webhook.alertmanager"], "detail": {"alertname": ["DiskFull"], "status": ["firing"]}},
        object="host/{% $event.detail.labels.instance %}",
        goal=None,
    )
    core.bundle = make_bundle(rules=(rule,))
    post(make_gateway(core, principal=None), send_as("alertmanager", 0))
    rows = [row for row in core.store.rows.values() if row.get("rule") == rule.name]
    assert [row["object"].rpartition("/")[2] for row in rows] == ["i-0a"]
