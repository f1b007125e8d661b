"""`/v1/approvals/{id}/links` and `/v1/approval-links`: for people without an IAM identity."""

from chalicelib.api.approvals import ReplyResult
from chalicelib.api.core import Core
from chalicelib.api.links import (
    PAGE_HEADERS,
    Link,
    LinkedApproval,
    LinkReply,
    LinkRequest,
    answer_link,
    make_link,
    show_link,
    write_page,
    write_result,
)
from chalicelib.api.problems import (
    AlreadyClosed,
    BadLink,
    InvalidRequest,
    MalformedBody,
    NoLinks,
    NotAsked,
    OneVoice,
    OtherPlan,
    OutOfScope,
    OwnApproval,
    TooLarge,
    UnknownApprovalId,
    WrongContentType,
)
from chalicelib.api.route import Answer, Asked, Call, Nothing, Route, give
from chalicelib.catalog.model import Role


def _post_link(core: Core, asked: Asked[Nothing, LinkRequest]) -> Answer:
    return give(make_link(core, asked.permit, asked.path["id"], asked.body), 201)


def _get_link(core: Core, asked: Asked[Nothing, Nothing]) -> Answer:
    found = show_link(core, asked.path["token"])
    return _show(write_page(found)) if _wants_page(asked.call) else give(found)


def _post_answer(core: Core, asked: Asked[Nothing, LinkReply]) -> Answer:
    call = asked.call
    done = answer_link(core, call.path["token"], call.headers.get("content-type"), call.body)
    return _show(write_result(done)) if _wants_page(call) else give(done)


def _wants_page(call: Call) -> bool:
    return "text/html" in call.headers.get("accept", "")


def _show(page: str) -> Answer:
    return Answer(200, {"html": page}, "text/html; charset=utf-8", PAGE_HEADERS)


ROUTES = (
    Route(
        "POST", "/v1/approvals/{id}/links", _post_link, Role.ADMIN, "Make a signed link for a person without an IAM identity",
        {201: Link}, Nothing, LinkRequest,
        (UnknownApprovalId, OutOfScope, OwnApproval, NotAsked, AlreadyClosed, NoLinks), judged=True,
    ),
    Route(
        "GET", "/v1/approval-links/{token}", _get_link, None, "Show what the person behind a link is asked",
        {200: LinkedApproval}, Nothing, Nothing, (BadLink, NoLinks, UnknownApprovalId), open=True,
    ),
    Route(
        "POST", "/v1/approval-links/{token}", _post_answer, None, "Answer through a link, as JSON or as a form",
        {200: ReplyResult}, Nothing, LinkReply,
        (BadLink, NoLinks, UnknownApprovalId, NotAsked, OneVoice, OtherPlan, AlreadyClosed, TooLarge, InvalidRequest,
         MalformedBody, WrongContentType), open=True, raw=True,
    ),
)  # fmt: skip
