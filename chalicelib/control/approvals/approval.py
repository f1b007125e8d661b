"""Approvals: what people are asked, and whether an answer counts. Pure.

Plans and running steps are approved through the same record. Its hash is of what was asked, so that an answer is to
that and to nothing else. One no is a no; `need` people must say yes, each once, and never the one who asked.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeGuard

from chalicelib.control.approvals.approvers import may_answer
from chalicelib.control.records import is_dispatch_id, read_time
from chalicelib.errors import InterlockError
from chalicelib.identity import canonical_json, digest

REJECTED, EXPIRED, REFUSED = "ApprovalRejected", "ApprovalExpired", "ApprovalRefused"
"""What a step fails with: wire format. The compiler writes the first two, the third is a question that makes no sense."""
BATCH = "batch."
"""How the step of what a campaign asks begins; a number follows, and no step is called so."""
LONGEST_S = 30 * 24 * 3600
MOST_APPROVERS = 20
_STEP = re.compile(r"[a-z0-9_.-]{1,160}")
_LONGEST_REASON = 1000


class ApprovalState(StrEnum):
    """Where a request stands. All but the first are final."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    VOID = "void"
    """What was asked is not to be had any more: its execution is over, or the plan has become another."""


class Reply(StrEnum):
    """What a person says."""

    APPROVE = "approve"
    REJECT = "reject"


class Question(NamedTuple):
    """Who is asked what, and until when."""

    approvers: tuple[str, ...]
    need: int
    reason: str
    expires_s: int
    on_expiry: str = "fail"
    """`fail`, or `continue` with `approved: false`; `reject` for a plan."""
    on_reject: str = "fail"


class Subject(NamedTuple):
    """What it is about."""

    dispatch: str
    step: str
    """Empty for a plan that has not started."""
    requester: str
    """The principal who asked for the dispatch, empty for a rule."""
    workflow: str
    object: str

    @property
    def id(self) -> str:
        """The id of the one request that there can be about it."""
        return f"{self.dispatch}.{self.step}" if self.step else self.dispatch

    @property
    def is_batch(self) -> bool:
        """Whether a campaign asks before it begins a batch; no step can be called so."""
        return self.step.startswith(BATCH)


class Approval(NamedTuple):
    """A request as it is stored."""

    subject: Subject
    question: Question
    hash: str
    state: ApprovalState
    reason: str
    """Why it is in this state; empty while it is pending."""
    asked_at: str
    expires_at: str
    closed_at: str
    given: int
    """How many have said yes."""
    answered: int
    """How many have answered: the version that every change relies on."""
    token: str
    """Of the waiting task; a capability, shown to nobody."""
    owed: bool
    """Whether its end has still to be told to the task, or to be acted upon."""
    unannounced: bool
    """Whether people have still to be told that they are asked."""

    @property
    def id(self) -> str:
        """Its id."""
        return self.subject.id


class Answer(NamedTuple):
    """What one person said: a row of its own that is never changed."""

    who: str
    reply: Reply
    reason: str
    hash: str
    at: str
    issued_by: str = ""
    """Who made the signed link it came by."""


class MalformedQuestion(InterlockError):
    """Nobody can be asked: {cause}."""


class UnknownApproval(InterlockError):
    """There is no approval {approval!r}."""


class OtherHash(InterlockError):
    """The approval {approval} is of {hash}, and the answer names {given}: look at it again."""


class OwnRequest(InterlockError):
    """{who} asked for {approval}, and nobody approves what they have asked for."""


class NotApprover(InterlockError):
    """{who} is not one of those who are asked: {approvers}."""


class SamePerson(InterlockError):
    """{who} made a link for {approval} or answered through one, and a person has one voice."""


class ApprovalClosed(InterlockError):
    """The approval {approval} is {state}: {cause}."""


def read_approval_id(text: str) -> tuple[str, str] | None:
    """Split an id into dispatch and step; None for what cannot be one."""
    dispatch, dot, step = text.partition(".")
    if not is_dispatch_id(dispatch) or (dot and not _STEP.fullmatch(step)):
        return None
    return dispatch, step


def read_question(asked: object) -> Question:
    """Read what a step asks: its parts may be what expressions gave. Raises MalformedQuestion."""
    if not isinstance(asked, Mapping):
        raise MalformedQuestion(cause="it is no object")
    approvers = tuple(_read_text(one, "an approver", 256) for one in _read_list(asked.get("from")))
    need, expires_s = asked.get("need"), asked.get("expires_s")
    if not _is_whole(need) or not 1 <= need <= MOST_APPROVERS:
        raise MalformedQuestion(cause="`need` is no number of people")
    if not _is_whole(expires_s) or not 1 <= expires_s <= LONGEST_S:
        raise MalformedQuestion(cause="`expires_s` is no time up to 30 days")
    reason = _read_text(asked.get("reason"), "`reason`", 100_000)[:_LONGEST_REASON]
    return Question(approvers, need, reason, expires_s, str(asked.get("on_expiry")), str(asked.get("on_reject")))


def hash_question(subject: Subject, question: Question, workflow_hash: str) -> str:
    """Bind what a running step asks: the step of this very workflow, in this dispatch, in these words."""
    return digest([subject.id, workflow_hash, canonical_json(question._asdict())])


def check_answer(approval: Approval, who: str, given_hash: str, now: datetime) -> None:
    """Say whether this person's answer counts now. Raises OtherHash, OwnRequest, NotApprover and ApprovalClosed."""
    if given_hash != approval.hash:
        raise OtherHash(approval=approval.id, hash=approval.hash, given=given_hash)
    if who == approval.subject.requester:
        raise OwnRequest(approval=approval.id, who=who)
    if not may_answer(approval.question.approvers, who):
        raise NotApprover(who=who, approvers=", ".join(approval.question.approvers))
    if approval.state is not ApprovalState.PENDING:
        raise ApprovalClosed(approval=approval.id, state=str(approval.state), cause=approval.reason)
    if is_over(approval, now):
        raise ApprovalClosed(approval=approval.id, state="expired", cause=explain_expiry(approval))


def is_over(approval: Approval, now: datetime) -> bool:
    """Whether its time is over."""
    return now >= read_time(approval.expires_at)


def explain_expiry(approval: Approval) -> str:
    """Say that nobody, or too few, have answered in time."""
    return f"{approval.given} of {approval.question.need} had approved by {approval.expires_at}"


def judge_reply(approval: Approval, reply: Reply) -> ApprovalState:
    """Give the state that one more answer leads to."""
    if reply is Reply.REJECT:
        return ApprovalState.REJECTED
    return ApprovalState.APPROVED if approval.given + 1 >= approval.question.need else ApprovalState.PENDING


def write_result(approval: Approval, answers: Sequence[Answer]) -> dict[str, Any]:
    """Give the result of a step: what the waiting state gets."""
    counted = [one for one in answers if (one.reply is Reply.APPROVE) == (approval.state is ApprovalState.APPROVED)]
    is_answered = approval.state in {ApprovalState.APPROVED, ApprovalState.REJECTED}
    return {
        "approved": approval.state is ApprovalState.APPROVED,
        "by": [one.who for one in counted] if is_answered else [],
        "reason": "; ".join(one.reason for one in counted) if is_answered else approval.reason,
        "at": approval.closed_at,
    }


def _read_list(value: object) -> Sequence[object]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= MOST_APPROVERS:
        raise MalformedQuestion(cause=f"`from` is no list of 1 to {MOST_APPROVERS} people")
    return value


def _read_text(value: object, what: str, longest: int) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= longest:
        raise MalformedQuestion(cause=f"{what} is no text")
    return value


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
