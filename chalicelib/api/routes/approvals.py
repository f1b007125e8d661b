"""`/v1/approvals`."""

from chalicelib.api.approvals import (
    ApprovalDetail,
    ApprovalList,
    ApprovalQuery,
    ReplyRequest,
    ReplyResult,
    list_approvals,
    reply_to,
    show_approval,
)
from chalicelib.api.core import Core
from chalicelib.api.problems import (
    AlreadyClosed,
    NotAsked,
    OneVoice,
    OtherPlan,
    OutOfScope,
    OwnApproval,
    UnknownApprovalId,
)
from chalicelib.api.route import Answer, Asked, Nothing, Route, give
from chalicelib.catalog.model import Role
from chalicelib.control.approvals.approval import Reply


def _get_approvals(core: Core, asked: Asked[ApprovalQuery, Nothing]) -> Answer:
    return give(list_approvals(core, asked.query))


def _get_approval(core: Core, asked: Asked[Nothing, Nothing]) -> Answer:
    return give(show_approval(core, asked.path["id"]))


def _post_approve(core: Core, asked: Asked[Nothing, ReplyRequest]) -> Answer:
    return give(reply_to(core, asked.permit, asked.path["id"], Reply.APPROVE, asked.body))


def _post_reject(core: Core, asked: Asked[Nothing, ReplyRequest]) -> Answer:
    return give(reply_to(core, asked.permit, asked.path["id"], Reply.REJECT, asked.body))


_REFUSES = (UnknownApprovalId, OutOfScope, OwnApproval, OneVoice, NotAsked, OtherPlan, AlreadyClosed)

ROUTES = (
    Route(
        "GET", "/v1/approvals", _get_approvals, Role.VIEWER, "List what waits for people, or was asked about a dispatch",
        {200: ApprovalList}, ApprovalQuery, Nothing,
    ),
    Route(
        "GET", "/v1/approvals/{id}", _get_approval, Role.VIEWER, "Give one approval with its answers",
        {200: ApprovalDetail}, Nothing, Nothing, (UnknownApprovalId,),
    ),
    Route(
        "POST", "/v1/approvals/{id}/approve", _post_approve, Role.APPROVER, "Say yes to what the hash names",
        {200: ReplyResult}, Nothing, ReplyRequest, _REFUSES, judged=True,
    ),
    Route(
        "POST", "/v1/approvals/{id}/reject", _post_reject, Role.APPROVER, "Say no to it, which is enough",
        {200: ReplyResult}, Nothing, ReplyRequest, _REFUSES, judged=True,
    ),
)  # fmt: skip
