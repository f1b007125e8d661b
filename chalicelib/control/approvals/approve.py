"""Asking people, taking their answers, and acting on them: through the store, the engine and the bus."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from chalicelib.catalog.model import Bundle
from chalicelib.control.approvals.approval import (
    EXPIRED,
    REFUSED,
    REJECTED,
    Answer,
    Approval,
    ApprovalState,
    MalformedQuestion,
    Question,
    Reply,
    SamePerson,
    Subject,
    UnknownApproval,
    check_answer,
    explain_expiry,
    hash_question,
    is_over,
    judge_reply,
    read_approval_id,
    read_question,
    write_result,
)
from chalicelib.control.approvals.approved import settle_plan
from chalicelib.control.approvals.approvers import show_person
from chalicelib.control.approvals.records import (
    REQUEST,
    announce,
    answer_key,
    answer_prefix,
    approval_pk,
    ask_step,
    close,
    hand_token,
    pay,
    read_answer,
    read_request,
    record_answer,
    request_key,
)
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.ports import Ports
from chalicelib.control.records import SHARDS, dispatch_key, is_dispatch_id, render_time
from chalicelib.control.settlement import postpone
from chalicelib.control.transaction import Committed, Item
from chalicelib.errors import Contended

ATTEMPTS = 8
PAGE = 100
APPROVAL_REQUESTED, APPROVAL_CLOSED = "Approval Requested", "Approval Closed"
"""Detail types of the events that tell people, and whoever relays it to them."""
_RUNS = frozenset({DispatchState.RESERVED, DispatchState.RUNNING})


class Answered(NamedTuple):
    """What an answer led to. `changed` is False for a person's second one."""

    approval: Approval
    changed: bool
    action: str


class Ask(NamedTuple):
    """What a waiting task says."""

    dispatch: str
    step: str
    token: str
    question: object
    """As it came: `read_question` reads it."""


def ask(asked: Ask, ports: Ports) -> str:
    """Ask people for a running step, once, whatever the attempt; give what was done, for the log.

    A question that makes no sense, and one of a dispatch that is not there, fails the task; one of a dispatch that is over
    is dropped, since its task is over too.
    """
    try:
        question = read_question(asked.question)
    except MalformedQuestion as error:
        ports.executions.fail_task(asked.token, REFUSED, str(error))
        return str(error)
    for _ in range(ATTEMPTS):
        row, found = _read_step(asked, ports)
        if row is None:
            ports.executions.fail_task(asked.token, REFUSED, f"there is no dispatch {asked.dispatch!r}")
            return "it belongs to no dispatch"
        if row["state"] not in _RUNS:
            return f"its dispatch is {row['state']}"
        done = _ask_once(asked, question, row, found, ports)
        if done:
            return done
    raise Contended(what=f"asking for {asked.dispatch}.{asked.step}", attempts=ATTEMPTS)


def answer(approval: str, said: Answer, ports: Ports, bundle: Bundle) -> Answered:
    """Take one person's answer, and act on the one that decides.

    `said.at` is filled in here. Raises UnknownApproval, OtherHash, OwnRequest, SamePerson, NotApprover and ApprovalClosed; nothing is
    changed then. A second answer of the same person changes nothing, and is told how the request stands.
    """
    for _ in range(ATTEMPTS):
        found, row, before = _read_for(approval, said.who, ports)
        if before is not None and before.hash == said.hash:
            return Answered(found, changed=False, action=f"you have said {before.reply} before, at {before.at}")
        now = ports.clock.now()
        found = _void_if_over(found, row, ports)
        check_answer(found, said.who, said.hash, now)
        _check_voice(found, said, ports)
        state = judge_reply(found, said.reply)
        dated = said._replace(at=render_time(now))
        result = ports.store.commit(record_answer(found, dated, state, _explain(dated, state), now))
        if not isinstance(result, Committed):
            continue
        after = read_approval(approval, ports)
        if after.state is ApprovalState.PENDING:
            return Answered(after, changed=True, action=f"{after.given} of {after.question.need} have approved")
        return Answered(after, changed=True, action=finish(after, ports, bundle))
    raise Contended(what=f"the approval {approval}", attempts=ATTEMPTS)


def read_approval(approval: str, ports: Ports) -> Approval:
    """Read a request. Raises UnknownApproval."""
    parts = read_approval_id(approval)
    if parts is None:
        raise UnknownApproval(approval=approval)
    key = request_key(*parts)
    item = ports.store.read([key]).get(key)
    if item is None:
        raise UnknownApproval(approval=approval)
    return read_request(item)


def list_answers(approval: Approval, ports: Ports) -> tuple[Answer, ...]:
    """Give every answer, the first one first."""
    page = ports.store.query(approval_pk(approval.subject.dispatch), answer_prefix(approval.subject.step), PAGE)
    return tuple(sorted((read_answer(item) for item in page.items), key=lambda one: (one.at, one.who)))


def list_pending(ports: Ports) -> tuple[Approval, ...]:
    """Give every request that waits for people, the one that expires first first."""
    found = (read_request(item) for item in _list_lanes(ports, None))
    return tuple(
        sorted((one for one in found if one.state is ApprovalState.PENDING), key=lambda one: (one.expires_at, one.id))
    )


def list_requests(dispatch: str, ports: Ports) -> tuple[Approval, ...]:
    """Give everything that was ever asked about a dispatch."""
    page = ports.store.query(approval_pk(dispatch), REQUEST, PAGE)
    return tuple(read_request(item) for item in page.items)


def void_requests(dispatch: str, why: str, ports: Ports) -> None:
    """Void what a dispatch that is over has asked: nobody waits for the answers."""
    for one in list_requests(dispatch, ports):
        if one.state is ApprovalState.PENDING:
            ports.store.commit(close(one, ApprovalState.VOID, why, ports.clock.now()))
        if one.state is ApprovalState.PENDING or one.owed:
            closed = read_approval(one.id, ports)
            ports.store.commit(pay(closed, ports.clock.now()))


def reconcile_approvals(ports: Ports, bundle: Bundle) -> tuple[tuple[str, str, str], ...]:
    """Look at each request that is due, once: tell people, close what has expired, act on what was cut off."""
    due = _list_lanes(ports, render_time(ports.clock.now()))
    return tuple(_reconcile_one(read_request(item), ports, bundle) for item in due)


def finish(approval: Approval, ports: Ports, bundle: Bundle) -> str:
    """Act on a request that is over, and note that it is done; a crash on the way is resumed by reconcile."""
    if approval.subject.is_batch:
        ports.delays.send(approval.subject.dispatch, 0)
        action = "its campaign goes on" if approval.state is ApprovalState.APPROVED else "its campaign stops"
    elif approval.subject.step:
        action = _tell_task(approval, ports)
    else:
        people = [one.who for one in list_answers(approval, ports) if one.reply is Reply.APPROVE]
        action = settle_plan(approval, people, ports, bundle)
    ports.publisher.publish(APPROVAL_CLOSED, _describe(approval))
    ports.store.commit(pay(approval, ports.clock.now()))
    return action


def tell_people(approval: Approval, ports: Ports) -> None:
    """Publish that people are asked, then note it: twice at worst, never not at all."""
    ports.publisher.publish(APPROVAL_REQUESTED, _describe(approval))
    ports.store.commit(announce(approval))


def _read_step(asked: Ask, ports: Ports) -> tuple[Item | None, Approval | None]:
    if not is_dispatch_id(asked.dispatch) or read_approval_id(f"{asked.dispatch}.{asked.step}") is None:
        return None, None
    keys = dispatch_key(asked.dispatch), request_key(asked.dispatch, asked.step)
    rows = ports.store.read(keys)
    found = rows.get(keys[1])
    return rows.get(keys[0]), read_request(found) if found is not None else None


def _ask_once(asked: Ask, question: Question, row: Item, found: Approval | None, ports: Ports) -> str:
    """Write the request, or hand the new token to the one that is there; empty if that has to be tried again."""
    now = ports.clock.now()
    if found is None:
        requester = row.get("request", {}).get("principal", "")
        subject = Subject(asked.dispatch, asked.step, requester, row["workflow"], row["object"])
        asked_hash = hash_question(subject, question, row["workflow_hash"])
        transaction = ask_step(subject, question, asked_hash, asked.token, row, now)
    elif found.token == asked.token:
        transaction = None
    else:
        transaction = hand_token(found, asked.token, now)
    if transaction is not None and not isinstance(ports.store.commit(transaction), Committed):
        return ""
    known = read_approval(f"{asked.dispatch}.{asked.step}", ports)
    if known.unannounced:
        tell_people(known, ports)
    if known.state is not ApprovalState.PENDING:
        return f"it was {known.state} before: {_tell_task(known, ports)}"
    return "asked"


def _read_for(approval: str, who: str, ports: Ports) -> tuple[Approval, Item | None, Answer | None]:
    """Read a request, its dispatch, and what this person has said before, in one call."""
    parts = read_approval_id(approval)
    if parts is None:
        raise UnknownApproval(approval=approval)
    subject = Subject(*parts, "", "", "")
    keys = request_key(*parts), dispatch_key(subject.dispatch), answer_key(subject, who)
    rows = ports.store.read(keys)
    if keys[0] not in rows:
        raise UnknownApproval(approval=approval)
    before = rows.get(keys[2])
    return read_request(rows[keys[0]]), rows.get(keys[1]), read_answer(before) if before is not None else None


def _void_if_over(found: Approval, row: Item | None, ports: Ports) -> Approval:
    """A dispatch whose end voided nothing, since that was cut off, voids it now."""
    if found.state is not ApprovalState.PENDING:
        return found
    state = row["state"] if row is not None else "gone"
    if state in _list_asking(found.subject):
        return found
    void_requests(found.subject.dispatch, f"its dispatch is {state}", ports)
    return read_approval(found.id, ports)


def _list_asking(subject: Subject) -> frozenset[DispatchState]:
    """Give the states in which a dispatch waits for what it has asked."""
    if subject.is_batch:
        return frozenset({DispatchState.ROLLING})
    return _RUNS if subject.step else frozenset({DispatchState.AWAITING})


def _check_voice(found: Approval, said: Answer, ports: Ports) -> None:
    """Whoever makes a link could answer through it, so they and it are one person. Raises SamePerson."""
    given = list_answers(found, ports)
    voices = {one.who for one in given} | {one.issued_by for one in given if one.issued_by}
    if said.issued_by in voices or said.who in voices or said.issued_by == found.subject.requester != "":
        raise SamePerson(who=said.issued_by or said.who, approval=found.id)


def _explain(said: Answer, state: ApprovalState) -> str:
    if state is ApprovalState.PENDING:
        return ""
    return f"{state} by {show_person(said.who)}: {said.reason}"


def _tell_task(approval: Approval, ports: Ports) -> str:
    """Answer the waiting task. One that does not wait any more has ended with its execution."""
    question, executions = approval.question, ports.executions
    fails = {
        ApprovalState.REJECTED: (question.on_reject, REJECTED),
        ApprovalState.EXPIRED: (question.on_expiry, EXPIRED),
    }
    then, error = fails.get(approval.state, ("continue", ""))
    if then == "continue":
        told = executions.answer_task(approval.token, write_result(approval, list_answers(approval, ports)))
    else:
        told = executions.fail_task(approval.token, error, approval.reason)
    if not told:
        return "its step does not wait any more"
    row = ports.store.read([dispatch_key(approval.subject.dispatch)]).get(dispatch_key(approval.subject.dispatch))
    if row is not None and row["state"] == DispatchState.RUNNING:
        ports.store.commit(postpone(row, ports.clock.now(), 2 * row["expected_s"]))
    return "its step goes on" if then == "continue" else f"its step fails with {error}"


def _reconcile_one(approval: Approval, ports: Ports, bundle: Bundle) -> tuple[str, str, str]:
    found = f"approval {approval.state}"
    if approval.owed:
        return approval.id, found, finish(approval, ports, bundle)
    if approval.unannounced:
        tell_people(approval, ports)
        return approval.id, found, "told people"
    now = ports.clock.now()
    if not is_over(approval, now):
        return approval.id, found, "nothing"
    closed = ports.store.commit(close(approval, ApprovalState.EXPIRED, explain_expiry(approval), now))
    if not isinstance(closed, Committed):
        return approval.id, found, "was answered meanwhile"
    return approval.id, found, finish(read_approval(approval.id, ports), ports, bundle)


def _list_lanes(ports: Ports, until: str | None) -> Iterator[Item]:
    for shard in range(SHARDS):
        after: Mapping[str, Any] | None = None
        while True:
            page = ports.store.list_lane(f"approval#{shard}", until=until, limit=PAGE, after=after)
            yield from page.items
            after = page.after
            if after is None:
                break


def _describe(approval: Approval) -> dict[str, Any]:
    """Write the event's detail; the token is nobody's business."""
    subject, question = approval.subject, approval.question
    return {
        "approval": approval.id,
        "dispatch": subject.dispatch,
        "step": subject.step,
        "workflow": subject.workflow,
        "object": subject.object,
        "asked_by": subject.requester,
        "from": list(question.approvers),
        "need": question.need,
        "asks": question.reason,
        "hash": approval.hash,
        "expires_at": approval.expires_at,
        "state": str(approval.state),
        "reason": approval.reason,
        "root_id": subject.dispatch,
        "hops": 1,
    }
