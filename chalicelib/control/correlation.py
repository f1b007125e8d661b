"""What a rule's windows make of the plan for one event. Pure: the plan and the rows as read in, a plan out.

The order: enough of them (`accumulate`), then nobody has acted already (`dedupe`). Only a plan that is admitted, or
that pages, opens or empties a window: one that is refused leaves them as if it had not been.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from chalicelib.catalog.model import Accumulate, Correlate, Dedupe, Rule
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import Plan, VerdictKind
from chalicelib.control.transaction import Item, Key, Operation
from chalicelib.control.windows.accumulate import collect, explain_count, fire, keep
from chalicelib.control.windows.dedupe import explain_duplicate, own
from chalicelib.control.windows.row import Arrival, Window, find_key, write_window
from chalicelib.decision.expressions import evaluate
from chalicelib.decision.scope import bind_event
from chalicelib.errors import ExpressionFailed
from chalicelib.events.model import Event
from chalicelib.identity import ObjectId, canonical_json

Windows = Mapping[str, Window]
"""By kind."""
_DEEDS = frozenset({"run", "page"})


def find_keys(rule: Rule, event: Event, subject: ObjectId) -> dict[str, Key]:
    """Say where the windows are that an event falls into, by kind. Raises ExpressionFailed for what `by` cannot give."""
    wanted = rule.correlate or Correlate()
    return {
        kind: find_key(rule, kind, _find_value(one, event, subject))
        for kind, one in (("dedupe", wanted.dedupe), ("accumulate", wanted.accumulate))
        if one is not None
    }


def read_windows(rule: Rule, keys: Mapping[str, Key], rows: Mapping[Key, Item]) -> dict[str, Window]:
    """Put windows together with their rows as read."""
    wanted = rule.correlate or Correlate()
    lives = {"dedupe": wanted.dedupe, "accumulate": wanted.accumulate}
    return {
        kind: Window(key, rows.get(key), kind, one.within_s)
        for kind, key in keys.items()
        if (one := lives[kind]) is not None
    }


def correlate(made: Plan, rule: Rule, arrival: Arrival, windows: Windows, now: datetime) -> Plan:
    """Give the plan as it is after the rule's windows: the same with what it writes of them, or one that only records."""
    wanted = rule.correlate
    if wanted is None or made.record["action"] not in _DEEDS or made.state is DispatchState.UNDECIDED:
        return made
    writes: list[Operation] = []
    acts = _acts(made)
    if wanted.accumulate is not None:
        window = windows["accumulate"]
        entries = collect(wanted.accumulate, window.row, arrival)
        if len(entries) < wanted.accumulate.count or not acts:
            writes.append(write_window(window, keep(entries), now))
        else:
            writes.append(write_window(window, fire(entries, arrival), now))
        if len(entries) < wanted.accumulate.count:
            return suppress(made, DispatchState.ACCUMULATED, explain_count(wanted.accumulate, entries), writes)
    if wanted.dedupe is not None:
        window = windows["dedupe"]
        reason = explain_duplicate(wanted.dedupe, window.row, arrival)
        if reason is not None:
            return suppress(made, DispatchState.DEDUPLICATED, reason, writes)
        if acts:
            writes.append(write_window(window, own(arrival), now))
    return made._replace(windows=tuple(writes))


def suppress(made: Plan, state: DispatchState, reason: str, writes: Iterable[Operation] = ()) -> Plan:
    """Turn a plan into one that is only recorded: what it would have run stays in the record."""
    return made._replace(
        kind=VerdictKind.RECORD, state=state, reason=reason, execution_input={}, locks=(), blockers=(),
        claims=(), freezes=None, members=(), windows=tuple(writes),
    )  # fmt: skip


def _acts(made: Plan) -> bool:
    if made.kind is VerdictKind.RECORD:
        return made.state in {DispatchState.PAGED, DispatchState.SHADOWED}
    return made.kind is not VerdictKind.REJECT


def _find_value(one: Dedupe | Accumulate, event: Event, subject: ObjectId) -> str:
    if one.by is None:
        return str(subject)
    try:
        return canonical_json(evaluate(one.by, bind_event(event)))
    except ExpressionFailed as problem:
        raise ExpressionFailed(expression=one.by, cause=f"`by`: {problem.facts['cause']}") from problem
