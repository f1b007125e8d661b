"""The table of a dispatch's life."""

import pytest

from chalicelib.control.lifecycle import (
    HOLDING_LOCKS,
    LIVE,
    TERMINAL,
    TRANSITIONS,
    DispatchState,
    Happening,
    advance,
    sources,
)


def test_nothing_happens_to_a_dispatch_that_is_over() -> None:
    assert all(advance(state, happening) is None for state in TERMINAL for happening in Happening)


def test_every_live_state_can_end_and_every_terminal_state_that_ends_a_dispatch_is_reached() -> None:
    for state in LIVE:
        reached, frontier = {state}, [state]
        while frontier:
            frontier = [one for at in frontier for one in TRANSITIONS.get(at, {}).values() if one not in reached]
            reached.update(frontier)
        assert reached & TERMINAL, f"{state} never ends"


def test_locks_are_held_from_reservation_to_end() -> None:
    waiting = {
        DispatchState.SETTLING,
        DispatchState.AWAITING,
        DispatchState.FROZEN,
        DispatchState.QUEUED,
        DispatchState.ROLLING,
    }
    assert waiting == LIVE - HOLDING_LOCKS


@pytest.mark.parametrize(
    ("state", "happening", "then"),
    [
        ("queued", "promoted", "reserved"),
        ("reserved", "seen_running", "running"),
        ("reserved", "succeeded", "succeeded"),
        ("running", "effect_unknown", "holding"),
        ("holding", "timed_out", "timed_out"),
        ("retiring", "guard_failed", "retired"),
        ("retiring", "seen_running", "running"),
        ("running", "promoted", None),
        ("queued", "succeeded", None),
        ("holding", "succeeded", None),
    ],
)
def test_one_line_of_the_table(state: str, happening: str, then: str | None) -> None:
    assert advance(DispatchState(state), Happening(happening)) == (DispatchState(then) if then else None)


def test_sources_is_the_table_read_backwards() -> None:
    assert set(sources(Happening.SEEN_RUNNING)) == {DispatchState.RESERVED, DispatchState.RETIRING}
