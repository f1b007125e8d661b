"""What a rule's windows make of the plan for one event. Pure: the plan and the rows as read in, a plan out.

The order: not too many at once (`storm`), enough of them (`accumulate`), still so (`settle`), and nobody has acted
already (`dedupe`). Only a plan that is admitted, or that pages, opens or empties a window: one that is refused leaves
them as if it had not been.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from chalicelib.catalog.model import Accumulate, Correlate, Dedupe, Rule, RuleMode
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import Plan, VerdictKind
from chalicelib.control.transaction import Item, Key, Operation, Put
from chalicelib.control.windows.accumulate import pass_accumulate
from chalicelib.control.windows.dedupe import pass_dedupe
from chalicelib.control.windows.gate import Answer, Gate, Occasion
from chalicelib.control.windows.row import Window, find_key
from chalicelib.control.windows.settle import pass_settle
from chalicelib.control.windows.storm import find_place, pass_storm
from chalicelib.decision.expressions import evaluate
from chalicelib.decision.model import ObjectView
from chalicelib.decision.scope import bind_event
from chalicelib.errors import ExpressionFailed
from chalicelib.events.model import Event
from chalicelib.identity import ObjectId, canonical_json

GATES: tuple[Gate, ...] = (pass_storm, pass_accumulate, pass_settle, pass_dedupe)
"""Every window, in the order in which an event meets them."""
_DEEDS = frozenset({"run", "page"})


def find_keys(rule: Rule, event: Event, subject: ObjectId) -> dict[str, Key]:
    """Say where the windows are that an event falls into, by kind, as far as the event alone tells.

    Raises ExpressionFailed for what `by` cannot give.
    """
    wanted = rule.correlate or Correlate()
    keys = {
        kind: find_key(rule, kind, _find_value(one, event, subject))
        for kind, one in (("dedupe", wanted.dedupe), ("accumulate", wanted.accumulate))
        if one is not None
    }
    if wanted.settle_s is not None:
        keys["settle"] = find_key(rule, "settle", str(subject))
    return keys


def find_more_keys(rule: Rule, view: ObjectView) -> dict[str, Key]:
    """Say where the windows are that depend on what is known of the object."""
    storm = rule.correlate.storm if rule.correlate is not None else None
    return {} if storm is None else {"storm": find_key(rule, "storm", f"{storm.per}={find_place(storm, view)}")}


def read_windows(rule: Rule, keys: Mapping[str, Key], rows: Mapping[Key, Item]) -> dict[str, Window]:
    """Put windows together with their rows as read."""
    wanted = rule.correlate or Correlate()
    lives = {
        "dedupe": wanted.dedupe.within_s if wanted.dedupe else 0,
        "accumulate": wanted.accumulate.within_s if wanted.accumulate else 0,
        "settle": wanted.settle_s or 0,
        "storm": 2 * wanted.storm.within_s if wanted.storm else 0,
    }
    return {kind: Window(key, rows.get(key), kind, lives[kind]) for kind, key in keys.items()}


def correlate(made: Plan, rule: Rule, occasion: Occasion, windows: Mapping[str, Window], now: datetime) -> Plan:
    """Give the plan as it is after the rule's windows: the same with what it writes of them, or one that only records."""
    wanted = rule.correlate
    if wanted is None or made.record["action"] not in _DEEDS or made.state is DispatchState.UNDECIDED:
        return made
    answer = meet(wanted, occasion, windows, now)
    if answer.state is None:
        return made._replace(windows=answer.writes)
    if rule.mode is RuleMode.SHADOW:
        made = made._replace(record={**made.record, "shadow": str(answer.state)})
    if answer.state is DispatchState.HELD and rule.mode is RuleMode.SHADOW:
        return suppress(made, DispatchState.SHADOWED, f"it would be held: {answer.reason}", answer.writes)
    halted = suppress(made, answer.state, answer.reason, answer.writes)
    why = {"why": answer.reason} if answer.owes_page else {}
    return halted._replace(record={**made.record, **answer.record, **why}, owes_page=answer.owes_page)


def meet(wanted: Correlate, occasion: Occasion, windows: Mapping[str, Window], now: datetime) -> Answer:
    """Take an event through its windows, up to the first that stops it; the answer has what is written of all."""
    writes: list[Put] = []
    for gate in GATES:
        answer = gate(wanted, occasion, windows, now)
        writes += answer.writes
        if answer.state is not None:
            return answer._replace(writes=tuple(writes))
    return Answer(tuple(writes))


def suppress(made: Plan, state: DispatchState, reason: str, writes: Iterable[Operation] = ()) -> Plan:
    """Turn a plan into one that is only recorded: what it would have run stays in the record."""
    return made._replace(
        kind=VerdictKind.RECORD, state=state, reason=reason, execution_input={}, locks=(), blockers=(),
        claims=(), freezes=None, approval=None, members=(), windows=tuple(writes),
    )  # fmt: skip


def acts(made: Plan) -> bool:
    """Whether a plan does something: it is admitted, or pages, or would if its rule were not in shadow."""
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
