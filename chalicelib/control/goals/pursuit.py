"""A goal from the first dispatch to its end: who pursues it, until when, and what comes next. Pure.

Of one rule, an object has one goal at a time, kept in its own row: which dispatch pursues it, on which rung. That
dispatch's row says `goal_owed` until somebody has looked at how it came out; reconcile finds those that nobody did.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.catalog.model import Bundle, Rule, RuleMode
from chalicelib.control.correlation import suppress
from chalicelib.control.goals.goal import Status, is_met, view_record
from chalicelib.control.lifecycle import LIVE, DispatchState
from chalicelib.control.model import ObjectRecord, Plan, Pursuit, VerdictKind
from chalicelib.control.records import GOAL, GOALS_VERSION, object_key, read_time, render_time
from chalicelib.control.transaction import Equals, Item, Transaction, Update
from chalicelib.decision.defaults import complete_rule
from chalicelib.decision.durations import format_duration
from chalicelib.decision.ladder import find_next
from chalicelib.identity import Home, parse_object_id

PATIENCE = timedelta(seconds=60)
"""After a success: how long its last observations may be on their way before the next rung is taken."""

JOINED_LOOK = timedelta(minutes=5)
"""How often the end of a joined dispatch is looked for, should its own word of it be lost."""


class Next(NamedTuple):
    """What is to be done about a pursued goal now."""

    reason: str
    """Why to go on; empty: wait."""
    look_again: datetime | None = None
    """If waiting for nothing but time."""
    stop: Status | None = None
    """The pursuit ends here, for the reason."""
    passed: bool = False
    """The goal is no longer the dispatch's concern: it is over, or another dispatch pursues it."""


def pursue(made: Plan, record: ObjectRecord, rule: Rule, now: datetime) -> Plan:
    """Have an event's plan take the goal up, if it is admitted; else the goal stays as it is."""
    if rule.goal is None or made.kind not in {VerdictKind.START, VerdictKind.QUEUE, VerdictKind.COALESCE}:
        return made
    return _take_up(made, record, rule, now, {"since": render_time(now), "event_id": made.record["event_id"]})


def pursue_again(made: Plan, record: ObjectRecord, rule: Rule, row: Item, now: datetime) -> Plan:
    """Have a plan that takes the place of a row which waited take the goal up, on the rung that the row was."""
    goal = row.get("goal")
    if goal is None:
        return pursue(made, record, rule, now)
    if record.goals.get(rule.name, {}).get("dispatch") != row["id"]:
        return made
    return pursue_further(made, record, rule, goal["rung"], goal["attempt"], now)


def pursue_further(made: Plan, record: ObjectRecord, rule: Rule, rung: int, attempt: int, now: datetime) -> Plan:
    """Have a rung's plan take the goal over, however it is answered: a rung that is refused is climbed past."""
    begun = record.goals[rule.name]
    kept = {"since": begun["since"], "event_id": begun["event_id"], "rung": rung, "attempt": attempt}
    return _take_up(made, record, rule, now, kept)


def _take_up(made: Plan, record: ObjectRecord, rule: Rule, now: datetime, kept: Mapping[str, Any]) -> Plan:
    if rule.goal is None:
        return made
    rung, attempt = kept.get("rung", 0), kept.get("attempt", 0)
    last = find_next(rule.goal.otherwise, rung, attempt) is None
    status = Status.ESCALATED if last and made.state is DispatchState.PAGED else Status.PURSUING
    progress = {
        "until": rule.goal.until,
        "within_s": rule.goal.within_s,
        "rung": rung,
        "attempt": attempt,
        "deadline": render_time(now + timedelta(seconds=rule.goal.within_s)),
    }
    goal = {**progress, **kept, "rule": rule.name, "dispatch": made.id, "status": str(status)}
    owes = status is Status.PURSUING
    return made._replace(
        record={**made.record, "goal": progress, **({"goal_owed": True} if owes else {})},
        pursuit=Pursuit(record.id, record.goals_version, goal, record.registered),
    )


def find_pursuit(record: ObjectRecord, rule: Rule, event_id: str) -> Mapping[str, Any] | None:
    """Give the goal of a rule with a ladder that another event has had taken up and that is still pursued."""
    goal = record.goals.get(rule.name)
    if goal is None or rule.goal is None or not rule.goal.otherwise:
        return None
    return goal if goal["status"] == Status.PURSUING and goal["event_id"] != event_id else None


def join(made: Plan, record: ObjectRecord, goal: Mapping[str, Any]) -> Plan:
    """Have an event that asks for what is already pursued only recorded, if the pursuit is then still as it was read."""
    reason = _explain_pursuit(goal)
    relied = Pursuit(record.id, record.goals_version, {}, record.registered)
    return suppress(made, DispatchState.DEDUPLICATED, reason)._replace(pursuit=relied)


def _explain_pursuit(goal: Mapping[str, Any]) -> str:
    """Say who is already at it."""
    where = f"rung {goal['rung']}" if goal["rung"] else "the first dispatch"
    return (
        f"the goal {goal['until']} is already pursued since {goal['since']} because of event {goal['event_id']}: "
        f"{where}, dispatch {goal['dispatch']}"
    )


def judge_goal(row: Item, record: ObjectRecord, bundle: Bundle, now: datetime, acting: Item | None = None) -> Next:
    """Say what to do about the goal that a dispatch owes a look; `acting` is the one it joined, if it did."""
    goal = record.goals.get(row["rule"])
    if goal is None or goal["dispatch"] != row["id"] or goal["status"] != Status.PURSUING:
        return Next("", passed=True)
    if is_met(goal, view_record(record, bundle), now):
        return Next(f"{goal['until']} is true", stop=Status.MET)
    rule = find_rule(row, bundle)
    if rule is None or rule.goal is None:
        return Next(f"the rule {row['rule']} no longer acts, or has no goal", stop=Status.STOPPED)
    return _judge_unmet(row, len(rule.goal.otherwise), now, acting or row)


def _judge_unmet(row: Item, ladder_length: int, now: datetime, acting: Item) -> Next:
    """Say what to do about a goal that is not met.

    Without a ladder, there is only the deadline. With one, a bad end is answered at once, a success after a moment
    for what it has changed to be observed, and whatever still goes on at the deadline.
    """
    deadline = read_time(row["goal"]["deadline"])
    state = DispatchState(acting["state"])
    what = f"{acting.get('workflow') or acting['action']} (dispatch {acting['id']})"
    if stop := _find_stop(acting, state):
        return Next(stop, stop=Status.STOPPED)
    if now >= deadline:
        within = format_duration(row["goal"]["within_s"])
        return Next(f"{what} is {state}, and the goal is not met within {within}")
    if acting is not row and state in LIVE:
        return Next("", min(now + JOINED_LOOK, deadline))
    if state in LIVE or not ladder_length:
        return Next("", deadline)
    if state is DispatchState.PAGED:
        return Next("", deadline)
    if state is DispatchState.SUCCEEDED:
        patient = min(read_time(acting["ended_at"]) + PATIENCE, deadline)
        if now < patient:
            return Next("", patient)
    error = f" with {acting['error']}" if acting.get("error") else ""
    return Next(f"{what} is {state}{error}, and the goal is not met")


def find_rule(row: Item, bundle: Bundle) -> Rule | None:
    """Give the rule that a dispatch is of, complete for its object, if it still acts and has a goal."""
    rule = bundle.find_rule(row["rule"])
    if rule is None or rule.mode is not RuleMode.ACTIVE or rule.goal is None:
        return None
    return complete_rule(rule, row["service"], row["tier"], bundle)


def close_goal(row: Item, record: ObjectRecord, status: Status, reason: str, now: datetime) -> Transaction:
    """End a pursuit on the object's row, unless one of its goals has changed since it was read."""
    goal = {**record.goals[row["rule"]], "status": str(status), "why": reason, "ended_at": render_time(now)}
    update = Update(
        object_key(parse_object_id(row["object"], Home("", ""))),
        set={f"{GOAL}{row['rule']}": goal, GOALS_VERSION: record.goals_version + 1},
        conditions=(Equals(GOALS_VERSION, record.goals_version or None),),
    )
    return Transaction((update,))


def schedule(row: Mapping[str, Any], at: datetime) -> str:
    """Say when reconcile must look at a dispatch: at a time of its own, or at its goal's deadline if that is earlier."""
    own = render_time(at)
    if not row.get("goal_owed") or row.get("goal_passed"):
        return own
    deadline: str = row["goal"]["deadline"]
    return min(own, deadline)


def is_goal_due(row: Item, now: datetime) -> bool:
    """Whether a dispatch's goal is to be looked at now: it is over, or the deadline has passed and nobody went on."""
    if not row.get("goal_owed"):
        return False
    if row["state"] not in LIVE:
        return True
    return not row.get("goal_passed") and read_time(row["goal"]["deadline"]) <= now


def _find_stop(row: Item, state: DispatchState) -> str | None:
    if row.get("broken"):
        return str(row["broken"])
    if state is DispatchState.CANCELLED or row.get("taken_back"):
        return str(row["reason"])
    return None
