"""Dry runs: what control would say to a start now, with the whole plan; nothing is written."""

from typing import Any

from chalicelib.api.core import Core
from chalicelib.api.objects import show_full, show_object
from chalicelib.api.problems import InvalidRequest, refuse
from chalicelib.api.schemas import Blocker, Schema, StartRequest, Touched
from chalicelib.api.starts import Asker, draft_start
from chalicelib.control.intake import propose
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import VerdictKind
from chalicelib.control.reservation import list_blocker

DRY_RUN = "dry run"
"""The key of what is never started."""


class Approvers(Schema):
    """Who would have to approve it."""

    approvers: list[str]
    need: int
    expires_s: int


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
        else Approvers(approvers=list(line.approvers), need=line.need, expires_s=line.expires_s),
        expected_s=made.expected_s,
    )
