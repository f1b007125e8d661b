"""Rows of approvals, and the transactions that ask, answer, close and announce. Pure.

    approval#<dispatch> / request#<step>                  a request, with its state
    approval#<dispatch> / answer#<step>#<person's hash>   what one person said; written once

`approval#<shard>` is the lane of what is pending or owed, by when reconcile must look. A request that is over leaves it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.control.approvals.approval import Answer, Approval, ApprovalState, Question, Reply, Subject
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.records import ROW_VERSION, dispatch_key, expire_at, find_shard, render_time
from chalicelib.control.transaction import (
    Absent,
    Equals,
    Item,
    Key,
    OneOf,
    Present,
    Put,
    Transaction,
    Update,
)
from chalicelib.identity import digest

REQUEST = "request#"
ANSWER = "answer#"


def approval_pk(dispatch: str) -> str:
    """Name the partition of everything that is asked about a dispatch."""
    return f"approval#{dispatch}"


def request_key(dispatch: str, step: str) -> Key:
    """Where a request is."""
    return Key(approval_pk(dispatch), REQUEST + step)


def answer_prefix(step: str) -> str:
    """Give what the keys of all answers to one request begin with."""
    return f"{ANSWER}{step}#"


def answer_key(subject: Subject, who: str) -> Key:
    """Where a person's answer is: there is room for one."""
    return Key(approval_pk(subject.dispatch), answer_prefix(subject.step) + digest([who]))


def approval_lane(dispatch: str) -> str:
    """The lane of a request that somebody has still to look at."""
    return f"approval#{find_shard(dispatch)}"


def read_request(item: Item) -> Approval:
    """Read a request's row."""
    return Approval(
        subject=Subject(**{name: item[name] for name in Subject._fields}),
        question=Question(
            tuple(item["approvers"]),
            item["need"],
            item["asked"],
            item["expires_s"],
            item["on_expiry"],
            item["on_reject"],
        ),
        hash=item["hash"],
        state=ApprovalState(item["state"]),
        reason=item["reason"],
        asked_at=item["asked_at"],
        expires_at=item["expires_at"],
        closed_at=item.get("closed_at", ""),
        given=item["given"],
        answered=item["answered"],
        token=item.get("token", ""),
        owed=bool(item.get("owed")),
        unannounced=bool(item.get("unannounced")),
    )


def read_answer(item: Item) -> Answer:
    """Read an answer's row."""
    return Answer(
        item["who"], Reply(item["reply"]), item["reason"], item["hash"], item["at"], item.get("issued_by", "")
    )


def write_request(subject: Subject, question: Question, question_hash: str, now: datetime, token: str = "") -> Put:
    """Write a new request; it has to be announced."""
    row: dict[str, Any] = {
        "v": ROW_VERSION,
        "id": subject.id,
        **subject._asdict(),
        "approvers": list(question.approvers),
        "need": question.need,
        "asked": question.reason,
        "expires_s": question.expires_s,
        "on_expiry": question.on_expiry,
        "on_reject": question.on_reject,
        "hash": question_hash,
        "state": str(ApprovalState.PENDING),
        "reason": "",
        "asked_at": render_time(now),
        "expires_at": render_time(now + timedelta(seconds=question.expires_s)),
        "given": 0,
        "answered": 0,
        "unannounced": True,
        "lane": approval_lane(subject.dispatch),
        "lane_at": render_time(now),
    }
    if token:
        row["token"] = token
    return Put(request_key(subject.dispatch, subject.step), row, (Absent(),))


def ask_step(
    subject: Subject, question: Question, question_hash: str, token: str, row: Item, now: datetime
) -> Transaction:
    """Ask about a step of a dispatch whose execution runs; `row` is the dispatch's.

    The dispatch counts what it has asked, so that its end knows that there is something to void; and reconcile does not
    ask Step Functions about it before the answer can be there.
    """
    looks_at = now + timedelta(seconds=question.expires_s + 2 * row["expected_s"])
    running = tuple(map(str, (DispatchState.RESERVED, DispatchState.RUNNING)))
    counted = Update(
        dispatch_key(subject.dispatch),
        set={"lane_at": max(row["lane_at"], render_time(looks_at)), "updated_at": render_time(now)},
        add={"approvals": 1},
        conditions=(OneOf("state", running),),
    )
    return Transaction((write_request(subject, question, question_hash, now, token), counted))


def hand_token(approval: Approval, token: str, now: datetime) -> Transaction:
    """Keep the token of a later attempt: the earlier one's is worth nothing now. What is over is owed once more."""
    fields: dict[str, Any] = {"token": token}
    if approval.state is not ApprovalState.PENDING:
        fields |= {"owed": True, "lane": approval_lane(approval.subject.dispatch), "lane_at": render_time(now)}
    return Transaction((_change(approval, fields),))


def announce(approval: Approval) -> Transaction:
    """Note that people were told; the next to do is to look when the time is over."""
    update = Update(
        _key(approval),
        set={"lane_at": approval.expires_at},
        remove=("unannounced",),
        conditions=(Present("unannounced"), Equals("state", str(ApprovalState.PENDING))),
    )
    return Transaction((update,))


def record_answer(approval: Approval, answer: Answer, state: ApprovalState, reason: str, now: datetime) -> Transaction:
    """Keep an answer beside what it leads to, unless another came first or this person has answered."""
    given = {
        "v": ROW_VERSION,
        "approval": approval.id,
        **answer._asdict(),
        "reply": str(answer.reply),
    }
    fields: dict[str, Any] = _close_fields(approval, state, reason, now) if state is not ApprovalState.PENDING else {}
    counts = {"answered": 1, **({"given": 1} if answer.reply is Reply.APPROVE else {})}
    return Transaction(
        (Put(answer_key(approval.subject, answer.who), given, (Absent(),)), _change(approval, fields, add=counts))
    )


def close(approval: Approval, state: ApprovalState, reason: str, now: datetime) -> Transaction:
    """End a request that is pending; what follows from it is owed."""
    return Transaction((close_request(approval, state, reason, now),))


def close_request(approval: Approval, state: ApprovalState, reason: str, now: datetime) -> Update:
    """Give the write of `close`, for a transaction that does more."""
    return _change(approval, _close_fields(approval, state, reason, now))


def pay(approval: Approval, now: datetime) -> Transaction:
    """Note that what followed from its end is done: nobody has to look at it any more."""
    paid = Update(
        _key(approval),
        set={"ttl": expire_at(now)},
        remove=("owed", "unannounced", "lane", "lane_at", "token"),
        conditions=(Equals("state", str(approval.state)),),
    )
    return Transaction((paid,))


def _close_fields(approval: Approval, state: ApprovalState, reason: str, now: datetime) -> dict[str, Any]:
    return {
        "state": str(state),
        "reason": reason,
        "closed_at": render_time(now),
        "owed": True,
        "lane": approval_lane(approval.subject.dispatch),
        "lane_at": render_time(now),
    }


def _change(approval: Approval, fields: Mapping[str, Any], add: Mapping[str, int] | None = None) -> Update:
    """Change a request if it is still as it was read."""
    unchanged = (Equals("state", str(approval.state)), Equals("answered", approval.answered))
    return Update(_key(approval), set=fields, add=add or {}, conditions=unchanged)


def _key(approval: Approval) -> Key:
    return request_key(approval.subject.dispatch, approval.subject.step)
