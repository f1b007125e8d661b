"""Known mistakes about what waits for people, freezes, time and goals."""

from chalicelib.control import freeze, reconcile, reservation, resume, settle
from chalicelib.control.approvals import approve, approved
from chalicelib.control.approvals import records as approval_records
from chalicelib.control.claims import claim
from chalicelib.control.goals import ladder, pursuit
from chalicelib.control.queue import promote, promotion
from chalicelib.control.transaction import Equals
from chalicelib.control.windows import settle as settling
from infra.verify import mistakes_waiting as mistakes
from infra.verify.mistakes import ALSO_A, A, B, without
from infra.verify.mutants import Mutant
from infra.verify.policy import AGAIN_THEN_PAGE, DOWN, EITHER, HOURLY, HOURLY_HOST, UP, Policy
from infra.verify.scenario import Scenario, Wish

_STOPS, _IS_BACK, _STOPS_AGAIN = (
    Wish(name, "A", state=state) for name, state in (("e1", DOWN), ("e2", UP), ("e3", DOWN))
)


def _asked(**faults: int) -> Scenario:
    return Scenario("mutant", (A,), faults, Policy(approval=EITHER), moments=(0, 7200))


def _frozen(*wishes: Wish, held: str = "drop", **faults: int) -> Scenario:
    return Scenario("mutant", wishes, {"freeze": 1, **faults}, held=held, moments=(0, 8000))


def _rated(*wishes: Wish, policy: Policy = Policy(HOURLY), **faults: int) -> Scenario:  # noqa: B008 - it is immutable
    return Scenario("mutant", wishes, faults, policy, moments=(0, 3700))


def _climbed(*wishes: Wish, **faults: int) -> Scenario:
    return Scenario("mutant", wishes, faults, Policy(ladder=AGAIN_THEN_PAGE), moments=(0, 90, 2000))


def _settled(*wishes: Wish, **faults: int) -> Scenario:
    return Scenario("mutant", wishes, faults, Policy(settle_s=90), moments=(0, 200))


WAITING_MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "drift-overlooked",
        "an approved plan is not compared with what it has become",
        ((approved, "_explain_drift", mistakes.overlook_drift),),
        _asked(yes=1, deploy=1),
    ),
    Mutant(
        "any-answer",
        "the end of a request is taken for a yes",
        ((approve, "settle_plan", mistakes.take_any_answer),),
        _asked(no=1),
    ),
    Mutant(
        "answer-unchecked",
        "an answer does not ask whether another has come first",
        ((approve, "record_answer", without(approval_records.record_answer, Equals)),),
        _asked(yes=1, no=1),
    ),
    Mutant(
        "approved-twice",
        "what was approved is admitted in whatever state its dispatch is",
        ((approved, "write_anew", mistakes.write_anew_anyway),),
        _asked(yes=1, tick=1),
    ),
    Mutant(
        "answered-early",
        "a request is noted as done before it is acted upon",
        ((approve, "finish", mistakes.pay_before_acting),),
        _asked(yes=1, crash=1),
    ),
    Mutant(
        "never-expires",
        "a request is asked for ever",
        ((approve, "is_over", lambda _request, _now: False),),
        _asked(),
    ),
    Mutant(
        "start-in-freeze",
        "a reservation relies on nothing about what is frozen",
        ((reservation, "require_version", mistakes.require_no_version),),
        _frozen(A),
    ),
    Mutant(
        "promote-in-freeze",
        "a promotion relies on nothing about what is frozen",
        ((promotion, "require_version", mistakes.require_no_version),),
        _frozen(A, ALSO_A),
    ),
    Mutant(
        "one-shard-frozen",
        "a freeze is written to one shard",
        ((freeze, "write_freezes", mistakes.freeze_one_shard),),
        _frozen(A),
    ),
    Mutant(
        "thaw-past-freeze",
        "what a freeze has kept passes the next one",
        ((approved, "plan", mistakes.plan_without_freezes),),
        _frozen(A, held="queue", freeze=2, tick=1),
    ),
    Mutant(
        "kept-for-ever",
        "nobody looks at what a freeze has kept",
        ((reconcile, "thaw", mistakes.leave),),
        _frozen(A, held="queue"),
    ),
    Mutant(
        "slot-unchecked",
        "a start does not ask whether its slot is free",
        ((claim, "claim_starts", mistakes.claim_slot_anyway),),
        _rated(A, B),
    ),
    Mutant(
        "rate-passed",
        "a waiter whose turn has come passes a rate",
        ((promote, "find_blocking", mistakes.pass_rates),),
        _rated(A, ALSO_A),
    ),
    Mutant(
        "starts-uncounted",
        "the starts on an object are not counted",
        ((claim, "judge_starts", mistakes.count_no_starts),),
        _rated(A, ALSO_A, policy=Policy(HOURLY_HOST)),
    ),
    Mutant(
        "time-forgotten",
        "who waits for nothing but time is looked at by nobody",
        ((reconcile, "_look_again", mistakes.leave),),
        _rated(A, B),
    ),
    Mutant(
        "climb-in-time",
        "the next rung is taken while the one before it has time",
        ((reconcile, "is_goal_due", mistakes.owes_goal), (pursuit, "_judge_unmet", mistakes.climb_at_once)),
        _climbed(_STOPS, tick=1),
    ),
    Mutant(
        "climb-past-met",
        "the ladder is climbed although its goal is met",
        ((pursuit, "is_met", lambda *_given: False),),
        _climbed(_STOPS, _IS_BACK, fail=1),
    ),
    Mutant(
        "goal-paid-early",
        "a goal is let go of before the next rung is taken",
        ((ladder, "_climb", mistakes.climb_unowed),),
        _climbed(_STOPS, fail=1, crash=1),
    ),
    Mutant(
        "goal-dropped-at-the-end",
        "a quiet end lets go of a goal that is still pursued",
        ((settle, "_find_rest", mistakes.drop_goal),),
        _climbed(_STOPS),
    ),
    Mutant(
        "rung-forgotten",
        "a ladder does not remember its rung",
        ((ladder, "pursue_further", mistakes.stay_on_first),),
        _climbed(_STOPS, fail=1),
    ),
    Mutant(
        "goal-unwatched",
        "nobody looks at goals",
        ((settle, "review_goal", mistakes.review_nothing), (reconcile, "review_goal", mistakes.review_nothing)),
        _climbed(_STOPS),
    ),
    Mutant(
        "settled-by-state",
        "what settled acts although it was something else in between",
        ((resume, "explain_over", mistakes.look_at_states_only), (resume, "write_watched", mistakes.rely_on_nothing)),
        _settled(_STOPS, _IS_BACK, _STOPS_AGAIN),
    ),
    Mutant(
        "settled-unchecked",
        "what settled does not rely on what it has looked at",
        ((resume, "write_watched", mistakes.rely_on_nothing),),
        _settled(_STOPS, _IS_BACK),
    ),
    Mutant(
        "settles-twice",
        "two events wait for the very same",
        ((settling, "explain_settling", lambda *_given: None),),
        _settled(_STOPS, _STOPS_AGAIN),
    ),
    Mutant(
        "settles-for-ever",
        "an event whose message is lost waits for ever",
        ((reconcile, "resume", mistakes.leave),),
        _settled(_STOPS, lost=1),
    ),
)
