"""The ways through a scope: the least, the usual, the most. Loops are gone through as often as time allows."""

from collections.abc import Iterator, Mapping
from typing import Any

from dsl.estimate.states import Facts, State, weigh_state
from dsl.estimate.weight import View, Weight, choose

_MOST_ROUNDS = 10_000
"""A history of 25,000 events holds fewer rounds of any loop."""


def weigh_scope(scope: State, facts: Facts) -> Weight:
    """Weigh a scope from its first state to its end. One that can only fail weighs what its failure does."""
    found = _Ways(scope["States"], facts).weigh(scope["StartAt"])
    return found or Weight()


class _Ways:
    """Works through the states from the last to the first, so that no chain is too long."""

    def __init__(self, states: Mapping[str, State], facts: Facts) -> None:
        self._states, self._facts = states, facts
        self._own: dict[str, Weight] = {}
        self._rest: dict[str, Weight | None] = {}
        self._rounds: dict[str, Weight] = {}

    def weigh(self, start: str) -> Weight | None:
        open_states: dict[str, Iterator[str]] = {start: self._follow(start)}
        while open_states:
            name, pending = next(reversed(open_states.items()))
            following = next(pending, None)
            if following is None:
                del open_states[name]
                self._rest[name] = self._finish(name)
            elif following in open_states:
                self._note_loop(list(open_states), following)
            elif following not in self._rest:
                open_states[following] = self._follow(following)
        return self._rest[start]

    def _follow(self, name: str) -> Iterator[str]:
        state = self._states[name]
        self._own[name] = weigh_state(name, state, self._facts, lambda scope: weigh_scope(scope, self._facts))
        return iter(_list_next(state, with_failures=self._facts.view is View.WORST))

    def _finish(self, name: str) -> Weight | None:
        """Give what is left from a state on, None if there is no way to a good end from it."""
        state = self._states[name]
        own = self._own[name] + self._rounds.get(name, Weight())
        if state["Type"] == "Fail":
            return own if self._facts.view is View.WORST else None
        following = _list_next(state, with_failures=self._facts.view is View.WORST)
        ways = [rest for one in following if (rest := self._rest.get(one)) is not None]
        if state.get("End") or state["Type"] == "Succeed":
            ways.append(Weight())
        return own + choose(self._facts.view, ways) if ways else None

    def _note_loop(self, path: list[str], first: str) -> None:
        """Add the further rounds of a loop to its first state."""
        if self._facts.view is not View.WORST:
            return
        once = sum((self._own[name] for name in path[path.index(first) :]), Weight())
        rounds = min(_MOST_ROUNDS, self._facts.longest_s // max(1, int(once.seconds)))
        self._rounds[first] = self._rounds.get(first, Weight()) + once * rounds


def _list_next(state: Mapping[str, Any], *, with_failures: bool) -> list[str]:
    named = [state.get("Next"), *(rule["Next"] for rule in state.get("Choices", ())), state.get("Default")]
    if with_failures:
        named += [one["Next"] for one in state.get("Catch", ())]
    return list(dict.fromkeys(one for one in named if one is not None))
