"""What becomes of a plan that was set aside, once people have answered, or have not, or the freeze is over."""

from datetime import timedelta

from chalicelib.catalog.model import Bundle
from chalicelib.control.approvals.approval import Approval, ApprovalState
from chalicelib.control.approvals.awaiting import leave_awaiting, read_decision, write_anew
from chalicelib.control.dispatch import follow_up
from chalicelib.control.freezes import find_freezes_key, read_freezes
from chalicelib.control.goals.goal import is_goal_met
from chalicelib.control.goals.pursuit import pursue_again
from chalicelib.control.intake import find_objects, read_records
from chalicelib.control.lifecycle import DispatchState, Happening
from chalicelib.control.model import Plan, Snapshot, VerdictKind
from chalicelib.control.pace import start
from chalicelib.control.plan import plan
from chalicelib.control.ports import Ports
from chalicelib.control.records import dispatch_key, render_time
from chalicelib.control.resumption import find_machine
from chalicelib.control.transaction import Committed, Item, Key, Transaction
from chalicelib.decision.defaults import complete_rule
from chalicelib.errors import Contended

ATTEMPTS = 12
LONGEST_HELD = timedelta(days=14)
"""What was frozen for longer has been forgotten."""
_ENDS = {
    ApprovalState.REJECTED: Happening.REFUSED,
    ApprovalState.EXPIRED: Happening.EXPIRED,
    ApprovalState.VOID: Happening.REFUSED,
}


def settle_plan(approval: Approval, people: list[str], ports: Ports, bundle: Bundle) -> str:
    """Start, queue or end the dispatch that the answer was about, and say what was done. A repeat changes nothing.

    The plan is computed again from what is there now. Another hash makes the approval void: it was given to something else.
    """
    known: dict[Key, Item] = {}
    for _ in range(ATTEMPTS):
        key = dispatch_key(approval.subject.dispatch)
        row = ports.store.read([key]).get(key)
        if row is None:
            return "its dispatch is gone"
        if row["state"] == DispatchState.RESERVED:
            start(find_machine(row), row["id"], row["execution_input"], ports)
        if row["state"] != DispatchState.AWAITING:
            return f"its dispatch is {row['state']}"
        if not _goes_on(approval):
            done = _end(row, _ENDS[approval.state], approval.reason, ports)
        else:
            silence = "" if approval.state is ApprovalState.APPROVED else f"{approval.reason}, and nobody had said no"
            done = _admit(row, approval.hash, people, known, ports, bundle, silence)
        if done:
            return done
    raise Contended(what=f"what was approved as {approval.id}", attempts=ATTEMPTS)


def thaw(row: Item, ports: Ports, bundle: Bundle) -> str:
    """Plan what a freeze has held again, now that it is over: it starts, waits its turn, is frozen by another one, or asks."""
    known: dict[Key, Item] = {}
    for _ in range(ATTEMPTS):
        if row["created_at"] < render_time(ports.clock.now() - LONGEST_HELD):
            done = _end(row, Happening.EXPIRED, f"it was frozen for over {LONGEST_HELD.days} days", ports)
        else:
            people = row.get("approved_by")
            done = _admit(row, "" if people is None else row["plan_hash"], people, known, ports, bundle)
        if done:
            return done
        key = dispatch_key(row["id"])
        row = ports.store.read([key]).get(key, {"state": "gone"})
        if row["state"] != DispatchState.FROZEN:
            return f"it is {row['state']}"
    raise Contended(what=f"what was frozen as {row['id']}", attempts=ATTEMPTS)


def _admit(
    row: Item, approved: str, people: list[str] | None, known: dict[Key, Item], ports: Ports, bundle: Bundle,
    silence: str = "",
) -> str:  # fmt: skip
    """Plan again and write it; empty if that has to be tried again, and `known` then has what it was refused for.

    `approved` is the hash that people said yes to, empty if nobody was asked. `silence` says why it goes on without a yes.
    """
    now = ports.clock.now()
    decision = read_decision(row, now)
    found = find_objects(decision, bundle)
    records = read_records(found | ({decision.object} if decision.object else set()), ports)
    frozen_at = find_freezes_key(decision.event_id)
    freezes = read_freezes(frozen_at, ports.store.read([frozen_at]).get(frozen_at))
    if is_goal_met(row, records, bundle, now):
        return _end(row, Happening.SUPERSEDED, "while it waited, the goal was reached", ports)
    made = plan(decision, Snapshot(records, known), bundle, now, freezes, approved=bool(approved))
    if "queued_at" in row:  # it keeps its age where it had waited before
        made = made._replace(record={**made.record, "queued_at": row["queued_at"]})
    rule = bundle.find_rule(decision.rule)
    if rule is not None and decision.object:
        own = complete_rule(rule, decision.service, decision.tier, bundle)
        made = pursue_again(made, records[decision.object], own, row, now)
    if approved and (why := _explain_drift(made, approved)):
        return _end(row, Happening.REFUSED, f"its approval is void: {why}", ports)
    if silence:
        made = made._replace(reason=f"{made.reason}; {silence}")
    result = ports.store.commit(write_anew(made, row, people, now))
    if not isinstance(result, Committed):
        if any(result.find(check.key) for check in made.relies):
            return _end(row, Happening.SUPERSEDED, "its campaign is over", ports)
        known.update({one.key: one.item for one in result.refusals if one.item is not None})
        return ""
    follow_up(made, ports)
    if made.kind is VerdictKind.START:
        return "its dispatch is started"
    return f"its dispatch is {made.state}: {made.reason}"


def _goes_on(approval: Approval) -> bool:
    """Whether the plan is to start: people said yes, or nobody has said no and silence is enough."""
    silent = approval.state is ApprovalState.EXPIRED and approval.question.on_expiry == "continue"
    return silent or approval.state is ApprovalState.APPROVED


def _explain_drift(made: Plan, approved: str) -> str:
    """Say why what was planned now is not what was approved, empty if it is; what is frozen has no hash, and is held."""
    if made.state is DispatchState.UNDECIDED:
        return made.reason
    if made.hash and made.hash != approved:
        return f"the plan is {made.hash} now and was {approved}, so its targets, its workflow or its input have changed"
    return ""


def _end(row: Item, happening: Happening, reason: str, ports: Ports) -> str:
    now = ports.clock.now()
    ended = ports.store.commit(Transaction((leave_awaiting(row, happening, reason, now),)))
    return f"its dispatch does not start: {reason}" if isinstance(ended, Committed) else ""
