"""What one state weighs, without what follows it."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dsl.analysis import AnyAtom
from dsl.estimate.weight import View, Weight, beside
from dsl.prices import CALL_S

State = Mapping[str, Any]
_NO_TIMEOUT_S = 3_600
_INLINE_LIMIT = 40
_WAITING = "NotYet"
_DEFAULTS = {"IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 2.0}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a definition does not say itself."""

    view: View
    atoms: Mapping[str, AnyAtom | None]
    """By the state that calls them."""
    items: Mapping[str, int]
    """How many items each map takes at most."""
    longest_s: int
    """The machine's own timeout."""


def weigh_state(name: str, state: State, facts: Facts, weigh_scope: Callable[[State], Weight]) -> Weight:
    """Weigh a state."""
    kind = state["Type"]
    if kind == "Task":
        return _weigh_task(name, state, facts)
    if kind == "Wait":
        return Weight(1, _weigh_wait(state, facts))
    if kind == "Parallel":
        return _repeat(state, facts, beside(map(weigh_scope, state["Branches"])) + Weight(1))
    if kind == "Map":
        return _repeat(state, facts, _weigh_map(name, state, facts, weigh_scope))
    return Weight(1)


def _weigh_task(name: str, state: State, facts: Facts) -> Weight:
    retries, delays = _count_retries(state, facts.view)
    atom = facts.atoms.get(name)
    api_calls = len({action for one in atom.permissions for action in one.actions}) if atom is not None else 1
    attempts = 1 + retries
    timeout = state.get("TimeoutSeconds", _NO_TIMEOUT_S)
    longest = timeout if isinstance(timeout, int) else _NO_TIMEOUT_S
    call_s = {View.BEST: CALL_S[0], View.EXPECTED: CALL_S[1], View.WORST: longest}[facts.view]
    is_function = state["Resource"].find(":lambda:") >= 0
    calls = attempts if is_function else 0
    made = min(1, api_calls) if facts.view is View.BEST else api_calls
    return Weight(attempts, attempts * call_s + delays, calls, calls * call_s, attempts * made)


def _count_retries(state: State, view: View) -> tuple[float, float]:
    """Give the number of attempts after the first, and the seconds between them."""
    attempts = delays = 0.0
    for retrier in state.get("Retry", ()):
        rule = {**_DEFAULTS, **retrier}
        most = rule["MaxAttempts"]
        if view is View.BEST or (view is View.EXPECTED and _WAITING not in rule["ErrorEquals"]):
            continue
        made = most if view is View.WORST else math.ceil(most / 2)
        attempts += made
        delays += sum(_list_delays(rule, made))
    return attempts, delays


def _list_delays(rule: Mapping[str, Any], made: int) -> Iterator[float]:
    delay = float(rule["IntervalSeconds"])
    limit = float(rule.get("MaxDelaySeconds", math.inf))
    for _ in range(made):
        yield min(delay, limit)
        delay = min(delay * float(rule["BackoffRate"]), 1e9)


def _weigh_wait(state: State, facts: Facts) -> float:
    """A wait that an expression decides may be none, or as long as the machine lives."""
    seconds = state.get("Seconds")
    if isinstance(seconds, int):
        return seconds
    return facts.longest_s if facts.view is View.WORST else 0


def _weigh_map(name: str, state: State, facts: Facts, weigh_scope: Callable[[State], Weight]) -> Weight:
    most = facts.items.get(name) or facts.items.get(name.partition(".")[0], _INLINE_LIMIT)
    count = {View.BEST: 0, View.EXPECTED: math.ceil(most / 2), View.WORST: most}[facts.view]
    limit = state.get("MaxConcurrency", 0)
    at_once = limit if isinstance(limit, int) and limit > 0 else max(1, most)
    body = weigh_scope(state["ItemProcessor"])
    total = body * count
    rounds = math.ceil(count / at_once)
    return Weight(total.transitions + 1, body.seconds * rounds, total.calls, total.busy_s, total.api_calls)


def _repeat(state: State, facts: Facts, once: Weight) -> Weight:
    retries, delays = _count_retries(state, facts.view)
    return once * (1 + retries) + Weight(seconds=delays)
