"""A scope being filled with states, and how an author's expression is written for a state of it.

AWS evaluates with the variables as they were when the state was entered. A name that is only assigned by this very
state is bound in a short prologue; everything else stays as the author wrote it.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dsl.expressions import Expression, parse_expression, unwrap, wrap
from dsl.ir import Assign, Scope, State
from dsl.lower.guard import guard


@dataclass(slots=True)
class Frame:
    """One scope. Bindings give for a name the expression that it stands for."""

    entry: str
    """The name of the first state."""
    entry_bindings: Mapping[str, str] = field(default_factory=dict)
    """What the first state assigns."""
    bindings: Mapping[str, str] = field(default_factory=dict)
    """What no state of this scope finds assigned: it is bound each time."""
    guarded: bool = False
    """Whether the first state carries the retirement guard."""
    indexes: tuple[str, ...] = ()
    """The index variables of the loops around it."""
    name: str = ""
    """Of the scope, empty for the machine's own."""
    states: list[State] = field(default_factory=list)
    once: set[str] = field(default_factory=set)
    """Names of states that several steps share."""
    entry_outer: Mapping[str, str] = field(default_factory=dict)
    """What `bindings` are in the first state, where what they stand for is not assigned yet."""

    @property
    def failure(self) -> str:
        """The variable that holds what failed. An inner scope may not assign an outer one's, so each has its own."""
        return f"{self.name.replace('.', '_')}Failure" if self.name else "failure"

    @property
    def undo_failures(self) -> str:
        """The variable that records which undo failed. Ids have no capitals, so none can be called that."""
        return f"{self.name.replace('.', '_')}UndoFailures" if self.name else "undoFailures"

    def is_entry(self, state: str) -> bool:
        """Whether a state is the first of the scope."""
        return state == self.entry

    def entry_assign(self, state: str) -> Assign:
        """Give what a state must assign for being the first."""
        if not self.is_entry(state):
            return {}
        return {name: wrap(text) for name, text in self.entry_bindings.items()}

    def express(self, text: str, state: str, own: Mapping[str, str] | None = None, *, guarded: bool = False) -> str:
        """Write an expression for a state; `own` binds what the state's result stands for."""
        first = {**self.entry_bindings, **self.entry_outer} if self.is_entry(state) else {}
        bound = {**self.bindings, **first, **(own or {})}
        text = _bind(text, bound)
        if guarded and self.guarded and self.is_entry(state):
            text = guard(text.strip())
        return text

    def render(self, value: Any, state: str, own: Mapping[str, str] | None = None) -> Any:
        """Write a JSON value with `{% %}` strings for a state."""
        if isinstance(value, str):
            inner = unwrap(value)
            if inner is None:
                return value
            text = self.express(inner, state, own)
            return value if text == inner else wrap(text)
        if isinstance(value, Mapping):
            return {key: self.render(child, state, own) for key, child in value.items()}
        if isinstance(value, list | tuple):
            return [self.render(child, state, own) for child in value]
        return value

    def inner_bindings(self, state: str) -> Mapping[str, str]:
        """Give what the scopes inside a container state must bind for themselves."""
        first = {**self.entry_bindings, **self.entry_outer} if self.is_entry(state) else {}
        return {**self.bindings, **first}

    def close(self) -> Scope:
        """Finish the scope: what a failure leads to comes last, and what nothing leads to is left out."""
        return Scope(self.entry, _prune(self.entry, self.states))


_PLAIN_PATH = re.compile(r"\$\w+(\.[A-Za-z_]\w*)*\Z")


def _bind(text: str, bound: Mapping[str, str]) -> str:
    if not bound:
        return text
    parsed = parse_expression(text)
    names = parsed.names if isinstance(parsed, Expression) else frozenset()
    needed = [name for name in bound if name in names]
    if not needed:
        return text
    if _PLAIN_PATH.match(text.strip()):
        return bound[needed[0]] + text.strip().removeprefix(f"${needed[0]}")
    prologue = " ".join(f"${name} := {bound[name]};" for name in needed)
    return f"({prologue} {text.strip()})"


def to_jsonata(value: Any) -> str:
    """Write a JSON value with `{% %}` strings as one JSONata expression."""
    if isinstance(value, str):
        inner = unwrap(value)
        return json.dumps(value, ensure_ascii=False) if inner is None else f"({inner.strip()})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)}: {to_jsonata(child)}" for key, child in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(to_jsonata(child) for child in value) + "]"
    return json.dumps(value)


def targets(state: State, *, caught: bool = True) -> tuple[str, ...]:
    """Name every state that one leads to, through a catcher only if `caught`."""
    found = [state.next] if state.next is not None else []
    found += [one.next for name in ("rules", "catchers")[: 1 + caught] for one in getattr(state, name, ())]
    return tuple(found)


def reach(entries: Sequence[str], states: Sequence[State]) -> set[str]:
    """Name every state that some of a scope's lead to, themselves included."""
    return _reach(entries, {state.name: state for state in states}, targets)


def _prune(entry: str, states: list[State]) -> tuple[State, ...]:
    by_name = {state.name: state for state in states}
    usual = _reach([entry], by_name, lambda state: targets(state, caught=False))
    reached = _reach([entry], by_name, targets)
    return tuple(
        [state for state in states if state.name in usual]
        + [state for state in states if state.name in reached and state.name not in usual]
    )


def _reach(
    entries: Sequence[str], by_name: Mapping[str, State], follow: Callable[[State], tuple[str, ...]]
) -> set[str]:
    reached: set[str] = set()
    pending = [*entries]
    while pending:
        name = pending.pop()
        if name not in reached:
            reached.add(name)
            pending += follow(by_name[name])
    return reached
