"""Wrong versions of the product's functions, as somebody might have written them. `mutants` says what each replaces."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from chalicelib.catalog.model import Intent, Verb
from chalicelib.control import dispatch, reconcile, reservation, settle, settlement
from chalicelib.control.claims import ancestors, budgets
from chalicelib.control.claims.claim import read_taken, take_lock
from chalicelib.control.claims.conflicts import choose_strictest
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import Claim, ExecutionStatus, Lock, ObjectRecord, Plan, Verdict
from chalicelib.control.ports import Ports, Start
from chalicelib.control.queue import lines, promote, promotion
from chalicelib.control.records import HOLDER, dispatch_key
from chalicelib.control.settlement import Settlement
from chalicelib.control.transaction import (
    Absent,
    AtLeast,
    Below,
    Check,
    Committed,
    Equals,
    Item,
    OneOf,
    Operation,
    Present,
    Transaction,
    Update,
)
from chalicelib.control.undo import aftermath
from chalicelib.identity import ObjectId
from infra.verify.policy import HOME, LABELS, Policy, make_policy
from infra.verify.scenario import Wish

A, ALSO_A, BOTH = Wish("e1", "A"), Wish("e2", "A"), Wish("e3", "AB")
B, THIRD_A, Y = Wish("e4", "B"), Wish("e5", "A"), Wish("e6", "Y")
S = Wish("e7", "S")
WISHES = (A, ALSO_A, BOTH, B, THIRD_A, Y, S)
"""What the worlds of the mutants wish for."""

_MAKE_UNDO_INPUT = aftermath.make_undo_input


def without(make: Callable[..., Transaction], *kinds: type) -> Callable[..., Transaction]:
    """Build the same transaction without some kinds of conditions."""

    def build(*given: Any, **named: Any) -> Transaction:
        return Transaction(tuple(_strip(one, kinds) for one in make(*given, **named).operations))

    return build


def _strip(operation: Operation, kinds: tuple[type, ...]) -> Operation:
    if isinstance(operation, Check):
        return operation
    return operation._replace(conditions=tuple(one for one in operation.conditions if not isinstance(one, kinds)))


# --- reservation -----------------------------------------------------------------------------------------------------


def dispatch_piecemeal(plan: Plan, ports: Ports) -> Any:
    """Take the locks one after another."""
    for operation in reservation.build_transaction(plan, ports.clock.now()).operations:
        if not isinstance(ports.store.commit(Transaction((operation,))), Committed):
            return _DISPATCH(plan, ports)
    ports.executions.start(plan.workflow, plan.id, plan.execution_input)
    return Verdict(plan.id, plan.kind, plan.state, plan.reason)


def dispatch_start_first(plan: Plan, ports: Ports) -> Any:
    """Start the execution, then reserve."""
    if plan.state is DispatchState.RESERVED:
        ports.executions.start(plan.workflow, plan.id, plan.execution_input)
    return _DISPATCH(plan, ports)


def keep_fence(*given: Any, **named: Any) -> dict[str, Any]:
    """Take the lock with the fence it had."""
    fields = dict(_TAKE_LOCK(*given, **named))
    return {**fields, "fence": max(1, fields["fence"] - 1)}


def start_and_give_up(plan: Plan, ports: Ports) -> Any:
    """Take "already exists" for a failure, and start again under another name."""
    if ports.executions.start(plan.workflow, plan.id, plan.execution_input) is Start.NAME_TAKEN:
        ports.executions.start(plan.workflow, f"{plan.id}-again", plan.execution_input)
    return Verdict(plan.id, plan.kind, plan.state, plan.reason)


# --- budgets ---------------------------------------------------------------------------------------------------------


def claim_without_room(*given: Any) -> Claim:
    """Spend, and do not ask whether there is room."""
    return _CLAIM_GROUP(*given)._replace(room=())


def claim_any_size(*given: Any) -> Claim:
    """Take a percentage of a size that may have changed."""
    claim = _CLAIM_GROUP(*given)
    return claim._replace(room=tuple(one for one in claim.room if not isinstance(one, Equals)))


def require_holders_only(claim: Claim) -> tuple[Any, ...]:
    """Enqueue without asking whether the budget is still used up."""
    return _REQUIRE_BLOCKED(claim) if claim.exclusive else ()


def hold_and_return(row: Item, settled: Settlement, now: datetime) -> Transaction:
    """Return a budget when the execution ends, and again when its lock is freed."""
    held = _HOLD(row, settled, now)
    given_back = [Update(one.key, add={name: -amount for name, amount in one.add.items()}) for one in read_taken(row)]
    return Transaction((*held.operations, *given_back))


def release_locks_only(row: Item, *, owes: bool) -> tuple[Operation, ...]:
    """Free the locks, and keep what was spent."""
    return tuple(one for one in _RELEASE(row, owes=owes) if isinstance(one, Update) and one.remove)


def stay_in_line(_row: Item, _claims: Any) -> None:
    """Wait on where there is nothing to wait for any more."""


# --- ancestors -------------------------------------------------------------------------------------------------------


def forget_a_shard(*given: Any) -> tuple[Claim, ...]:
    """Lock an ancestor in all shards but one: the one of host A."""
    return tuple(one for one in _CLAIM_WHOLE(*given) if one.key != _SHARD_OF_A)


def claim_whole_unchecked(*given: Any) -> tuple[Claim, ...]:
    """Lock an ancestor without asking whether anything goes on below it."""
    return tuple(one._replace(room=(), blockers=()) for one in _CLAIM_WHOLE(*given))


def claim_below_unchecked(*given: Any) -> Claim:
    """Work on an object, whoever has its ancestor locked."""
    return _CLAIM_BELOW(*given)._replace(room=(), blockers=())


def require_unless_below(claim: Claim) -> tuple[Any, ...]:
    """Enqueue without asking whether the ancestor is still locked, or still worked below."""
    return () if claim.key.sk == "shard" else _REQUIRE_BLOCKED(claim)


# --- settling --------------------------------------------------------------------------------------------------------


def release_anyone(row: Item, *, owes: bool) -> tuple[Operation, ...]:
    """Clear the lock, whoever holds it."""
    return tuple(
        update._replace(remove=tuple(f"{HOLDER}{one}" for one in _EVERYONE))
        for update in _RELEASE(row, owes=owes)
        if isinstance(update, Update)
    )


def judge_without_hold(row: Item, execution: Any) -> Settlement | None:
    """End at once, however it ended."""
    settled = _JUDGE_END(row, execution)
    return settled and settled._replace(state=settled.outcome)


def judge_any_state(row: Item, execution: Any) -> Settlement | None:
    """Settle whatever state the dispatch is in, a waiting one too."""
    if execution.status is ExecutionStatus.RUNNING:
        return None
    return _JUDGE_END({**row, "state": "running"}, execution)


def take_back_beside(row: Item, _end: Any, ports: Ports, _bundle: Any) -> None:
    """Start what takes back, and have the locks released beside it."""
    given = row["execution_input"]
    later = {name: fence + 1 for name, fence in given["dispatch"]["fences"].items()}
    undo_input = {**given, "dispatch": {**given["dispatch"], "fences": later}}
    ports.executions.start(row["workflow"], f"{row['id']}-undo", undo_input)


def undo_with_old_fences(row: Item, *given: Any) -> dict[str, Any]:
    """Write the input with the fences of the execution that was stopped."""
    return {**_MAKE_UNDO_INPUT(row, *given), "dispatch": row["execution_input"]["dispatch"]}


class _EitherHold(str):
    """Equals whatever it is compared with."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False


def name_either_hold(row: Item) -> str:
    """Take any message for the one that is waited for."""
    return _EitherHold(row["id"])


def allow_replacing(verbs: list[Verb]) -> Verb:
    """Let work pass that replaces what it meets."""
    strictest = choose_strictest(verbs)
    return Verb.ALLOW if strictest is Verb.REPLACE else strictest


def settle_without_release(row: Item, settlement: Settlement, now: datetime, *, owes: bool) -> Transaction:
    """End the dispatch, and leave its holders where they are."""
    return Transaction(_SETTLE(row, settlement, now, owes=owes).operations[:1])


def forget_to_promote(_dispatch: str, _ports: Ports, _bundle: Any) -> tuple[str, ...]:
    """Look at nobody who waits."""
    return ()


def pay_first(name: str, ports: Ports, bundle: Any) -> tuple[str, ...]:
    """Clear what is owed, then pay it."""
    row = ports.store.read([dispatch_key(name)])[dispatch_key(name)]
    ports.store.commit(settlement.pay(row, "promotion_owed", ports.clock.now()))
    return _PROMOTE(name, ports, bundle)


# --- promotion -------------------------------------------------------------------------------------------------------


def admit_with_old_fences(row: Item, *given: Any) -> tuple[Transaction, dict[str, Any]]:
    """Hand the execution the input of its plan."""
    transaction, _ = _ADMIT(row, *given)
    return transaction, row["execution_input"]


def admit_without_conditions(*given: Any) -> tuple[Transaction, dict[str, Any]]:
    """Admit a waiter whatever has changed."""
    transaction, execution_input = _ADMIT(*given)
    return without(lambda: transaction, *_EVERY_CONDITION)(), execution_input


def leave_without_owing(*given: Any, **named: Any) -> Transaction:
    """Leave the queues, and owe nobody a look."""
    first, *others = _LEAVE_QUEUE(*given, **named).operations
    fields = {name: value for name, value in getattr(first, "set", {}).items() if name != "promotion_owed"}
    return Transaction((Update(first.key, set=fields), *others))


def leave_one_queue_only(*given: Any, **named: Any) -> Transaction:
    """Leave the first queue."""
    return Transaction(_LEAVE_QUEUE(*given, **named).operations[:3])


# --- reconcile -------------------------------------------------------------------------------------------------------


def free_unstarted(row: Item, ports: Ports, bundle: Any) -> str:
    """Free a reservation whose execution is not found."""
    if ports.executions.describe(row["workflow"], row["id"]) is None:
        ports.store.commit(_end_row(row, ports, DispatchState.ABORTED))
        return "freed"
    return _ROLL_FORWARD(row, ports, bundle)


def free_overdue(row: Item, ports: Ports, _bundle: Any) -> str:
    """Free a lock because its time is up."""
    ports.store.commit(_end_row(row, ports, DispatchState.TIMED_OUT))
    return "freed"


def release_overdue_hold(row: Item, ports: Ports, bundle: Any) -> str:
    """Compare clocks to end a hold."""
    settle.release_held(row["id"], ports, bundle)
    return "released"


def retire_at_once(row: Item, ports: Ports, _bundle: Any) -> str:
    """Retire without using the name up."""
    ports.store.commit(_end_row(row, ports, DispatchState.RETIRED))
    return "retired"


def retire_by_assumption(row: Item, ports: Ports, _bundle: Any) -> str:
    """Start the retired execution, and take its name for ours without looking whose it is."""
    ports.executions.start(row["workflow"], row["id"], {**row["execution_input"], "retired": True})
    ports.store.commit(_end_row(row, ports, DispatchState.RETIRED))
    return "retired"


def never_roll_forward(_row: Item, _ports: Ports, _bundle: Any) -> str:
    """Leave a reservation as it is."""
    return "left"


def _end_row(row: Item, ports: Ports, state: DispatchState) -> Transaction:
    ended = Settlement(state, state, "", "")
    return _SETTLE({**row, "state": "running"}, ended, ports.clock.now(), owes=True)


_DISPATCH, _TAKE_LOCK, _RELEASE = dispatch.dispatch, take_lock, settlement._release  # noqa: SLF001
_JUDGE_END, _SETTLE, _PROMOTE, _ADMIT = settlement.judge_end, settlement.settle, promote.promote, promotion.admit
_LEAVE_QUEUE, _ROLL_FORWARD = settlement.leave_queue, reconcile._roll_forward  # noqa: SLF001
_CLAIM_WHOLE, _CLAIM_BELOW = ancestors.claim_whole, ancestors.claim_below
_HOST_A = ObjectId(HOME.account, HOME.region, "host", "A")
_SHARD_OF_A = next(
    iter(
        ancestors.strengthen(
            (Lock(_HOST_A, Intent.DISRUPT),),
            {_HOST_A: ObjectRecord(_HOST_A, labels=LABELS)},
            make_policy(Policy(covers=True)),
        )[1]
    )
)
_CLAIM_GROUP, _REQUIRE_BLOCKED, _HOLD = budgets.claim_group, lines.require_blocked, settlement._hold  # noqa: SLF001
_EVERYONE = tuple(wish.dispatch for wish in WISHES)
_EVERY_CONDITION = (Absent, AtLeast, Below, Equals, OneOf, Present)
