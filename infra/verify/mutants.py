"""Known mistakes in the protocol, each put into the product's own code: the exploration must find every one.

If one is not found, the exploration looks away from something, and its silence about the product is worth less.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

from chalicelib.catalog.model import Budget, Verb
from chalicelib.control import cancel, dispatch, intake, plan, reconcile, settle, settlement
from chalicelib.control.claims import claim
from chalicelib.control.queue import lines, promote
from chalicelib.control.transaction import (
    Below,
    Present,
)
from chalicelib.control.undo import undoing
from infra.verify import mistakes
from infra.verify.mistakes import ALSO_A, BOTH, THIRD_A, A, B, S, Y
from infra.verify.policy import HALF, ONE, TWO, Policy
from infra.verify.scenario import Scenario, Wish

Swaps = tuple[tuple[Any, str, Any], ...]


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


def _world(*wishes: Wish, budget: Budget | None = None, covers: bool = False, **faults: int) -> Scenario:
    return Scenario("mutant", wishes, faults, Policy(budget, covers=covers))


def _stopped(*wishes: Wish, **faults: int) -> Scenario:
    return Scenario("mutant", wishes, {"break": 1, **faults}, Policy(undoes=True))


PROTOCOL_MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "piecemeal",
        "locks of one plan are taken one after another",
        ((intake, "dispatch", mistakes.dispatch_piecemeal),),
        _world(A, BOTH),
    ),
    Mutant(
        "start-first",
        "the execution is started before its locks are reserved",
        ((intake, "dispatch", mistakes.dispatch_start_first),),
        _world(A, ALSO_A),
    ),
    Mutant(
        "no-fence-check",
        "a reservation does not ask whether the fence is as read",
        ((claim, "require_fence", lambda _lock: ()),),
        _world(A, ALSO_A),
    ),
    Mutant(
        "fence-stays",
        "a reservation does not raise the fence",
        ((claim, "take_lock", mistakes.keep_fence),),
        _world(A, ALSO_A, THIRD_A),
    ),
    Mutant(
        "enqueue-unchecked",
        "enqueueing does not ask whether its blocker is still there",
        ((lines, "require_blocked", lambda _claim: ()),),
        _world(A, ALSO_A),
    ),
    Mutant(
        "second-name",
        "an execution that exists already is started again under another name",
        ((dispatch, "_start", mistakes.start_and_give_up),),
        _world(A, ALSO_A, crash=1, tick=1),
    ),
    Mutant(
        "settle-unconditional",
        "settling relies on nothing, and clears the lock whoever holds it",
        ((settlement, "_release", mistakes.release_anyone), (settlement, "_is_live", lambda _cause: Present("state"))),
        _world(A, ALSO_A, duplicate=1),
    ),
    Mutant(
        "settle-any-state",
        "a status event settles a dispatch in whatever state it is",
        ((settle, "judge_end", mistakes.judge_any_state), (settlement, "_is_live", lambda _cause: Present("state"))),
        _world(A, duplicate=1, fail=1),
    ),
    Mutant(
        "no-hold",
        "a lock is freed although effects may still be running",
        ((settle, "judge_end", mistakes.judge_without_hold),),
        _world(A, ALSO_A, fail=1),
    ),
    Mutant(
        "undo-at-once",
        "what was stopped is taken back although its effects may still be running",
        ((settle, "judge_end", mistakes.judge_without_hold),),
        _stopped(A),
    ),
    Mutant(
        "undo-without-lock",
        "the locks are freed when taking back begins, not when it is over",
        ((settle, "take_back", mistakes.take_back_beside),),
        _stopped(A),
    ),
    Mutant(
        "undo-old-fence",
        "what takes back is given the fence of what was stopped",
        ((undoing, "make_undo_input", mistakes.undo_with_old_fences),),
        _stopped(A),
    ),
    Mutant(
        "either-hold",
        "a late message about the first hold ends the hold after a failed undo",
        ((settle, "name_hold", mistakes.name_either_hold),),
        _stopped(A, ALSO_A, fail=1, duplicate=1),
    ),
    Mutant(
        "replace-at-once",
        "what replaces starts beside what it replaces",
        ((plan, "choose_strictest", mistakes.allow_replacing),),
        Scenario("mutant", (A, ALSO_A), {}, Policy(verb=Verb.REPLACE)),
    ),
    Mutant(
        "no-release", "settling forgets the locks", ((settle, "settle", mistakes.settle_without_release),), _world(A)
    ),
    Mutant(
        "quiet-anyway",
        "settling does not ask whether somebody waits",
        ((settle, "settle", mistakes.without(settlement.settle, Below)),),
        _world(A, ALSO_A),
    ),
    Mutant(
        "no-promotion",
        "what was freed is offered to nobody",
        ((settle, "promote", mistakes.forget_to_promote), (reconcile, "promote", mistakes.forget_to_promote)),
        _world(A, ALSO_A),
    ),
    Mutant(
        "paid-early",
        "promotion_owed is cleared before the queue is walked",
        ((settle, "promote", mistakes.pay_first), (reconcile, "promote", mistakes.pay_first)),
        _world(A, ALSO_A, crash=1),
    ),
    Mutant(
        "promote-blocked",
        "a waiter is promoted while it is still blocked",
        ((promote, "find_blocking", lambda _claims: ()),),
        _world(A, ALSO_A, BOTH),
    ),
    Mutant(
        "promote-unchecked",
        "a promotion relies on nothing of what it read",
        ((promote, "admit", mistakes.admit_without_conditions),),
        _world(A, ALSO_A, duplicate=1),
    ),
    Mutant(
        "promote-old-fence",
        "a promoted execution is given the fences of its plan",
        ((promote, "admit", mistakes.admit_with_old_fences),),
        _world(A, ALSO_A, THIRD_A),
    ),
    Mutant(
        "leave-owing-nothing",
        "a waiter that leaves wakes nobody behind it",
        ((reconcile, "leave_queue", mistakes.leave_without_owing), (reconcile, "promote", mistakes.forget_to_promote)),
        _world(B, BOTH, A, cancel=1),
    ),
    Mutant(
        "leave-one-queue",
        "a waiter leaves only the first of its queues",
        ((reconcile, "leave_queue", mistakes.leave_one_queue_only),),
        _world(A, BOTH, cancel=1),
    ),
    Mutant(
        "free-not-found",
        "a reservation whose execution is not found is freed",
        ((reconcile, "_roll_forward", mistakes.free_unstarted),),
        _world(A, ALSO_A, tick=1),
    ),
    Mutant(
        "free-overdue",
        "a lock is freed because its time is up",
        ((reconcile, "_ask", mistakes.free_overdue), (reconcile, "_roll_forward", mistakes.free_overdue)),
        _world(A, ALSO_A, tick=1),
    ),
    Mutant(
        "hold-by-clock",
        "a hold ends when a clock says so",
        ((reconcile, "_hold_again", mistakes.release_overdue_hold),),
        _world(A, ALSO_A, fail=1, tick=1),
    ),
    Mutant(
        "retire-at-once",
        "a reservation is retired without using up its name",
        ((reconcile, "retire", mistakes.retire_at_once), (cancel, "retire", mistakes.retire_at_once)),
        _world(A, ALSO_A, cancel=1),
    ),
    Mutant(
        "retire-by-assumption",
        "a retirement does not look whose execution has the name",
        ((reconcile, "retire", mistakes.retire_by_assumption), (cancel, "retire", mistakes.retire_by_assumption)),
        _world(A, ALSO_A, cancel=1),
    ),
    Mutant(
        "no-roll-forward",
        "a reservation that a crash left unstarted is left so",
        ((reconcile, "_roll_forward", mistakes.never_roll_forward),),
        _world(A, abandon=1),
    ),
    Mutant(
        "spend-unchecked",
        "a budget is spent without asking for room",
        ((claim, "claim_group", mistakes.claim_without_room),),
        _world(A, B, budget=ONE),
    ),
    Mutant(
        "any-size",
        "a percentage does not rely on the size that it is of",
        ((claim, "claim_group", mistakes.claim_any_size),),
        _world(A, B, Y, budget=HALF, shrink=1),
    ),
    Mutant(
        "budget-enqueue-unchecked",
        "enqueueing does not ask whether the budget is still used up",
        ((lines, "require_blocked", mistakes.require_holders_only),),
        _world(A, B, budget=ONE),
    ),
    Mutant(
        "returned-twice",
        "a budget is returned when the execution ends, and again after the hold",
        ((settlement, "_hold", mistakes.hold_and_return),),
        _world(A, B, budget=ONE, fail=1),
    ),
    Mutant(
        "never-returned",
        "settling frees the locks and forgets the budgets",
        ((settlement, "_release", mistakes.release_locks_only),),
        _world(A, B, budget=ONE),
    ),
    Mutant(
        "stays-in-line",
        "a waiter that something else blocks by now does not move to where it will be woken",
        ((promote, "move_over", mistakes.stay_in_line),),
        _world(A, ALSO_A, B, Y, budget=TWO),
    ),
    Mutant(
        "shard-forgotten",
        "a lock on an ancestor leaves one shard out",
        ((claim, "claim_whole", mistakes.forget_a_shard),),
        _world(A, S, covers=True),
    ),
    Mutant(
        "whole-unchecked",
        "a lock on an ancestor does not ask what goes on below it",
        ((claim, "claim_whole", mistakes.claim_whole_unchecked),),
        _world(A, S, covers=True),
    ),
    Mutant(
        "below-unchecked",
        "work on an object does not ask whether its ancestor is locked",
        ((claim, "claim_below", mistakes.claim_below_unchecked),),
        _world(A, S, covers=True),
    ),
    Mutant(
        "ancestor-enqueue-unchecked",
        "enqueueing does not ask whether the ancestor is still locked, or still worked below",
        ((lines, "require_blocked", mistakes.require_unless_below),),
        _world(A, S, covers=True),
    ),
)
