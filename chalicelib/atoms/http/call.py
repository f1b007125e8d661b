"""Call a web API of a host that this deployment allows."""

import json
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints

from chalicelib.atoms.contract import Atom, AtomInput, AtomOutput, Context, Idempotency, Proof
from chalicelib.atoms.errors import HostNotAllowed
from chalicelib.atoms.http.answers import HttpRefused, require_status
from chalicelib.atoms.http.secrets import READ_SECRETS, SecretName, read_secret
from chalicelib.catalog.model import Intent

_MOST_TEXT = 20_000

HeaderName = Annotated[str, StringConstraints(pattern="^[A-Za-z][A-Za-z0-9-]{0,63}$")]
HeaderValue = Annotated[str, StringConstraints(pattern=r"^[ -~]{0,1000}$")]


class Input(AtomInput):
    """What to ask of whom."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    url: Annotated[
        str, Field(pattern="^https://[!-~]{1,2000}$", description="Its host must be allowed by policies/http.yaml")
    ]
    headers: Annotated[dict[HeaderName, HeaderValue], Field(max_length=20)] = Field(
        default_factory=dict, description="Headers that are no secret"
    )
    authorization_secret_name: SecretName | None = Field(
        default=None, description="Name of the secret whose text is sent as the Authorization header"
    )
    data: Any = Field(default=None, description="Sent as JSON; none sends no body")
    expect: Annotated[list[Annotated[int, Field(ge=200, le=599)]], Field(min_length=1)] = Field(
        default=[200, 201, 202, 204], description="Statuses that are a success; a redirect is never followed"
    )


class Output(AtomOutput):
    """What was answered."""

    status: int
    data: Any = Field(description="The body if it is JSON, else null")
    text: str = Field(description="The body if it is not JSON, cut at 20,000 characters")


def run(given: Input, context: Context) -> Output:
    """Send it once, with the idempotency key as `Idempotency-Key`, which only some servers heed.

    Raises HostNotAllowed, Throttled for 429, Unavailable for 5xx or no answer, HttpRefused for any other status.
    """
    headers = {"Accept": "application/json", **given.headers, "Idempotency-Key": context.idempotency_key}
    if given.authorization_secret_name is not None:
        headers["Authorization"] = read_secret(context, given.authorization_secret_name)
    body = None
    if given.data is not None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(given.data, ensure_ascii=False).encode()
    answer = context.http(given.method, given.url, headers=headers, body=body)
    host = urlsplit(given.url).hostname or ""
    context.log("called a web API", host=host, method=given.method, status=answer.status)
    require_status(answer, given.expect, host)
    try:
        return Output(status=answer.status, data=json.loads(answer.body), text="")
    except ValueError:
        return Output(status=answer.status, data=None, text=answer.body[:_MOST_TEXT])


ATOM = Atom(
    name="http.call",
    version=1,
    summary="Call a web API of an allowed host over HTTPS; a repeat calls it again.",
    input=Input,
    output=Output,
    # What it changes is no object of Interlock's, so there is nothing for control to lock.
    intent=Intent.OBSERVE,
    touches=(),
    emits=(),
    permissions=(READ_SECRETS,),
    # Reading the secret may be retried to its end, and then the call has its own seconds.
    timeout_s=90,
    effect_timeout_s=0,
    idempotency=Idempotency.NONE,
    undo=None,
    errors=(HostNotAllowed, HttpRefused),
    example="""\
- id: invalidate
  atom: http.call
  with:
    method: POST
    url: https://cache.example.com/v1/purge
    authorization_secret_name: interlock/atoms/cache-token
    data: {prefix: /checkout}
""",
    run=run,
    home=True,
    proof=Proof.STUBBER,
)
