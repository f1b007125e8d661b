"""Goals come to an end: met, or the next rung of the ladder, or nothing left to do.

Looked at when a dispatch is over, when its object is observed to meet the goal, and when reconcile finds the deadline
passed. Whoever looks, and however often: a rung's dispatch id follows from the first event, rung and attempt.
"""

import json
from collections.abc import Mapping
from datetime import datetime

from chalicelib.catalog.model import Bundle, Rule
from chalicelib.control.debts import pay_debt
from chalicelib.control.goals.goal import Status, view_record
from chalicelib.control.goals.pursuit import close_goal, find_rule, judge_goal, pursue_further
from chalicelib.control.intake import About, admit_about
from chalicelib.control.lifecycle import LIVE
from chalicelib.control.model import ObjectRecord, Plan
from chalicelib.control.ports import Ports
from chalicelib.control.records import dispatch_key, object_key, read_object
from chalicelib.control.settlement import pass_goal, postpone
from chalicelib.control.transaction import Committed, Item, Key
from chalicelib.decision.decide import decide_rung, explain_unmet
from chalicelib.decision.ladder import Climb, find_next
from chalicelib.decision.model import Decision, History, ObjectView
from chalicelib.errors import Contended, InterlockError, MalformedEvent
from chalicelib.events.model import Event
from chalicelib.events.parse import parse
from chalicelib.identity import Home, ObjectId, parse_object_id

ATTEMPTS = 100
"""More than a ladder has steps, each being looked at two or three times."""


def review_goal(dispatch: str, ports: Ports, bundle: Bundle) -> tuple[str, ...]:
    """Look at the goal that a dispatch pursues, and climb the ladder as far as it must be climbed now.

    Gives what was done, in words; nothing if the goal is still to be waited for, or is nobody's concern any more.
    A crash anywhere is made good by whoever looks next. Raises Contended.
    """
    told: list[str] = []
    for _ in range(ATTEMPTS):
        row = ports.store.read([dispatch_key(dispatch)]).get(dispatch_key(dispatch))
        if row is None or not row.get("goal_owed"):
            return tuple(told)
        following, done = _review(row, ports, bundle)
        told += [done] if done else []
        if following is None:
            return tuple(told)
        dispatch = following
    raise Contended(what=f"the goal of {dispatch}", attempts=ATTEMPTS)


def _review(row: Item, ports: Ports, bundle: Bundle) -> tuple[str | None, str]:
    """Look once. Gives which dispatch to look at next, None to leave it at that, and what was done."""
    about = parse_object_id(row["object"], Home("", ""))
    joined = dispatch_key(row["into"]) if row.get("into") else None
    rows = ports.store.read([object_key(about), *([joined] if joined else [])])
    record = read_object(about, rows.get(object_key(about)))
    now = ports.clock.now()
    following = judge_goal(row, record, bundle, now, rows.get(joined) if joined else None)
    if following.passed:
        _let_go(row, ports)
        return None, ""
    if following.stop is not None:
        return _close(row, record, following.stop, following.reason, ports)
    rule = find_rule(row, bundle)
    if not following.reason or rule is None or rule.goal is None:
        if following.look_again is not None and row["state"] not in LIVE:
            ports.store.commit(postpone(row, following.look_again, 0))
        return None, ""
    goal = record.goals[rule.name]
    reason = f"{following.reason}: {explain_unmet(rule.goal, view_record(record, bundle), now)}"
    step = find_next(rule.goal.otherwise, goal["rung"], goal["attempt"])
    if step is None:
        return _close(row, record, Status.MISSED, reason, ports)
    climb = Climb(*step, reason)
    event = _read_event(row, about)
    if event is None:
        return _close(row, record, Status.STOPPED, "the event that it began with is not kept whole", ports)
    return _climb(row, event, climb, rule, about, ports, bundle), f"took rung {climb.rung}: {reason}"


class _MovedOn(InterlockError):
    """The goal is pursued by another dispatch by now."""


def _climb(
    row: Item, event: Event, climb: Climb, rule: Rule, about: ObjectId, ports: Ports, bundle: Bundle
) -> str | None:
    """Admit the rung's decision, unless the pursuit has moved on meanwhile; give its dispatch, None if it has."""

    def decide_now(view: ObjectView, history: History) -> Decision:
        return decide_rung(event, rule, climb, view, history, bundle, ports.clock.now())

    def complete(made: Plan, record: ObjectRecord, _rows: Mapping[Key, Item], now: datetime) -> Plan:
        goal = record.goals.get(rule.name)
        if goal is None or goal["dispatch"] != row["id"] or goal["status"] != Status.PURSUING:
            raise _MovedOn
        return pursue_further(made, record, rule, climb.rung, climb.attempt, now)

    about_rung = About(row["event_id"], about, raw=row["raw"], complete=complete)
    try:
        dispatch: str | None = admit_about(decide_now, about_rung, None, bundle, ports).dispatch
    except _MovedOn:
        dispatch = None
    _let_go(row, ports)
    return dispatch


def _close(row: Item, record: ObjectRecord, status: Status, reason: str, ports: Ports) -> tuple[str | None, str]:
    """End the pursuit; if one of the object's goals has just changed, have it looked at again."""
    if not isinstance(ports.store.commit(close_goal(row, record, status, reason, ports.clock.now())), Committed):
        return row["id"], ""
    _let_go(row, ports)
    return None, f"{status}: {reason}"


def _let_go(row: Item, ports: Ports) -> None:
    """Note that this dispatch's goal is no longer its concern; while it is live, only that its deadline is not."""
    if row["state"] in LIVE:
        ports.store.commit(pass_goal(row))
    else:
        pay_debt(row, "goal_owed", ports)


def _read_event(row: Item, about: ObjectId) -> Event | None:
    try:
        return parse(json.loads(row["raw"]), about.home)
    except (ValueError, MalformedEvent):
        return None
