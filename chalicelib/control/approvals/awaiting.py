"""The transactions of a plan that waits for people or for the end of a freeze: it is kept, holds no lock, stands in no queue.

Pure. What it waits for over, it is planned anew.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.catalog.model import ApprovalLine, RuleMode
from chalicelib.control.approvals.approval import Approval, ApprovalState, Question, Subject
from chalicelib.control.approvals.records import close_request, write_request
from chalicelib.control.freezes import require_version
from chalicelib.control.goals.pursuit import schedule
from chalicelib.control.lifecycle import DispatchState, Happening, advance
from chalicelib.control.model import Plan
from chalicelib.control.records import dispatch_key, live_lane, read_time, render_time
from chalicelib.control.reservation import build_transaction, make_row, put_dispatch, write_subjects
from chalicelib.control.resumption import read_resume
from chalicelib.control.settlement import close_lane, name_person
from chalicelib.control.transaction import Equals, Item, Put, Transaction, Update, merge_updates
from chalicelib.decision.model import Action, Decision
from chalicelib.identity import Home, parse_object_id

SPARE = timedelta(days=1)
"""How long after its time reconcile looks at the dispatch itself: the request's own row is what expires it."""
_KEPT = ("trials", "raw", "request", "created_at", "why", "settle", "held_at", "held", "released_by")
"""What the row says of the decision, which is not made anew."""


def set_aside(plan: Plan, now: datetime) -> Transaction:
    """Keep a plan that waits for something else than its turn."""
    return _park(plan, now) if plan.approval is None else await_approval(plan, plan.approval, now)


def _park(plan: Plan, now: datetime) -> Transaction:
    """Keep it until the freeze ends, if nobody has ended it meanwhile: who does wakes what is kept by then."""
    row = make_row(plan, now, lane=live_lane(plan.id), lane_at=schedule(plan.record, read_time(plan.held_until)))
    put = put_dispatch(plan, {**row, "held_until": plan.held_until})
    frozen = (require_version(plan.freezes),) if plan.freezes is not None else ()
    return Transaction(merge_updates((put, *frozen, *plan.relies, *write_subjects(plan))))


def await_approval(plan: Plan, line: ApprovalLine, now: datetime) -> Transaction:
    """Keep the plan beside a request that names its hash."""
    question = Question(line.approvers, line.need, plan.record["why"], line.expires_s, line.on_expiry, "reject")
    requester = plan.record.get("request", {}).get("principal", "")
    subject = Subject(plan.id, "", requester, plan.workflow, plan.record["object"])
    until = now + timedelta(seconds=line.expires_s)
    row = make_row(plan, now, lane=live_lane(plan.id), lane_at=schedule(plan.record, until + SPARE))
    return Transaction(
        merge_updates(
            (
                put_dispatch(plan, {**row, "expires_at": render_time(until)}),
                write_request(subject, question, plan.hash, now),
                *plan.relies,
                *write_subjects(plan),
            )
        )
    )


def write_anew(plan: Plan, row: Item, people: list[str] | None, now: datetime) -> Transaction:
    """Reserve, enqueue, reject or hold the plan that was computed anew, in place of the one that waited.

    `people` are those who have approved it: none if nobody had to answer, None if nobody was asked.
    """
    kept = {name: row[name] for name in _KEPT if name in row}
    if people is not None:
        kept["approved_by"] = people
    waits = Equals("state", row["state"])
    operations = (
        Put(one.key, {**one.item, **kept}, (waits,))
        if isinstance(one, Put) and one.key == dispatch_key(plan.id)
        else one
        for one in build_transaction(plan, now).operations
    )
    return Transaction(tuple(operations))


def leave_awaiting(row: Item, happening: Happening, reason: str, now: datetime, taken_back: str = "") -> Update:
    """End a dispatch that was set aside; it holds nothing that anybody else waits for."""
    state = advance(DispatchState(row["state"]), happening)
    if state is None:
        raise ValueError(happening)
    fields: dict[str, Any] = {
        "state": str(state),
        "reason": reason,
        "ended_at": render_time(now),
        "updated_at": render_time(now),
        **close_lane(row, now, owes=bool(row.get("promotion_owed"))),
        **name_person(taken_back),
    }
    return Update(dispatch_key(row["id"]), set=fields, conditions=(Equals("state", row["state"]),))


def take_back(row: Item, approval: Approval, who: str, reason: str, now: datetime) -> Transaction:
    """Cancel the dispatch and void what it asks, at once."""
    return Transaction(
        (
            leave_awaiting(row, Happening.CANCELLED, reason, now, taken_back=who),
            close_request(approval, ApprovalState.VOID, reason, now),
        )
    )


def read_decision(row: Item, now: datetime) -> Decision:
    """Give the decision that a waiting row was planned from, as far as a plan needs it."""
    home = Home(*row["home"])
    given: Mapping[str, Any] = row["execution_input"]["input"]
    member = (row["campaign"], row["batch"]) if "campaign" in row else None
    return Decision(
        id=row["id"],
        event_id=row["event_id"],
        root_id=row["root_id"],
        hops=row["hops"],
        rule=row["rule"],
        mode=RuleMode.ACTIVE,
        home=home,
        object=parse_object_id(row["object"], home) if row["object"] else None,
        action=Action.RUN,
        reason=row["why"],
        tier=row["tier"],
        service=row["service"] or None,
        trials=(),
        goal=None,
        bundle_version=row["bundle_version"],
        decided_at=now,
        workflow=row["workflow"],
        input=given,
        request=row.get("request"),
        member_of=member,
        resumes=read_resume(row),
    )
