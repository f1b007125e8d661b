"""Known mistakes in the protocol, each put into the product's own code: the exploration must find every one.

If one is not found, the exploration looks away from something, and its silence about the product is worth less.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.control import cancel, dispatch, intake, promote, promotion, reconcile, reservation, settle, settlement
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ExecutionStatus, Plan, Verdict
from chalicelib.control.ports import Ports, Start
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
from infra.verify.scenario import Scenario, Wish

Swaps = tuple[tuple[Any, str, Any], ...]

A, ALSO_A, BOTH = Wish("e1", "A"), Wish("e2", "A"), Wish("e3", "AB")
B, THIRD_A = Wish("e4", "B"), Wish("e5", "A")


class Mutant(NamedTuple):
    """A mistake: what it is, what it replaces, and the smallest world that shows it."""

    name: str
    mistake: str
    swaps: Swaps
    scenario: Scenario


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    """Put the mistake into the product for a `with` block."""
    with ExitStack() as stack:
        for module, name, replacement in mutant.swaps:
            stack.callback(setattr, module, name, getattr(module, name))
            setattr(module, name, replacement)
        yield


def _world(*wishes: Wish, **faults: int) -> Scenario:
    return Scenario("mutant", wishes, faults)


def _without(make: Callable[..., Transaction], *kinds: type) -> Callable[..., Transaction]:
    """Build the same transaction without some kinds of conditions."""

    def build(*given: Any, **named: Any) -> Transaction:
        return Transaction(tuple(_strip(one, kinds) for one in make(*given, **named).operations))

    return build


def _strip(operation: Operation, kinds: tuple[type, ...]) -> Operation:
    if isinstance(operation, Check):
        return operation
    return operation._replace(conditions=tuple(one for one in operation.conditions if not isinstance(one, kinds)))


# --- reservation -----------------------------------------------------------------------------------------------------


def _dispatch_piecemeal(plan: Plan, ports: Ports) -> Any:
    """Take the locks one after another."""
    for operation in reservation.build_transaction(plan, ports.clock.now()).operations:
        if not isinstance(ports.store.commit(Transaction((operation,))), Committed):
            return _DISPATCH(plan, ports)
    ports.executions.start(plan.workflow, plan.id, plan.execution_input)
    return Verdict(plan.id, plan.kind, plan.state, plan.reason)


def _dispatch_start_first(plan: Plan, ports: Ports) -> Any:
    if plan.state is DispatchState.RESERVED:
        ports.executions.start(plan.workflow, plan.id, plan.execution_input)
    return _DISPATCH(plan, ports)


def _keep_fence(*given: Any, **named: Any) -> dict[str, Any]:
    fields = dict(_TAKE_LOCK(*given, **named))
    return {**fields, "fence": max(1, fields["fence"] - 1)}


def _start_and_give_up(plan: Plan, executions: Any) -> Any:
    """Take "already exists" for a failure, and start again under another name."""
    if executions.start(plan.workflow, plan.id, plan.execution_input) is Start.NAME_TAKEN:
        executions.start(plan.workflow, f"{plan.id}-again", plan.execution_input)
    return Verdict(plan.id, plan.kind, plan.state, plan.reason)


# --- settling --------------------------------------------------------------------------------------------------------


def _release_anyone(row: Item, *, owes: bool) -> tuple[Operation, ...]:
    """Clear the lock, whoever holds it."""
    return tuple(
        update._replace(remove=tuple(f"{HOLDER}{one}" for one in _EVERYONE))
        for update in _RELEASE(row, owes=owes)
        if isinstance(update, Update)
    )


def _judge_without_hold(row: Item, execution: Any) -> Settlement | None:
    settled = _JUDGE_END(row, execution)
    return settled and settled._replace(state=settled.outcome)


def _judge_any_state(row: Item, execution: Any) -> Settlement | None:
    """Settle whatever state the dispatch is in, a waiting one too."""
    if execution.status is ExecutionStatus.RUNNING:
        return None
    return _JUDGE_END({**row, "state": "running"}, execution)


def _settle_without_release(row: Item, settlement: Settlement, now: datetime, *, owes: bool) -> Transaction:
    return Transaction(_SETTLE(row, settlement, now, owes=owes).operations[:1])


def _forget_to_promote(_dispatch: str, _ports: Ports, _bundle: Any) -> tuple[str, ...]:
    return ()


def _pay_first(name: str, ports: Ports, bundle: Any) -> tuple[str, ...]:
    row = ports.store.read([dispatch_key(name)])[dispatch_key(name)]
    ports.store.commit(settlement.pay_promotion(row, ports.clock.now()))
    return _PROMOTE(name, ports, bundle)


# --- promotion -------------------------------------------------------------------------------------------------------


def _admit_with_old_fences(row: Item, *given: Any) -> tuple[Transaction, dict[str, Any]]:
    transaction, _ = _ADMIT(row, *given)
    return transaction, row["execution_input"]


def _admit_without_conditions(*given: Any) -> tuple[Transaction, dict[str, Any]]:
    transaction, execution_input = _ADMIT(*given)
    return _without(lambda: transaction, *_EVERY_CONDITION)(), execution_input


def _leave_without_owing(*given: Any) -> Transaction:
    first, *others = _LEAVE_QUEUE(*given).operations
    fields = {name: value for name, value in getattr(first, "set", {}).items() if name != "promotion_owed"}
    return Transaction((Update(first.key, set=fields), *others))


def _leave_one_queue_only(*given: Any) -> Transaction:
    return Transaction(_LEAVE_QUEUE(*given).operations[:3])


# --- reconcile -------------------------------------------------------------------------------------------------------


def _free_unstarted(row: Item, ports: Ports, bundle: Any) -> str:
    """Free a reservation whose execution is not found."""
    if ports.executions.describe(row["workflow"], row["id"]) is None:
        ports.store.commit(_end_row(row, ports, DispatchState.ABORTED))
        return "freed"
    return _ROLL_FORWARD(row, ports, bundle)


def _free_overdue(row: Item, ports: Ports, _bundle: Any) -> str:
    """Free a lock because its time is up."""
    ports.store.commit(_end_row(row, ports, DispatchState.TIMED_OUT))
    return "freed"


def _release_overdue_hold(row: Item, ports: Ports, bundle: Any) -> str:
    """Compare clocks to end a hold."""
    settle.release_held(row["id"], ports, bundle)
    return "released"


def _retire_at_once(row: Item, ports: Ports, _bundle: Any) -> str:
    """Retire without using the name up."""
    ports.store.commit(_end_row(row, ports, DispatchState.RETIRED))
    return "retired"


def _retire_by_assumption(row: Item, ports: Ports, _bundle: Any) -> str:
    """Start the retired execution, and take its name for ours without looking whose it is."""
    ports.executions.start(row["workflow"], row["id"], {**row["execution_input"], "retired": True})
    ports.store.commit(_end_row(row, ports, DispatchState.RETIRED))
    return "retired"


def _never_roll_forward(_row: Item, _ports: Ports, _bundle: Any) -> str:
    return "left"


def _end_row(row: Item, ports: Ports, state: DispatchState) -> Transaction:
    ended = Settlement(state, state, "", "")
    return _SETTLE({**row, "state": "running"}, ended, ports.clock.now(), owes=True)


_DISPATCH, _TAKE_LOCK, _RELEASE = dispatch.dispatch, reservation.take_lock, settlement._release  # noqa: SLF001
_JUDGE_END, _SETTLE, _PROMOTE, _ADMIT = settlement.judge_end, settlement.settle, promote.promote, promotion.admit
_LEAVE_QUEUE, _ROLL_FORWARD = settlement.leave_queue, reconcile._roll_forward  # noqa: SLF001
_EVERYONE = tuple(wish.dispatch for wish in (A, ALSO_A, BOTH, B, THIRD_A))
_EVERY_CONDITION = (Absent, AtLeast, Below, Equals, OneOf, Present)

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "piecemeal",
        "locks of one plan are taken one after another",
        ((intake, "dispatch", _dispatch_piecemeal),),
        _world(A, BOTH),
    ),
    Mutant(
        "start-first",
        "the execution is started before its locks are reserved",
        ((intake, "dispatch", _dispatch_start_first),),
        _world(A, ALSO_A),
    ),
    Mutant(
        "no-fence-check",
        "a reservation does not ask whether the fence is as read",
        ((reservation, "require_fence", lambda _lock: ()),),
        _world(A, ALSO_A),
    ),
    Mutant(
        "fence-stays",
        "a reservation does not raise the fence",
        ((reservation, "take_lock", _keep_fence), (promotion, "take_lock", _keep_fence)),
        _world(A, ALSO_A, THIRD_A),
    ),
    Mutant(
        "enqueue-unchecked",
        "enqueueing does not ask whether its blocker is still there",
        ((reservation, "_require_blocked", lambda _blockers: ()),),
        _world(A, ALSO_A),
    ),
    Mutant(
        "second-name",
        "an execution that exists already is started again under another name",
        ((dispatch, "_start", _start_and_give_up),),
        _world(A, ALSO_A, crash=1, tick=1),
    ),
    Mutant(
        "settle-unconditional",
        "settling relies on nothing, and clears the lock whoever holds it",
        ((settlement, "_release", _release_anyone), (settlement, "_is_live", lambda _cause: Present("state"))),
        _world(A, ALSO_A, duplicate=1),
    ),
    Mutant(
        "settle-any-state",
        "a status event settles a dispatch in whatever state it is",
        ((settle, "judge_end", _judge_any_state), (settlement, "_is_live", lambda _cause: Present("state"))),
        _world(A, duplicate=1, fail=1),
    ),
    Mutant(
        "no-hold",
        "a lock is freed although effects may still be running",
        ((settle, "judge_end", _judge_without_hold),),
        _world(A, ALSO_A, fail=1),
    ),
    Mutant("no-release", "settling forgets the locks", ((settle, "settle", _settle_without_release),), _world(A)),
    Mutant(
        "quiet-anyway",
        "settling does not ask whether somebody waits",
        ((settle, "settle", _without(settlement.settle, Below)),),
        _world(A, ALSO_A),
    ),
    Mutant(
        "no-promotion",
        "what was freed is offered to nobody",
        ((settle, "promote", _forget_to_promote), (reconcile, "promote", _forget_to_promote)),
        _world(A, ALSO_A),
    ),
    Mutant(
        "paid-early",
        "promotion_owed is cleared before the queue is walked",
        ((settle, "promote", _pay_first), (reconcile, "promote", _pay_first)),
        _world(A, ALSO_A, crash=1),
    ),
    Mutant(
        "promote-blocked",
        "a waiter is promoted while it is still blocked",
        ((promote, "is_blocked", lambda *_: False),),
        _world(A, ALSO_A, BOTH),
    ),
    Mutant(
        "promote-unchecked",
        "a promotion relies on nothing of what it read",
        ((promote, "admit", _admit_without_conditions),),
        _world(A, ALSO_A, duplicate=1),
    ),
    Mutant(
        "promote-old-fence",
        "a promoted execution is given the fences of its plan",
        ((promote, "admit", _admit_with_old_fences),),
        _world(A, ALSO_A, THIRD_A),
    ),
    Mutant(
        "leave-owing-nothing",
        "a waiter that leaves wakes nobody behind it",
        ((reconcile, "leave_queue", _leave_without_owing), (reconcile, "promote", _forget_to_promote)),
        _world(B, BOTH, A, cancel=1),
    ),
    Mutant(
        "leave-one-queue",
        "a waiter leaves only the first of its queues",
        ((reconcile, "leave_queue", _leave_one_queue_only),),
        _world(A, BOTH, cancel=1),
    ),
    Mutant(
        "free-not-found",
        "a reservation whose execution is not found is freed",
        ((reconcile, "_roll_forward", _free_unstarted),),
        _world(A, ALSO_A, tick=1),
    ),
    Mutant(
        "free-overdue",
        "a lock is freed because its time is up",
        ((reconcile, "_ask", _free_overdue), (reconcile, "_roll_forward", _free_overdue)),
        _world(A, ALSO_A, tick=1),
    ),
    Mutant(
        "hold-by-clock",
        "a hold ends when a clock says so",
        ((reconcile, "_hold_again", _release_overdue_hold),),
        _world(A, ALSO_A, fail=1, tick=1),
    ),
    Mutant(
        "retire-at-once",
        "a reservation is retired without using up its name",
        ((reconcile, "retire", _retire_at_once), (cancel, "retire", _retire_at_once)),
        _world(A, ALSO_A, cancel=1),
    ),
    Mutant(
        "retire-by-assumption",
        "a retirement does not look whose execution has the name",
        ((reconcile, "retire", _retire_by_assumption), (cancel, "retire", _retire_by_assumption)),
        _world(A, ALSO_A, cancel=1),
    ),
    Mutant(
        "no-roll-forward",
        "a reservation that a crash left unstarted is left so",
        ((reconcile, "_roll_forward", _never_roll_forward),),
        _world(A, abandon=1),
    ),
)
