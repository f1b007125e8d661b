"""Plans: the dry run, which writes nothing, and those that wait for people, each under the id of its dispatch."""

from typing import Any, Literal

from chalicelib.api.access import Permit
from chalicelib.api.approvals import ApprovalDetail, ReplyRequest, ReplyResult, reply_to, show_approval
from chalicelib.api.core import Core
from chalicelib.api.objects import show_full, show_object
from chalicelib.api.problems import InvalidRequest, UnknownApprovalId, UnknownPlan, refuse
from chalicelib.api.rows import show_dispatch
from chalicelib.api.schemas.base import Blocker, Schema, Touched
from chalicelib.api.schemas.dispatches import StartRequest
from chalicelib.api.starts import Asker, draft_start
from chalicelib.control.approvals.approval import Reply
from chalicelib.control.intake import propose
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import VerdictKind
from chalicelib.control.records import is_dispatch_id
from chalicelib.control.reservation import list_blocker

DRY_RUN = "dry run"
"""The key of what is never started."""


class Approvers(Schema):
    """Who would have to approve it."""

    approvers: list[str]
    need: int
    expires_s: int
    on_expiry: Literal["reject", "continue"]
    """What becomes of it if nobody has said anything by then."""


class PlanView(Schema):
    """What would be decided now."""

    verdict: VerdictKind
    state: DispatchState
    reason: str
    workflow: str
    workflow_hash: str | None
    object: str | None
    tier: str
    service: str | None
    input: dict[str, Any] | None
    """With the workflow's defaults; None where nothing would run."""
    locks: list[Touched]
    blockers: list[Blocker]
    hash: str | None
    """What an approval would be of; None where nothing would run."""
    approval: Approvers | None
    """None: nobody would be asked."""
    expected_s: int


class WaitingPlan(Schema):
    """A plan that waits for people, or what became of it."""

    id: str
    """The dispatch's, and the approval's."""
    state: DispatchState
    reason: str
    workflow: str
    workflow_hash: str | None
    object: str | None
    tier: str
    service: str | None
    input: dict[str, Any] | None
    locks: list[Touched]
    """What it would lock; while it waits it holds none of them."""
    hash: str
    """What people were asked about, and what an answer must name."""
    approval: ApprovalDetail


def make_plan(core: Core, asker: Asker, request: StartRequest) -> PlanView:
    """Plan a start. Raises UnknownName, InvalidRequest and OutOfScope, as the start would."""
    decision = draft_start(core, asker, request)
    made = propose(decision, core.bundle, core.ports)
    if made.state is DispatchState.UNDECIDED:
        raise refuse(InvalidRequest, [made.reason])
    line = made.approval
    return PlanView(
        verdict=made.kind,
        state=made.state,
        reason=made.reason,
        workflow=decision.workflow,
        workflow_hash=made.workflow_hash or None,
        object=show_object(decision.object, core.home) if decision.object else None,
        tier=decision.tier,
        service=decision.service,
        input=made.execution_input.get("input"),
        locks=[Touched(object=show_full(str(one.object), core.home), intent=one.intent) for one in made.locks],
        blockers=[Blocker(**list_blocker(one)) for one in made.blockers],
        hash=made.hash or None,
        approval=None
        if line is None
        else Approvers(
            approvers=list(line.approvers), need=line.need, expires_s=line.expires_s, on_expiry=line.on_expiry
        ),
        expected_s=made.expected_s,
    )


def show_plan(core: Core, plan: str) -> WaitingPlan:
    """Give one that waits, or has waited, for people. Raises UnknownPlan."""
    try:
        approval = show_approval(core, _check_id(plan))
    except UnknownApprovalId:
        raise UnknownPlan(plan=plan) from None
    found = show_dispatch(core, plan)
    return WaitingPlan(
        id=plan,
        state=found.state,
        reason=found.reason,
        workflow=approval.workflow,
        workflow_hash=found.workflow_hash,
        object=found.object,
        tier=found.tier,
        service=found.service,
        input=found.input,
        locks=found.locks,
        hash=approval.hash,
        approval=approval,
    )


def answer_plan(core: Core, permit: Permit, plan: str, reply: Reply, request: ReplyRequest) -> ReplyResult:
    """Take an answer to a plan, as `reply_to` does. Raises UnknownPlan in place of UnknownApprovalId."""
    try:
        return reply_to(core, permit, _check_id(plan), reply, request)
    except UnknownApprovalId:
        raise UnknownPlan(plan=plan) from None


def _check_id(plan: str) -> str:
    """Let only a dispatch's id pass: what a running step asks is no plan. Raises UnknownPlan."""
    if not is_dispatch_id(plan):
        raise UnknownPlan(plan=plan)
    return plan
