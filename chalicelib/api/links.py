"""Signed links: a person without an IAM identity answers one approval, once, until the link expires.

A link names the approval, its hash, the approver and who made it, and is signed with the secret
`interlock/<stage>/webhooks/approval-links`. It is only worth anything where `from` names `link:<approver>`.
"""

import base64
import binascii
import hmac
import json
from datetime import timedelta
from hashlib import sha256
from html import escape
from typing import Annotated, Any, NamedTuple
from urllib.parse import parse_qs

from pydantic import ConfigDict, Field

from chalicelib.api.access import Permit
from chalicelib.api.approvals import ApprovalView, ReplyRequest, ReplyResult, reply_to, show_approval
from chalicelib.api.body import MAX_BYTES, read_body
from chalicelib.api.core import Core
from chalicelib.api.judging import judge_dispatch
from chalicelib.api.problems import AlreadyClosed, BadLink, NoLinks, NotAsked, OwnApproval, TooLarge
from chalicelib.api.schemas.base import Schema
from chalicelib.api.validation import read_request
from chalicelib.catalog.model import Grant, Intent, Role
from chalicelib.control.approvals.approval import ApprovalState, Reply
from chalicelib.control.approvals.approvers import LINK, may_answer
from chalicelib.control.records import render_time

SECRET = "approval-links"  # noqa: S105 - its name
_FORM = "application/x-www-form-urlencoded"
_LONGEST_S = 7 * 24 * 3600


class LinkRequest(Schema):
    """Make a link for somebody whom the approval's `from` names as `link:<approver>`."""

    model_config = ConfigDict(strict=True)

    approver: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.@+-]{1,128}$")]
    seconds: Annotated[int, Field(ge=60, le=_LONGEST_S)] = 24 * 3600


class Link(Schema):
    """A link, as a path below the API's base URL. Whoever has it can answer as the approver."""

    path: str
    approver: str
    hash: str
    expires_at: str


class LinkReply(Schema):
    """An answer through a link, as JSON or as the fields of a form."""

    model_config = ConfigDict(strict=True)

    answer: Annotated[Reply, Field(strict=False)]
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


class LinkedApproval(Schema):
    """What the person behind a link is asked."""

    approver: str
    approval: ApprovalView


class Claims(NamedTuple):
    """What a link says."""

    approval: str
    hash: str
    approver: str
    until: int
    """Epoch seconds."""
    issuer: str


def make_link(core: Core, permit: Permit, approval: str, request: LinkRequest) -> Link:
    """Make a link. Raises UnknownApprovalId, OutOfScope, OwnApproval, NotAsked, AlreadyClosed and NoLinks."""
    found = show_approval(core, approval)
    judge_dispatch(core, permit, found.dispatch)
    if permit.principal == found.requested_by:
        raise OwnApproval(approval=approval, who=permit.principal)
    if not may_answer(found.approvers, LINK + request.approver):
        raise NotAsked(who=LINK + request.approver, approvers=", ".join(found.approvers))
    if found.state is not ApprovalState.PENDING:
        raise AlreadyClosed(
            approval=approval, state=found.state, cause=found.reason or "", extra={"state": found.state}
        )
    until = core.ports.clock.now() + timedelta(seconds=request.seconds)
    claims = Claims(approval, found.hash, request.approver, int(until.timestamp()), permit.principal)
    text = _encode(json.dumps(claims, separators=(",", ":")).encode())
    token = f"{text}.{_sign(_read_secret(core), text)}"
    return Link(
        path=f"/v1/approval-links/{token}", approver=request.approver, hash=found.hash, expires_at=render_time(until)
    )


def show_link(core: Core, token: str) -> LinkedApproval:
    """Say what is asked. Changes nothing, so that a mail program that follows links answers nothing. Raises BadLink."""
    claims = _read_link(core, token)
    shown = show_approval(core, claims.approval)
    return LinkedApproval(
        approver=claims.approver, approval=ApprovalView(**shown.model_dump(include=set(ApprovalView.model_fields)))
    )


def answer_link(core: Core, token: str, content_type: str | None, body: bytes) -> ReplyResult:
    """Take the answer. Raises BadLink, and what any answer raises."""
    claims = _read_link(core, token)
    said = read_request(LinkReply, _read_fields(content_type, body))
    # What the link may answer is what whoever made it was judged for.
    permit = Permit(LINK + claims.approver, None, (Grant((), Role.APPROVER, (), (), (), Intent.DESTROY),))
    request = ReplyRequest(hash=claims.hash, reason=said.reason)
    return reply_to(core, permit, claims.approval, said.answer, request, claims.issuer)


def write_page(linked: LinkedApproval) -> str:
    """Write the page that a browser shows."""
    one = linked.approval
    rows = {
        "Asked": one.asks,
        "Workflow": one.workflow,
        "Object": one.object or "-",
        "Asked for by": one.requested_by or "a rule",
        "Approved by now": f"{one.given} of {one.need}",
        "Until": one.expires_at,
        "State": f"{one.state} {one.reason or ''}",
        "You are": linked.approver,
        "Hash": one.hash,
    }
    table = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows.items())
    form = (
        '<form method="post"><p><label>Why <input name="reason" required maxlength="1000" size="60"></label></p>'
        '<button name="answer" value="approve">Approve</button> <button name="answer" value="reject">Reject</button></form>'
    )
    return _PAGE.format(body=f"<h1>Approval</h1><table>{table}</table>{form if one.state == 'pending' else ''}")


def write_result(done: ReplyResult) -> str:
    """Write the page after an answer."""
    return _PAGE.format(body=f"<h1>{escape(done.approval.state)}</h1><p>{escape(done.action)}</p>")


_PAGE = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Interlock</title></head><body>{body}</body></html>'
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def _read_fields(content_type: str | None, body: bytes) -> Any:
    if (content_type or "").partition(";")[0].strip().lower() != _FORM:
        return read_body(body, content_type)
    if len(body) > MAX_BYTES:
        raise TooLarge(size=len(body), limit=MAX_BYTES)
    return {name: values[-1] for name, values in parse_qs(body.decode(errors="replace"), max_num_fields=10).items()}


def _read_link(core: Core, token: str) -> Claims:
    """Check a link. Whatever is wrong with it is the same problem: who has no link learns nothing."""
    text, _, signature = token.partition(".")
    if not hmac.compare_digest(_sign(_read_secret(core), text).encode(), signature.encode(errors="replace")):
        raise BadLink
    try:
        approval, asked, approver, until, issuer = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, TypeError):
        raise BadLink from None
    if core.ports.clock.now().timestamp() >= until:
        raise BadLink
    return Claims(approval, asked, approver, until, issuer)


def _read_secret(core: Core) -> bytes:
    secret = core.secrets.read(SECRET)
    if not secret:
        raise NoLinks
    return secret.encode()


def _sign(secret: bytes, text: str) -> str:
    return hmac.new(secret, b"interlock approval link:" + text.encode(errors="replace"), sha256).hexdigest()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
