"""What waited goes on: an event that has settled, or one that was held and a person releases.

The event is decided again, by the rules and on the object as they are now, under the same dispatch.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.catalog.model import Bundle, Rule, RuleMode
from chalicelib.control.correlation import acts, correlate, find_keys, find_more_keys, read_windows
from chalicelib.control.goals.goal import view_record
from chalicelib.control.goals.pursuit import find_pursuit, join, pursue
from chalicelib.control.intake import About, admit_about, find_own_windows, find_storm_page
from chalicelib.control.lifecycle import DispatchState, Happening
from chalicelib.control.model import ObjectRecord, Plan, Verdict, VerdictKind
from chalicelib.control.pages import send_page
from chalicelib.control.ports import Ports
from chalicelib.control.records import dispatch_key, object_key, read_object
from chalicelib.control.settlement import end_settling
from chalicelib.control.transaction import Committed, Item, Key, Operation
from chalicelib.control.windows.gate import Occasion
from chalicelib.control.windows.row import Arrival
from chalicelib.control.windows.settle import close_settle, explain_over, write_watched
from chalicelib.decision.decide import decide
from chalicelib.decision.defaults import complete_rule, widen_rule
from chalicelib.decision.durations import format_duration
from chalicelib.decision.model import Decision, History, ObjectView
from chalicelib.errors import Contended, ExpressionFailed, MalformedEvent, MalformedObjectId
from chalicelib.events.model import Event
from chalicelib.events.parse import parse
from chalicelib.identity import Home, parse_object_id

ATTEMPTS = 8


def resume(dispatch: str, ports: Ports, bundle: Bundle) -> DispatchState | None:
    """Look whether what a settling event observed is still so: then it acts, else it is dropped. Gives what it became.

    A message that comes late or twice changes nothing.
    """
    row = _read_row(dispatch, ports)
    if row is None or row["state"] != DispatchState.SETTLING:
        return DispatchState(row["state"]) if row is not None else None
    found = _find_rule(row, bundle)
    if isinstance(found, str):
        stop_settling(row, Happening.UNSETTLED, found, ports)
        return DispatchState.DROPPED
    return _go_on(row, *found, "", ports, bundle).state


def release(dispatch: str, who: str, reason: str, ports: Ports, bundle: Bundle) -> str:
    """Have what was held go on because a person says so, past its rule's windows but not past control.

    Gives what became of it, in words.
    """
    row = _read_row(dispatch, ports)
    if row is None or row["state"] != DispatchState.HELD:
        return "nothing: it is not held"
    found = _find_rule(row, bundle)
    if isinstance(found, str):
        return f"nothing: {found}"
    if row.get("goal", {}).get("rung"):
        return "nothing: it is a rung of a goal's ladder, which has gone on"
    if row.get("page_owed"):
        send_page(row["id"], row, ports)
    verdict = _go_on(row, *found, f"released by {who}: {reason}", ports, bundle, who)
    return f"{verdict.state}: {verdict.reason}"


def stop_settling(row: Item, happening: Happening, reason: str, ports: Ports, who: str = "") -> bool:
    """End the wait of a settling event without looking; False if it had ended already."""
    window = Key(*row["settle"]["window"])
    for _ in range(ATTEMPTS):
        open_ = ports.store.read([window]).get(window)
        owned = open_ is not None and open_["dispatch"] == row["id"]
        ended = end_settling(row, window if owned else None, happening, reason, ports.clock.now(), taken_back=who)
        done = ports.store.commit(ended)
        if isinstance(done, Committed):
            return True
        if done.find(dispatch_key(row["id"])) is not None:
            return False
    raise Contended(what=f"the window of {row['id']}", attempts=ATTEMPTS)


def _go_on(row: Item, rule: Rule, event: Event, released: str, ports: Ports, bundle: Bundle, who: str = "") -> Verdict:
    subject = parse_object_id(row["object"], Home("", ""))
    settled: Mapping[str, Any] = {} if released else row["settle"]
    watched = {about: parse_object_id(about, Home("", "")) for about, *_ in settled.get("watched", ())}
    keys = find_keys(widen_rule(rule, bundle), event, subject)

    def decide_now(view: ObjectView, history: History) -> Decision:
        return decide(event, rule, view, history, bundle, ports.clock.now())

    def complete(made: Plan, record: ObjectRecord, rows: Mapping[Key, Item], now: datetime) -> Plan:
        records = {about: read_object(one, rows.get(object_key(one))) for about, one in watched.items()}
        over = explain_over(settled.get("watched", ()), records)
        view = view_record(record, bundle)
        own = complete_rule(rule, view.service, view.tier, bundle)
        windows = read_windows(own, keys | find_more_keys(own, view), rows)
        arrival = Arrival(event.id, event.time, made.id, str(subject))
        page = find_storm_page(own, view, bundle)
        occasion = Occasion(arrival, acts(made), (), over, view, page, settled, released)
        pursued = find_pursuit(record, own, event.id)
        joins = pursued is not None and made.record["action"] == "run" and made.state is not DispatchState.SHADOWED
        if joins and pursued is not None and not over:
            done = join(made, record, pursued)
        else:
            done = pursue(correlate(made, own, occasion, windows, now), record, own, now)
        relied = write_watched(settled.get("watched", ())) if acts(done) else ()
        return _mark(done, row, released, who, (*close_settle(arrival, windows.get("settle"), now), *relied))

    about = About(
        event.id, subject, foreseen=frozenset(watched.values()), raw=row["raw"], windows=tuple(keys.values()),
        find_more=lambda view: find_own_windows(rule, view, bundle), complete=complete,
    )  # fmt: skip
    return admit_about(decide_now, about, None, bundle, ports)


def _mark(made: Plan, row: Item, released: str, who: str, closing: tuple[Operation, ...]) -> Plan:
    """Have the plan take the place of the row that waited, and say why it may."""
    goes_on = made.kind is not VerdictKind.RECORD or made.state in {DispatchState.PAGED, DispatchState.SHADOWED}
    if released:
        said, kept = released, {"held_at": row["created_at"], "held": row["reason"], "released_by": who}
    else:
        said = f"still so after {format_duration(row['settle']['for_s'])}"
        kept = {"created_at": row["created_at"], "settle": row["settle"]}
    reason = f"{made.reason}; {said}" if goes_on or released else made.reason
    why = {"why": f"{made.record['why']}; {said}"} if goes_on else {}
    record = {**made.record, **kept, **why}
    return made._replace(expects=row["state"], reason=reason, record=record, windows=(*made.windows, *closing))


def _find_rule(row: Item, bundle: Bundle) -> tuple[Rule, Event] | str:
    """Give the rule as it is now and the event, or why there is neither."""
    rule = bundle.find_rule(row["rule"])
    if rule is None or rule.mode is RuleMode.DISABLED:
        return f"there is no rule {row['rule']} any more" if rule is None else f"the rule {rule.name} is disabled"
    try:
        event = parse(json.loads(row.get("raw", "null")), parse_object_id(row["object"], Home("", "")).home)
        find_keys(rule, event, parse_object_id(row["object"], Home("", "")))
    except (ValueError, MalformedEvent, MalformedObjectId, ExpressionFailed) as problem:
        return f"its event cannot be decided again: {problem}"
    return rule, event


def _read_row(dispatch: str, ports: Ports) -> Item | None:
    key = dispatch_key(dispatch)
    return ports.store.read([key]).get(key)
