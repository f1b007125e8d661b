"""`/v1/plans`."""

from chalicelib.api.approvals import ReplyRequest, ReplyResult
from chalicelib.api.core import Core
from chalicelib.api.plans import DRY_RUN, PlanView, WaitingPlan, answer_plan, make_plan, show_plan
from chalicelib.api.problems import (
    AlreadyClosed,
    NotAsked,
    OneVoice,
    OtherPlan,
    OutOfScope,
    OwnApproval,
    UnknownName,
    UnknownPlan,
)
from chalicelib.api.route import Answer, Asked, Nothing, Route, give
from chalicelib.api.schemas.dispatches import StartRequest
from chalicelib.api.starts import Asker
from chalicelib.catalog.model import Role
from chalicelib.control.approvals.approval import Reply


def _post_plan(core: Core, asked: Asked[Nothing, StartRequest]) -> Answer:
    return give(make_plan(core, Asker(asked.principal, DRY_RUN, asked.permit), asked.body))


def _get_plan(core: Core, asked: Asked[Nothing, Nothing]) -> Answer:
    return give(show_plan(core, asked.path["id"]))


def _post_approve(core: Core, asked: Asked[Nothing, ReplyRequest]) -> Answer:
    return give(answer_plan(core, asked.permit, asked.path["id"], Reply.APPROVE, asked.body))


def _post_reject(core: Core, asked: Asked[Nothing, ReplyRequest]) -> Answer:
    return give(answer_plan(core, asked.permit, asked.path["id"], Reply.REJECT, asked.body))


_REFUSES = (UnknownPlan, OutOfScope, OwnApproval, OneVoice, NotAsked, OtherPlan, AlreadyClosed)

ROUTES = (
    Route(
        "POST", "/v1/plans", _post_plan, Role.OPERATOR, "Say what control would say to a start, and change nothing",
        {200: PlanView}, Nothing, StartRequest, (UnknownName, OutOfScope), judged=True,
    ),
    Route(
        "GET", "/v1/plans/{id}", _get_plan, Role.VIEWER, "Give a plan that waits for people, or what became of it",
        {200: WaitingPlan}, Nothing, Nothing, (UnknownPlan,),
    ),
    Route(
        "POST", "/v1/plans/{id}/approve", _post_approve, Role.APPROVER, "Say yes to the plan that the hash names",
        {200: ReplyResult}, Nothing, ReplyRequest, _REFUSES, judged=True,
    ),
    Route(
        "POST", "/v1/plans/{id}/reject", _post_reject, Role.APPROVER, "Say no to it, which ends it",
        {200: ReplyResult}, Nothing, ReplyRequest, _REFUSES, judged=True,
    ),
)  # fmt: skip
