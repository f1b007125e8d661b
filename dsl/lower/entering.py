"""What a part of a scope has to assign on the way in, without a state of its own."""

from dataclasses import replace

from dsl.ir import Assign, Choice, Fail, Succeed
from dsl.lower.frame import Frame


def assign_on_entry(frame: Frame, name: str, values: Assign) -> None:
    """Let the state that the part begins with assign them as well, whichever way it goes on."""
    if not values:
        return
    at = next(index for index in range(len(frame.states) - 1, -1, -1) if frame.states[index].name == name)
    state = frame.states[at]
    if isinstance(state, Fail | Succeed):
        return
    if isinstance(state, Choice):
        rules = tuple(replace(rule, assign={**values, **rule.assign}) for rule in state.rules)
        state = replace(state, rules=rules)
    frame.states[at] = replace(state, assign={**values, **state.assign})
