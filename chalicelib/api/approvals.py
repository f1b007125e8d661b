"""Approvals over HTTP: what people are asked, and their answers. Whose answer counts is control's to say."""

from typing import Annotated

from pydantic import ConfigDict, Field

from chalicelib.api.access import Permit
from chalicelib.api.core import Core
from chalicelib.api.judging import judge_dispatch
from chalicelib.api.objects import show_full
from chalicelib.api.problems import AlreadyClosed, NotAsked, OneVoice, OtherPlan, OwnApproval, UnknownApprovalId
from chalicelib.api.schemas.base import Schema
from chalicelib.control.approvals import approve
from chalicelib.control.approvals.approval import (
    Answer,
    Approval,
    ApprovalClosed,
    ApprovalState,
    NotApprover,
    OtherHash,
    OwnRequest,
    Reply,
    SamePerson,
    UnknownApproval,
)
from chalicelib.control.records import is_dispatch_id


class ApprovalQuery(Schema):
    """Which approvals to list: all that are pending, or everything that was ever asked about one dispatch."""

    dispatch: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class ReplyRequest(Schema):
    """An answer. `hash` is the approval's, so that it is to what the person has seen and to nothing else."""

    model_config = ConfigDict(strict=True)

    hash: Annotated[str, Field(min_length=1, max_length=64)]
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


class AnswerView(Schema):
    """What one person said."""

    who: str
    answer: Reply
    reason: str
    at: str
    issued_by: str | None
    """Who made the signed link that it came by."""


class ApprovalView(Schema):
    """A request for approval, in a list."""

    id: str
    state: ApprovalState
    dispatch: str
    step: str | None
    """The step of the running workflow that waits; None for a plan that has not started."""
    workflow: str
    object: str | None
    asks: str
    """Why people are asked, in words."""
    requested_by: str | None
    """The principal who asked for the dispatch, and so may not answer; None for a rule."""
    approvers: list[str]
    need: int
    given: int
    hash: str
    asked_at: str
    expires_at: str
    closed_at: str | None
    reason: str | None
    """Why it is in this state, once it is not pending."""


class ApprovalDetail(ApprovalView):
    """All of a request but its token."""

    on_expiry: str
    on_reject: str
    answers: list[AnswerView]


class ApprovalList(Schema):
    """Requests; what expires first comes first."""

    approvals: list[ApprovalView]


class ReplyResult(Schema):
    """What an answer led to. `changed` is false for a person's second one."""

    approval: ApprovalView
    changed: bool
    action: str


def list_approvals(core: Core, query: ApprovalQuery) -> ApprovalList:
    """List what waits for people, or what was asked about one dispatch."""
    if query.dispatch is None:
        found = approve.list_pending(core.ports)
    else:
        found = approve.list_requests(query.dispatch, core.ports) if is_dispatch_id(query.dispatch) else ()
    return ApprovalList(approvals=[view_approval(core, one) for one in found])


def show_approval(core: Core, approval: str) -> ApprovalDetail:
    """Give one request with its answers. Raises UnknownApprovalId."""
    try:
        found = approve.read_approval(approval, core.ports)
    except UnknownApproval:
        raise UnknownApprovalId(approval=approval) from None
    answers = [
        AnswerView(who=one.who, answer=one.reply, reason=one.reason, at=one.at, issued_by=one.issued_by or None)
        for one in approve.list_answers(found, core.ports)
    ]
    question = found.question
    return ApprovalDetail(
        **view_approval(core, found).model_dump(),
        on_expiry=question.on_expiry,
        on_reject=question.on_reject,
        answers=answers,
    )


def reply_to(
    core: Core, permit: Permit, approval: str, reply: Reply, request: ReplyRequest, issued_by: str = ""
) -> ReplyResult:
    """Take an answer. Raises UnknownApprovalId, OutOfScope, OtherPlan, OwnApproval, OneVoice, NotAsked and AlreadyClosed."""
    principal = permit.principal
    said = Answer(principal, reply, request.reason, request.hash, "", issued_by)
    try:
        judge_dispatch(core, permit, approve.read_approval(approval, core.ports).subject.dispatch)
        done = approve.answer(approval, said, core.ports, core.bundle)
    except UnknownApproval:
        raise UnknownApprovalId(approval=approval) from None
    except OtherHash as error:
        raise OtherPlan(approval=approval, extra={"hash": error.facts["hash"]}) from None
    except OwnRequest:
        raise OwnApproval(approval=approval, who=principal) from None
    except SamePerson:
        raise OneVoice(approval=approval, who=principal) from None
    except NotApprover as error:
        raise NotAsked(who=principal, approvers=error.facts["approvers"]) from None
    except ApprovalClosed as error:
        state = str(error.facts["state"])
        raise AlreadyClosed(
            approval=approval, state=state, cause=error.facts["cause"], extra={"state": state}
        ) from None
    return ReplyResult(approval=view_approval(core, done.approval), changed=done.changed, action=done.action)


def view_approval(core: Core, found: Approval) -> ApprovalView:
    """Give what a list shows."""
    subject, question = found.subject, found.question
    return ApprovalView(
        id=found.id,
        state=found.state,
        dispatch=subject.dispatch,
        step=subject.step or None,
        workflow=subject.workflow,
        object=show_full(subject.object, core.home) if subject.object else None,
        asks=question.reason,
        requested_by=subject.requester or None,
        approvers=list(question.approvers),
        need=question.need,
        given=found.given,
        hash=found.hash,
        asked_at=found.asked_at,
        expires_at=found.expires_at,
        closed_at=found.closed_at or None,
        reason=found.reason or None,
    )
