"""Tell people through Slack or PagerDuty; the secret half of the address never leaves Secrets Manager for the input."""

import json
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field

from chalicelib.atoms.contract import Atom, AtomInput, AtomOutput, Context, Idempotency, Proof
from chalicelib.atoms.errors import HostNotAllowed
from chalicelib.atoms.http.answers import HttpRefused, require_status
from chalicelib.atoms.http.secrets import READ_SECRETS, SecretName, read_secret
from chalicelib.catalog.model import Intent

_SLACK = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
_PAGERDUTY = "https://events.pagerduty.com/v2/enqueue"
_ACCEPTED = (200, 202)


class Input(AtomInput):
    """Whom to tell what."""

    to: Literal["slack", "pagerduty"]
    secret_name: SecretName = Field(description="Its text is Slack's webhook URL, or PagerDuty's routing key")
    text: Annotated[str, Field(min_length=1, max_length=3000)] = Field(description="What people read")
    severity: Literal["info", "warning", "error", "critical"] = Field(default="error", description="PagerDuty's alone")
    key: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(
        default=None,
        description="PagerDuty alerts of one key are one incident; none is one for each step of a dispatch",
    )


class Output(AtomOutput):
    """That it was accepted; whether anybody has read it is not known."""

    to: str
    status: int


def run(given: Input, context: Context) -> Output:
    """Send it once. PagerDuty takes a repeat for the same alert; Slack shows it twice."""
    secret = read_secret(context, given.secret_name)
    url, allowed, body = _address(given, secret, context)
    answer = context.http(
        "POST",
        url,
        headers={"Content-Type": "application/json"},
        body=json.dumps(body, ensure_ascii=False).encode(),
        also=allowed,
    )
    require_status(answer, _ACCEPTED, urlsplit(url).hostname or "")
    return Output(to=given.to, status=answer.status)


def _address(given: Input, secret: str, context: Context) -> tuple[str, frozenset[str], dict[str, Any]]:
    if given.to == "slack":
        return secret, _SLACK, {"text": given.text}
    payload = {"summary": given.text[:1024], "severity": given.severity, "source": context.dispatch.object}
    body = {
        "routing_key": secret,
        "event_action": "trigger",
        "dedup_key": given.key or context.idempotency_key,
        "payload": payload,
    }
    return _PAGERDUTY, frozenset({"events.pagerduty.com"}), body


ATOM = Atom(
    name="notify.webhook",
    version=1,
    summary="Send a message to Slack or PagerDuty; in Slack a repeat shows it twice.",
    input=Input,
    output=Output,
    # A message acts on no operations object, so there is nothing for control to lock.
    intent=Intent.OBSERVE,
    touches=(),
    emits=(),
    permissions=(READ_SECRETS,),
    timeout_s=90,
    effect_timeout_s=0,
    idempotency=Idempotency.NONE,
    undo=None,
    errors=(HostNotAllowed, HttpRefused),
    example="""\
- id: tell
  atom: notify.webhook
  with:
    to: slack
    secret_name: interlock/atoms/slack-ops
    text: "{% 'Host ' & $input.host & ' is still stopped.' %}"
""",
    run=run,
    home=True,
    proof=Proof.STUBBER,
)
