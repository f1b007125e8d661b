"""States to ASL, through the state classes of the Step Functions SDK; the only module that knows it.

The SDK's classes lack the fields of JSONata mode and its `Graph` is recursive, so thin subclasses allow the fields and
the scopes are put together here, each state's own `to_dict` giving what it is.
"""

import logging
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any

from dsl import ir

_root_level = logging.getLogger().level
from stepfunctions import steps as sdk  # noqa: E402 - the import silences the root logger, which is put right below
from stepfunctions.steps import states as sdk_states  # noqa: E402
from stepfunctions.steps.choice_rule import BaseRule  # noqa: E402
from stepfunctions.steps.states import State  # noqa: E402

logging.getLogger().setLevel(_root_level)

sdk_states.to_pascalcase = cache(sdk_states.to_pascalcase)
"""Some forty names of fields, written for every state: spelling them anew is a tenth of a compilation."""

_COMMON = frozenset({"comment", "assign", "output", "query_language"})


class _Extended:
    """Allows the fields that the SDK does not know yet."""

    extra: frozenset[str] = _COMMON

    def is_field_allowed(self, field_name: str) -> bool:
        return field_name in self.extra or super().is_field_allowed(field_name)  # type: ignore[misc]


class Retry(_Extended, sdk.Retry):  # type: ignore[misc]
    """A retrier."""

    extra = frozenset(
        {"error_equals", "interval_seconds", "max_attempts", "backoff_rate", "max_delay_seconds", "jitter_strategy"}
    )


class Catch(_Extended, sdk.Catch):  # type: ignore[misc]
    """A catcher."""

    extra = frozenset({"error_equals", "assign", "output"})


class Task(_Extended, sdk.Task):  # type: ignore[misc]
    """A task with arguments."""

    extra = _COMMON | {"arguments", "resource", "timeout_seconds", "heartbeat_seconds", "retry", "catch"}


class Pass(_Extended, sdk.Pass):  # type: ignore[misc]
    """A pass."""


class Succeed(_Extended, sdk.Succeed):  # type: ignore[misc]
    """A good end."""


class Fail(_Extended, sdk.Fail):  # type: ignore[misc]
    """A bad end."""


class Wait(_Extended, sdk.Wait):  # type: ignore[misc]
    """A wait."""


class Choice(_Extended, sdk.Choice):  # type: ignore[misc]
    """A choice."""


class Parallel(_Extended, sdk.Parallel):  # type: ignore[misc]
    """A parallel; its branches are scopes that are already ASL."""

    extra = _COMMON | {"arguments", "retry", "catch"}

    def to_dict(self) -> dict[str, Any]:
        """Give the state, its branches as they are."""
        fields = State.to_dict(self)
        return {**fields, "Branches": list(self.branches)}


class Map(_Extended, sdk.Map):  # type: ignore[misc]
    """A map; its body is a scope that is already ASL."""

    extra = _COMMON | {"items", "item_selector", "max_concurrency", "label", "retry", "catch"}

    def to_dict(self) -> dict[str, Any]:
        """Give the state with an ItemProcessor in place of the SDK's older Iterator."""
        body = self.iterator
        fields = State.to_dict(self)
        fields.pop("Iterator", None)
        config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"} if "Label" in fields else {"Mode": "INLINE"}
        return {**fields, "ItemProcessor": {"ProcessorConfig": config, **body}}


class Condition(BaseRule):  # type: ignore[misc]
    """A rule of a choice in JSONata."""

    def __init__(self, rule: ir.Rule) -> None:
        """Take a rule."""
        self.rule = rule

    def to_dict(self) -> dict[str, Any]:
        """Give the rule without its target, which the choice adds."""
        assign = {"Assign": dict(self.rule.assign)} if self.rule.assign else {}
        return {"Condition": self.rule.condition, **assign}


def emit_machine(machine: ir.Machine) -> dict[str, Any]:
    """Give the ASL of a machine. Equal machines give equal dictionaries, key order included."""
    top = {"Comment": machine.comment, "QueryLanguage": "JSONata", "TimeoutSeconds": machine.timeout_s}
    return {**top, **_emit_scope(machine.scope)}


def _emit_scope(scope: ir.Scope) -> dict[str, Any]:
    """Make every state, then link them, then let each write itself. Recursion is as deep as scopes nest."""
    made = {state.name: _MAKE[type(state)](state) for state in scope.states}
    for state in scope.states:
        _link(state, made)
    return {"StartAt": scope.start, "States": {name: _order(one.to_dict()) for name, one in made.items()}}


def _order(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Put what a reader looks for first first."""
    first = [name for name in ("Type", "Comment") if name in fields]
    return {name: fields[name] for name in (*first, *(name for name in fields if name not in first))}


def _link(state: ir.State, made: Mapping[str, Any]) -> None:
    one = made[state.name]
    if isinstance(state, ir.Choice):
        for rule in state.rules:
            one.add_choice(Condition(rule), made[rule.next])
        one.default_choice(made[str(state.next)])
        return
    if state.next is not None:
        one.next(made[state.next])
    for retrier in getattr(state, "retriers", ()):
        one.add_retry(_make_retry(retrier))
    for catcher in getattr(state, "catchers", ()):
        assign = {"assign": dict(catcher.assign)} if catcher.assign else {}
        one.add_catch(Catch(made[catcher.next], error_equals=list(catcher.errors), **assign))


@lru_cache(maxsize=256)
def _make_retry(retrier: ir.Retrier) -> Retry:
    fields: dict[str, Any] = {"error_equals": list(retrier.errors)}
    if retrier.interval_s is not None:
        fields["interval_seconds"] = retrier.interval_s
    fields["max_attempts"] = retrier.max_attempts
    if retrier.backoff is not None:
        fields["backoff_rate"] = float(retrier.backoff)
    if retrier.max_delay_s is not None:
        fields["max_delay_seconds"] = retrier.max_delay_s
    if retrier.jitter:
        fields["jitter_strategy"] = "FULL"
    return Retry(**fields)


def _common(state: ir.State) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if state.comment is not None:
        fields["comment"] = state.comment
    if state.assign:
        fields["assign"] = dict(state.assign)
    if state.output is not None:
        fields["output"] = state.output
    return fields


def _make_task(state: ir.Task) -> Task:
    timing = {"timeout_seconds": state.timeout_s}
    if state.heartbeat_s is not None:
        timing["heartbeat_seconds"] = state.heartbeat_s
    return Task(state.name, resource=state.resource, arguments=state.arguments, **timing, **_common(state))


def _make_wait(state: ir.Wait) -> Wait:
    until = {"seconds": state.seconds} if state.seconds is not None else {"timestamp": state.timestamp}
    return Wait(state.name, **until, **_common(state))


def _make_fail(state: ir.Fail) -> Fail:
    return Fail(state.name, error=state.error, cause=state.cause, **_common(state))


def _make_parallel(state: ir.Parallel) -> Parallel:
    arguments = {"arguments": state.arguments} if state.arguments is not None else {}
    one = Parallel(state.name, **arguments, **_common(state))
    for branch in state.branches:
        one.add_branch(_emit_scope(branch))
    return one


def _make_map(state: ir.Map) -> Map:
    label = {"label": state.label} if state.label is not None else {}
    return Map(
        state.name,
        iterator=_emit_scope(state.body),
        items=state.items,
        item_selector=dict(state.selector),
        max_concurrency=state.max_concurrency,
        **label,
        **_common(state),
    )


_MAKE: dict[type[ir.State], Callable[[Any], Any]] = {
    ir.Task: _make_task,
    ir.Choice: lambda state: Choice(state.name, **_common(state)),
    ir.Wait: _make_wait,
    ir.Pass: lambda state: Pass(state.name, **_common(state)),
    ir.Succeed: lambda state: Succeed(state.name, **_common(state)),
    ir.Fail: _make_fail,
    ir.Parallel: _make_parallel,
    ir.Map: _make_map,
}
