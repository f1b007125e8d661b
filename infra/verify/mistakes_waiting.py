"""Wrong versions of what has plans wait for people, freezes, time and goals. `mutants_waiting` says what each replaces."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from chalicelib.catalog.model import Bundle
from chalicelib.control import freezes, plan
from chalicelib.control.approvals import approve, approved, awaiting
from chalicelib.control.approvals import records as approval_records
from chalicelib.control.approvals.approval import Approval, ApprovalState
from chalicelib.control.claims import rates
from chalicelib.control.goals import ladder, pursuit
from chalicelib.control.goals.pursuit import Next
from chalicelib.control.model import Claim, Freezes, ObjectRecord, Plan
from chalicelib.control.ports import Ports
from chalicelib.control.queue import promotion
from chalicelib.control.records import dispatch_key
from chalicelib.control.settlement import Rest
from chalicelib.control.transaction import Check, Item, Put, Transaction
from chalicelib.control.windows import settle

# --- approvals -------------------------------------------------------------------------------------------------------


def overlook_drift(_made: Plan, _approved: str) -> str:
    """Take whatever is planned now for what was approved."""
    return ""


def take_any_answer(request: Approval, people: list[str], ports: Ports, bundle: Bundle) -> str:
    """Take the end of a request for a yes."""
    return _SETTLE_PLAN(request._replace(state=ApprovalState.APPROVED), people, ports, bundle)


def write_anew_anyway(made: Plan, row: Item, *given: Any) -> Transaction:
    """Put the plan in place of whatever its dispatch has become."""
    operations = _WRITE_ANEW(made, row, *given).operations
    key = dispatch_key(made.id)
    return Transaction(
        tuple(one._replace(conditions=()) if isinstance(one, Put) and one.key == key else one for one in operations)
    )


def pay_before_acting(request: Approval, ports: Ports, bundle: Bundle) -> str:
    """Note that what was answered is done, then do it."""
    ports.store.commit(approval_records.pay(request, ports.clock.now()))
    return _FINISH(request, ports, bundle)


# --- freezes ---------------------------------------------------------------------------------------------------------


def require_no_version(seen: Freezes) -> Check:
    """Rely on nothing about what is frozen."""
    return Check(seen.key, ())


def freeze_one_shard(*given: Any) -> Transaction:
    """Write a freeze to the first shard only."""
    return Transaction(_WRITE_FREEZES(*given).operations[:1])


def plan_without_freezes(decision: Any, snapshot: Any, bundle: Any, now: Any, _freezes: Any, **named: Any) -> Plan:
    """Plan what a freeze has kept without looking at other freezes."""
    return _PLAN(decision, snapshot, bundle, now, None, **named)


def leave(*_given: Any) -> str:
    """Leave it as it is."""
    return "left"


# --- rates -----------------------------------------------------------------------------------------------------------


def claim_slot_anyway(*given: Any) -> Claim:
    """Take a slot without asking whether it is free by then."""
    return _CLAIM_STARTS(*given)._replace(room=())


def pass_rates(claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
    """Have a waiter pass whatever only time ends."""
    return tuple(one for one in _FIND_BLOCKING(claims) if not all(each.until for each in one.blockers))


def count_no_starts(*_given: Any) -> tuple[list[Any], list[Any]]:
    """Count no starts on an object."""
    return [], []


# --- ladders ---------------------------------------------------------------------------------------------------------


def owes_goal(row: Item, _now: datetime) -> bool:
    """Take every goal that is pursued for one that is due."""
    return bool(row.get("goal_owed"))


def climb_at_once(*_given: Any) -> Next:
    """Take the next rung whatever goes on."""
    return Next("it is not met")


def climb_unowed(row: Item, *given: Any) -> str | None:
    """Let go of a goal, then climb."""
    ladder._let_go(row, given[-2])  # noqa: SLF001
    return _CLIMB(row, *given)


def review_nothing(*_given: Any) -> tuple[()]:
    """Look at no goal."""
    return ()


def drop_goal(row: Item, _settlement: Any, subject: ObjectRecord | None, *_given: Any) -> Rest | None:
    """Take the goal of whatever ends quietly for nobody's concern any more."""
    return Rest(subject.id, subject.goals_version) if subject is not None and row.get("goal_owed") else None


def stay_on_first(made: Plan, record: Any, rule: Any, _rung: int, _attempt: int, now: datetime) -> Plan:
    """Forget which rung was taken."""
    return _PURSUE_FURTHER(made, record, rule, 0, 0, now)


# --- settling --------------------------------------------------------------------------------------------------------


def look_at_states_only(watched: Iterable[Iterable[Any]], records: Any) -> str:
    """Take the same state for the same as before."""
    known = {about: record._replace(epoch=epoch) for about, _, epoch in watched for record in [records[about]]}
    return _EXPLAIN_OVER(watched, known)


def rely_on_nothing(*_given: Any) -> tuple[()]:
    """Rely on nothing."""
    return ()


_SETTLE_PLAN, _FINISH, _WRITE_ANEW = approved.settle_plan, approve.finish, awaiting.write_anew
_WRITE_FREEZES, _PLAN = freezes.write_freezes, plan.plan
_CLAIM_STARTS, _FIND_BLOCKING = rates.claim_starts, promotion.find_blocking
_CLIMB, _PURSUE_FURTHER = ladder._climb, pursuit.pursue_further  # noqa: SLF001
_EXPLAIN_OVER = settle.explain_over
